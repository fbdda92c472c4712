"""Findings from the logs of workloads: lines that match, grouped by who wrote them and what they name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import RECENT, fresh, remnant
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.model import Category, Finding, State, Statement
from interlock.tools.diagnose.phrases import clause, quoted
from interlock.tools.diagnose.scene import Scene

_QUIET_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Group:
    """The lines of one workload that name the same thing, oldest first."""

    workload: Ref
    key: str
    lines: tuple[Line, ...]

    @property
    def sample(self) -> Line:
        """The line to show: the last one that knows its pod."""
        return next((line for line in reversed(self.lines) if line.pod), self.lines[-1])

    @property
    def first(self) -> datetime | None:
        """When it began."""
        return min((line.at for line in self.lines if line.at), default=None)

    @property
    def last(self) -> datetime | None:
        """When it was seen last."""
        return max((line.at for line in self.lines if line.at), default=None)

    @property
    def subject(self) -> Ref:
        """The pod that wrote it, or the workload."""
        line = self.sample
        return Ref("Pod", self.workload.namespace, line.pod) if line.pod else self.workload


def groups(
    scene: Scene, pattern: re.Pattern[str], key: Callable[[Line, re.Match[str]], str | None] = lambda *_: ""
) -> list[Group]:
    """Matching lines by workload and key; a line whose key is None does not count."""
    found: dict[tuple[Ref, str], list[Line]] = {}
    for workload, line in scene.spoken:
        match = pattern.search(line.text)
        said = key(line, match) if match else None
        if said is not None:
            found.setdefault((workload, said), []).append(line)
    return [Group(workload, said, tuple(lines)) for (workload, said), lines in found.items()]


def speaker(group: Group) -> str:
    """The subject of a sentence about the lines."""
    return str(group.subject)


def logged(
    scene: Scene,
    check: str,
    category: Category,
    group: Group,
    headline: str,
    pattern: re.Pattern[str],
    *,
    facts: dict[str, str] | None = None,
) -> Finding:
    """A finding on a group of lines: the headline, and the line itself in quotation marks."""
    line = group.sample
    said = _sentence(clause(line.body, pattern, 110), pattern)
    shown = line.shown_by(_piece(line.body, pattern))
    state = state_of_lines(scene, group)
    pod = scene.pod_by_ref.get(group.subject)
    return Finding(
        check, category, group.subject, group.workload, Statement(headline, (shown,)), state,
        since=group.first, until=group.last if state == "recovered" else None,
        details=(Statement(f"{line.pod or line.service or group.workload.name} logged {quoted(said)}", (shown,)),),
        facts={"key": group.key, "lines": str(len(group.lines)), "hash": pod.template_hash if pod else "",
               "node": pod.node if pod else "", **(facts or {})}, sure=False,
    )  # fmt: skip


def _sentence(said: str, pattern: re.Pattern[str]) -> str:
    """Up to the end of the sentence that matches: one claim quotes one sentence."""
    match = pattern.search(said)
    end = re.search(r"\. (?=[A-Z])", said[match.end() :]) if match else None
    return said[: match.end() + end.start()] if match and end else said


def _piece(text: str, pattern: re.Pattern[str]) -> str:
    match = pattern.search(text)
    return (match[0] if match else text)[:80].strip()


def state_of_lines(scene: Scene, group: Group) -> State:
    """Active while errors are fresh; over when the same workload went on without them or its monitors are all OK."""
    pod = scene.pod_by_ref.get(group.subject)
    if pod and remnant(scene, pod):
        return "expected"
    last = group.last
    if last is None:
        return "active" if pod is None or not pod.ready else "recovered"
    if fresh(scene, last, RECENT):
        return "active"
    later = [
        x.at for x in scene.lines if x.workload == group.workload and x.at and x.at > last and not x.warns
    ]
    went_on = bool(later) and max(later) - last >= _QUIET_AFTER
    if went_on or scene.monitors_calm(group.workload) or not fresh(scene, last, scene.window):
        return "recovered"
    return "active"
