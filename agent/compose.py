"""Sentences of the built-in model: words of the evidence, each with its citation. Nothing is put differently than it was read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from interlock.agent.sentences import quoted_line
from interlock.agent.turn import Asked, Read, Use
from interlock.core.clusters.objects import Node
from interlock.core.evidence import FileLocator

MOST_ROWS = 30
MOST_LINES = 12
MOST_STEPS = 8
MOST_CODE = 8
RUNBOOKS, READ, PAGE_LINES = "runbook_search", "runbook_read", 200
_HIDDEN = ("namespace", "name", "age")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DO_WORDS = frozenset(
    {"mitigation", "mitigate", "remediation", "resolution", "resolve", "solution", "steps", "fix", "recovery"}
)
"""Words of headings under which runbooks say what to do."""


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
    shown = [f"- {cited(quoted_line(line), read.display)}" for line in kept]
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


def page_lines(found: Read, page: Read | None = None, *, most: int = MOST_STEPS) -> list[str]:
    """What the best page of a search says to do, line by line as it stands; else the section that was found."""
    place = best_place(found)
    if place is None:
        return []
    todo = steps(page.lines) if page else []
    title = [line for line in page.lines if _content(line).startswith("# ")][:1] if page and todo else []
    lines = [*title, *todo]
    lines = lines or [line for line in found.lines if line.startswith(f"{place.path}:") and _content(line)]
    return [
        f"- {cited(quoted_line(line), page.display if page and line in page.lines else found.display)}"
        for line in lines[:most]
    ]


def runbook_lines(asked: Asked) -> list[str]:
    """The steps of the runbook that was found."""
    pages = asked.read(READ)
    return [
        line
        for found in asked.read(RUNBOOKS)[-1:]
        for line in page_lines(found, pages[-1] if pages else None)
    ]


def code_lines(found: Read) -> list[str]:
    """The best block of a code search: all of a short one, else its first line and those nearest to what was sought."""
    place = best_place(found)
    block = _block(found.lines, place) if place else []
    kept = block if len(block) <= MOST_CODE else _nearest(block, str(found.use.args.get("query")))
    return [f"- {cited(quoted_line(line), found.display)}" for line in kept]


def best_place(found: Read) -> FileLocator | None:
    """Where the best page of a search is."""
    places = found.evidence.locators if found.evidence else ()
    return next((place for place in places if isinstance(place, FileLocator)), None)


def steps(lines: Sequence[str]) -> list[str]:
    """The lines under the heading that says what to do, the heading first; none when a page has no such heading."""
    chosen: list[str] = []
    inside = fenced = False
    for line in lines:
        text = _content(line)
        fenced ^= text.startswith(("```", "~~~"))
        if text.startswith("#") and not fenced:
            inside = bool(DO_WORDS & set(re.findall(r"[a-z]+", text.lower())))
        if inside and text and not text.startswith(("```", "~~~")):
            chosen.append(line)
    return chosen


def whole_pages(asked: Asked, tool: str) -> list[Use]:
    """The reading of the best page that a search found."""
    places = [best_place(read) for read in asked.read(tool)[-1:]]
    return [Use.of(READ, path=place.path, start_line=1, end_line=PAGE_LINES) for place in places if place]


def changed(histories: Iterable[Read]) -> list[str]:
    """What rollouts changed, the newest first: the statements that name an old and a new value."""
    found = [(line, read.display) for read in histories for line in read.lines if " -> " in line]
    found.sort(key=lambda pair: max(_TIME.findall(pair[0]), default=""), reverse=True)
    return [f"- {cited(quoted_line(line), display)}" for line, display in found[:MOST_LINES]]


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


def _block(lines: Sequence[str], place: FileLocator) -> list[str]:
    numbered = {f"{place.path}:{n}" for n in range(place.start_line, place.end_line + 1)}
    return [line for line in lines if line.partition(" ")[0] in numbered and _content(line)]


def _nearest(block: Sequence[str], query: str) -> list[str]:
    """Its first line and the lines that share words with `query`, rare words first; in the order of the block."""
    seen = Counter(word for line in block for word in set(_words(_content(line))))
    wanted = set(_words(query)) & set(seen)
    scores = {
        n: sum(1 / seen[w] for w in wanted & set(_words(_content(line)))) for n, line in enumerate(block)
    }
    best = sorted((n for n in scores if scores[n] and n), key=lambda n: (-scores[n], n))[: MOST_CODE - 1]
    return [block[n] for n in sorted({0, *best})]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 2]


def _content(line: str) -> str:
    return line.partition(" ")[2].strip()
