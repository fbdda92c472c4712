"""Sentences of the built-in model: words of the evidence, each with its citation. Nothing is put differently than it was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue

from interlock.agent.turn import Asked, Read
from interlock.core.clusters.objects import Node
from interlock.core.evidence import FileLocator

MOST_ROWS = 30
MOST_LINES = 12
_HIDDEN = ("namespace", "name", "age")


def cited(text: str, *displays: str) -> str:
    """`text` with its citation; without a display id it stays uncited, and will read as unverified."""
    ids = ", ".join(dict.fromkeys(display for display in displays if display))
    return f"{text} [{ids}]" if ids else text


def note(text: str) -> str:
    """A line about ourselves: no statement about the world."""
    return f"Note: {text}"


def table_lines(read: Read, *, only: Sequence[Node] | None = None) -> list[str]:
    """One line a row, with the columns' own names."""
    rows = list(read.rows if only is None else only)
    if not rows:
        return [cited(line, read.display) for line in read.lines[:1]]
    lines = [cited(_row(row, read.data.names("columns")), read.display) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(note(f"{len(rows) - MOST_ROWS} more rows are in {read.display}."))
    return lines


def quoted_lines(read: Read, *, most: int = MOST_LINES, newest: bool = False) -> list[str]:
    """Lines of logs, events or reports as they stand."""
    lines = [line for line in read.lines if line.strip()]
    kept = lines[-most:] if newest else lines[:most]
    shown = [f"- {cited(' '.join(line.split()), read.display)}" for line in kept]
    if len(lines) > most:
        shown.append(note(f"{len(lines) - most} more lines are in {read.display}."))
    return shown


def errors(asked: Asked, *tools: str) -> list[str]:
    """What could not be read, and why, as notes."""
    return [note(f"{read.use.tool}: {read.error}") for tool in tools for read in asked.failed(tool)]


def unknown_names(asked: Asked) -> list[str]:
    """What the question names that the cluster does not have."""
    if not asked.names.unknown or asked.names.objects:
        return []
    near = f"; near it: {', '.join(asked.names.near)}" if asked.names.near else ""
    return [note(f"nothing named {', '.join(asked.names.unknown)} was found{near}.")]


def page_lines(read: Read, *, most: int = 6) -> Iterator[str]:
    """The best page of a search: where it is, and its first lines of content, quoted."""
    place = next(
        (loc for loc in (read.evidence.locators if read.evidence else ()) if isinstance(loc, FileLocator)),
        None,
    )
    if place is None:
        return
    mine = [line for line in read.lines if line.startswith(f"{place.path}:")]
    steps = [line for line in mine if _is_step(_content(line))] or [line for line in mine if _content(line)]
    for line in steps[:most]:
        yield f"- {cited(line, read.display)}"


def changed(history: Read) -> list[str]:
    """What rollouts changed: the statements of a history that name an old and a new value."""
    return [
        f"- {cited(' '.join(line.split()), history.display)}" for line in history.lines if " -> " in line
    ][:MOST_LINES]


def paragraphs(*parts: Iterable[str]) -> list[str]:
    """Parts with an empty line between those that hold something."""
    lines: list[str] = []
    for part in parts:
        held = list(part)
        lines += ["", *held] if lines and held else held
    return lines


def _row(row: Node, columns: Sequence[str]) -> str:
    name = f"{row.text('namespace')}/{row.text('name')}" if row.text("namespace") else row.text("name")
    cells = [
        f"{column} {cell}"
        for column in columns
        if column not in _HIDDEN and (cell := _cell(row.value(column)))
    ]
    return f"- {name}: {', '.join(cells)}" if cells else f"- {name}"


def _cell(value: JsonValue) -> str:
    if isinstance(value, list):
        return ",".join(_cell(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else " ".join(str(value).split())


def _content(line: str) -> str:
    return line.partition(" ")[2].strip()


def _is_step(text: str) -> bool:
    head = text.lstrip("-* ").partition(" ")[0]
    return text.startswith(("- ", "* ")) or (head[:1].isdigit() and head.rstrip(".)").isdigit())
