"""Statements about code as tool results: each names its file and lines, and is a line of the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

from interlock.core.clusters.objects import Node
from interlock.core.evidence import FileLocator, QueryLocator
from interlock.tools.knowledge.page import cited
from interlock.tools.knowledge.pages import library_of
from interlock.tools.tool import Context, Result

if TYPE_CHECKING:
    from interlock.index.code.model import Place
    from interlock.index.code.opened import Code

MOST = 60
"""Statements shown; of more, the count is told."""


@dataclass(frozen=True)
class Statement:
    """A sentence about code, what it is about (`set`, `used`, `does`, `owner`), and where it was read."""

    text: str
    about: str
    place: Place | None = None


def code_of(context: Context) -> Code:
    """The infrastructure code there is, as it lies there now.

    Raises:
        NotServed: when no knowledge is configured.
    """
    return library_of(context).code.now()


def stated(
    code: Code, about: str, statements: Sequence[Statement], limits: Iterable[str] = (), *, subject: str = ""
) -> Result:
    """Statements as evidence; without any, the absence is what is stated."""
    shown = list(statements[:MOST])
    places = dict.fromkeys(s.place for s in shown if s.place)
    rows: list[JsonValue] = [{"text": _pinned(code, s), "about": s.about} for s in shown]
    more = [f"{len(statements) - MOST} more are not shown"] if len(statements) > MOST else []
    return Result(
        kind="report",
        subject=subject,
        data={"about": about, "found": len(statements), "statements": rows},
        locators=tuple(_locator(code, place) for place in places)
        or (QueryLocator(system="code", query=about),),
        limits=(*limits, *more),
        summary=f"{len(statements)} statements",
    )


def statements_text(data: JsonValue) -> str:
    """One statement a line."""
    node = Node(data if isinstance(data, dict) else {})
    lines = [statement.text("text") for statement in node.nodes("statements")]
    return "\n".join(lines) or f"no code here answers: {node.text('about')}"


def _pinned(code: Code, statement: Statement) -> str:
    """The sentence with the commit behind its file's path, where the file is of a repository."""
    held = code.base.roots.get(statement.place.path) if statement.place else None
    if statement.place is None or held is None or not held.commit:
        return statement.text
    path = statement.place.path
    return statement.text.replace(f"{path}:", f"{cited(path, held.commit)}:", 1)


def _locator(code: Code, place: Place) -> FileLocator:
    held = code.base.roots.get(place.path)
    return FileLocator(
        path=cited(place.path, held.commit if held else ""),
        start_line=place.start,
        end_line=place.end,
        root=str(held.path) if held else "",
    )
