"""YAML as settings: each key with its path, its text and its line, in one pass that no template can stop.

By indentation, not by a parser: Helm and Jinja templates are not YAML yet, and a generated manifest of a megabyte
has to be read in milliseconds. Block texts, anchors and the inside of long flow values are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from interlock.index.code.model import Value, cut

_KEY = re.compile(
    r"(\"[^\"]{1,160}\"|'[^']{1,160}'|[^\s#'\"\[\]{},&*!|>%@`:-][^:#{}]{0,160}?|-[^\s:#]{1,80})\s*:(?:\s+|$)"
)
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?\s*(?:#.*)?$")
_PROPERTY = re.compile(r"^(?:[&!][^\s]+\s+)+")


@dataclass(slots=True)
class _Reader:
    """Where the reader stands: open keys and items by column, and the text it is inside of."""

    open: list[tuple[int, str]] = field(default_factory=list)
    text_above: int = -1  # the column of the key whose block text is being passed over
    quote: str = ""

    def path(self) -> str:
        """The dotted path that is open, with numbers for list items."""
        joined = ""
        for _, step in self.open:
            joined += step if step.startswith("[") or not joined else f".{step}"
        return joined

    def close(self, column: int) -> None:
        """Leave every key and item that a key at `column` ends."""
        while self.open and self.open[-1][0] >= column:
            self.open.pop()


def leaves(lines: Sequence[str], first: int, last: int, *, deepest: int = 200) -> Iterator[Value]:
    """The settings between two lines; lines indented by more than `deepest` are passed over."""
    reader = _Reader()
    for number in range(first, last + 1):
        line = lines[number - 1]
        stripped = line.lstrip(" ")
        column = len(line) - len(stripped)
        if not stripped or column > deepest or _passed(reader, stripped, column):
            continue
        if stripped[0] != "#" and not stripped.startswith("{{") and not stripped.startswith("---"):
            yield from _line(reader, stripped.rstrip(), column, number)


def _passed(reader: _Reader, stripped: str, column: int) -> bool:
    """Whether the line belongs to a text that began above."""
    if reader.quote:
        if stripped.rstrip().endswith(reader.quote):
            reader.quote = ""
        return True
    if reader.text_above >= 0:
        if column > reader.text_above:
            return True
        reader.text_above = -1
    return False


def _line(reader: _Reader, rest: str, column: int, number: int) -> Iterator[Value]:
    outer = column
    while rest == "-" or rest.startswith("- "):
        _open_item(reader, column)
        inner = rest[1:].lstrip(" ")
        outer = column
        column += len(rest) - len(inner)
        rest = inner
    match = _KEY.match(rest)
    if match is None:
        if rest and rest[0] not in "#&*!" and reader.open and reader.open[-1][1][0] == "[":
            yield from _scalar(reader, rest, number, outer)
        return
    reader.close(column)
    reader.open.append((column, match[1].strip("\"'")))
    yield from _scalar(reader, rest[match.end() :], number, column)


def _open_item(reader: _Reader, column: int) -> None:
    held = reader.open
    while held and held[-1][0] > column:
        held.pop()
    if held and held[-1][0] == column and held[-1][1][0] == "[":
        held[-1] = (column, f"[{int(held[-1][1][1:-1]) + 1}]")
    else:
        held.append((column, "[0]"))


def _scalar(reader: _Reader, text: str, number: int, column: int) -> Iterator[Value]:
    text = _PROPERTY.sub("", text.strip())
    if not text or text[0] == "#":
        return
    if _BLOCK.match(text):
        reader.text_above = column
        return
    mark = text[0]
    if mark in "\"'":
        closed = text.find(mark, 1)
        if closed < 0:
            reader.quote = mark
        yield Value(reader.path(), cut(text[1:closed] if closed > 0 else text[1:]), number)
    elif mark == "{" and not text.startswith("{{"):
        yield from _flow(reader.path(), text, number)
    else:
        yield Value(reader.path(), cut(text.split(" #", 1)[0]), number)


def _flow(path: str, text: str, number: int) -> Iterator[Value]:
    """A mapping on one line."""
    for held in text.strip("{} ").split(","):
        key, colon, value = held.partition(":")
        if colon and key.strip():
            yield Value(f"{path}.{key.strip().strip(chr(34))}", cut(value.strip().strip("\"'")), number)
