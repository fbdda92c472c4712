"""Short faithful wording shared by the checks: names, quotes, counts and times."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from interlock.core.clock import format_time
from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Pod

_LONGEST = 400
_LEAD = 120


def quoted(text: str, longest: int = _LONGEST) -> str:
    """A span of the source in quotation marks, cut at a word; curly marks where it holds straight ones."""
    flat = " ".join(text.split())
    cut = flat if len(flat) <= longest else flat[:longest].rsplit(" ", 1)[0]
    return f"“{cut}”" if '"' in cut else f'"{cut}"'


def at(moment: datetime | None) -> str:
    """` at TIME`, or nothing."""
    return f" at {format_time(moment)}" if moment else ""


def since(moment: datetime | None) -> str:
    """` since TIME`, or nothing."""
    return f" since {format_time(moment)}" if moment else ""


def plural(count: int, word: str) -> str:
    """`1 restart`, `2 restarts`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def live(scene: Scene) -> list[Pod]:
    """The pods a negative statement speaks of: those of the targets that are neither done nor deleted."""
    return [pod for pod in scene.target_pods if not pod.done and pod.deleting is None]


def whose(scene: Scene) -> str:
    """` of NAMES` of the targets, or of the namespaces."""
    workloads = sorted(scene.target_workloads)
    if workloads:
        return " of " + ", ".join(map(str, workloads[:3]))
    return " in " + ", ".join(scene.namespaces[:4]) if scene.namespaces else ""


def clause(text: str, pattern: re.Pattern[str] | str, around: int = 90) -> str:
    """The line from its beginning to a little after a match; from the match on where the beginning is long.

    Never cut inside the words before a match: a value must not stand there without the name that tells the redactor
    what it is.
    """
    match = re.search(pattern, text)
    if not match:
        return text[:_LONGEST]
    start = 0 if match.start() <= _LEAD else match.start()
    end = min(len(text), match.end() + around)
    cut = text[start:end]
    return cut.rsplit(" ", 1)[0] if end < len(text) else cut


def named(refs: Iterable[Ref]) -> str:
    """References in a list."""
    return ", ".join(map(str, refs))
