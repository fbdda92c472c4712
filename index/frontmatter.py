"""The YAML between two `---` lines at the top of a page.

The text is untrusted: it is read by the safe loader, within a size, and only strings, dates and lists of
strings are taken from it. Whatever is wrong with it becomes a note and never stops the page.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml

from interlock.index.chunks import Meta

MAX_CHARS = 16_000
MAX_LINES = 200
_LISTS = ("alerts", "services")
_WORDS = ("title", "owner", "last_reviewed")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The known fields, and the number of the closing `---` line (0: there is no front matter)."""

    last_line: int = 0
    title: str = ""
    meta: Meta = field(default_factory=Meta)
    notes: tuple[str, ...] = ()


def read(lines: Sequence[str]) -> FrontMatter:
    """The front matter of a page."""
    last = _closing(lines)
    if not last:
        return FrontMatter()
    text = "\n".join(lines[1 : last - 1])
    if len(text) > MAX_CHARS:
        return FrontMatter(last, notes=(f"front matter longer than {MAX_CHARS} characters was not read",))
    try:
        return _fields(last, yaml.safe_load(text))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return FrontMatter(last, notes=(f"broken front matter was not read: {_where(error)}",))


def _closing(lines: Sequence[str]) -> int:
    if not lines or lines[0].rstrip() != "---":
        return 0
    for number, line in enumerate(lines[1 : MAX_LINES + 1], start=2):
        if line.rstrip() in ("---", "..."):
            return number
    return 0


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"{problem} at line {mark.line + 2}" if mark else str(problem)


def _fields(last: int, data: object) -> FrontMatter:
    if data is None:
        return FrontMatter(last)
    if not isinstance(data, dict):
        return FrontMatter(last, notes=("front matter that is not a mapping was not read",))
    lists = {name: _strings(data.get(name)) for name in _LISTS}
    words = {name: _word(data.get(name)) for name in _WORDS}
    wrong = [n for n in _LISTS if lists[n] is None] + [n for n in _WORDS if words[n] is None]
    meta = Meta(
        alerts=lists["alerts"] or (),
        services=lists["services"] or (),
        owner=words["owner"] or None,
        last_reviewed=words["last_reviewed"] or None,
    )
    notes = tuple(f"front matter field {name!r} has the wrong type and was not read" for name in wrong)
    return FrontMatter(last, words["title"] or "", meta, notes)


def _word(value: object) -> str | None:
    if value is None:
        return ""
    if isinstance(value, str | int | float | datetime.date):
        return str(value)
    return None


def _strings(value: object) -> tuple[str, ...] | None:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return tuple(str(item) for item in value)
    return None
