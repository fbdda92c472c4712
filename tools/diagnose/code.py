"""Where infrastructure code holds the value behind a cause: a claim of file and line, or nothing.

Claimed only when the block that holds the value also names the workload; a match by words alone is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.core.clusters.objects import Node, Ref
from interlock.core.errors import InterlockError
from interlock.tools.diagnose.engine import Chain
from interlock.tools.diagnose.model import Claim, Need
from interlock.tools.diagnose.phrases import quoted
from interlock.tools.knowledge.library import Library
from interlock.tools.tool import Context

_CHANGED = re.compile(r"changed (?P<path>\S+) from .+ to (?P<value>\S+)$")
_LIMITS = re.compile(r"(limits|requests)\b")


def claims_of_code(chain: Chain, context: Context) -> list[Claim]:
    """Claims that cite the line where the value stands now."""
    if context.backend(Library) is None:
        return []
    wanted = next(_values(chain), None)
    if wanted is None:
        return []
    path, value = wanted
    field = re.split(r"[.\]]", path)[-1]
    workload = chain.root.workload
    need = Need.of("iac_search", query=f"{workload.name} {field} {value}", limit=5)
    try:
        found = context.call(need.tool, dict(need.args))
    except InterlockError:
        return []
    for piece in Node(found.data if isinstance(found.data, dict) else {}).nodes("pieces"):
        line = _line(piece, workload, path, field, value)
        if line:
            number, text = line
            return [Claim(f"{piece.text('path')}:{number} {quoted(text)}", "cause", (need,))]
    return []


def _values(chain: Chain) -> Iterator[tuple[str, str]]:
    for change in chain.changes:
        for statement in (change.headline, *change.details):
            match = _CHANGED.search(statement.text)
            if match and match["value"] != "(not":
                yield match["path"], match["value"]
    if chain.root.facts.get("limit"):
        yield "resources.limits.memory", chain.root.facts["limit"]
    if chain.root.check == "image_pull" and chain.root.facts.get("image"):
        yield "image", chain.root.facts["image"]


def _line(piece: Node, workload: Ref, path: str, field: str, value: str) -> tuple[int, str] | None:
    lines = piece.text("text").split("\n")
    whole = piece.text("text")
    if not any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", whole)
        for name in (workload.name, workload.name.replace("-", "_"))
    ):
        return None
    group = match[1] if (match := _LIMITS.search(path)) else ""
    inside = not group
    for index, text in enumerate(lines):
        if group and _LIMITS.search(text):
            inside = _LIMITS.search(text)[1] == group  # type: ignore[index]
        if inside and field in text and re.search(rf"(?<![\w.]){re.escape(value)}(?![\w])", text):
            return (piece.number("start") or 1) + index, text.strip()
    return None
