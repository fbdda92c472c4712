"""Evidence as a client is shown it: the same lines without what each of them repeats, so that more of them fit.

The evidence itself stays as it is, a line that stands alone, because claims are checked against it; here are only the
ways to write it shorter. Guarantee: nothing is lost but what the line above, a key or a column says already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

_NUMBERED = re.compile(r"(\S+):(\d+) (.*)", re.DOTALL)
_PADDING = re.compile(r" {3,}")
_FIELD = re.compile(r"([\w./~-]+(?:\[(?:(?!: )[^\]\n])*\][\w./~-]*)*): (.*)")
_DOT = re.compile(r"\.(?![^\[\]]*\])")
_KEYED = re.compile(r"\[([^\]]*)\]\.(?:name|type)\Z")
Field = tuple[tuple[str, ...], str]


def shown(kind: str, text: str) -> str:
    """The text of evidence of a kind, shorter where that kind repeats itself."""
    lines = text.split("\n")
    match kind:
        case "log":
            return "\n".join(_by_place(lines))
        case "table":
            return "\n".join(_PADDING.sub("  ", line) for line in lines)
        case "object":
            return "\n".join(_as_tree(lines))
        case _:
            return text


def _by_place(lines: Sequence[str]) -> Iterator[str]:
    """`PLACE:NUMBER text` with the place once over its neighbours; a line of another shape stays."""
    read = [(_NUMBERED.fullmatch(line), line) for line in lines]
    for place, group in groupby(read, key=lambda one: one[0][1] if one[0] else None):
        members = list(group)
        if place is None or len(members) == 1:
            yield from (line for _, line in members)
            continue
        yield f"{place}:"
        yield from (f" {match[2]} {match[3]}" for match, _ in members if match)


def _as_tree(lines: Sequence[str]) -> Iterator[str]:
    """`path: value` as a tree in which a path that several share stands once."""
    for is_field, group in groupby(lines, key=lambda line: bool(_FIELD.fullmatch(line))):
        if not is_field:
            yield from group
            continue
        yield from _tree([field for line in group if (field := _field(line))], 0)


def _field(line: str) -> Field | None:
    """The parts of a line; None for one that only repeats the key of its list entry."""
    match = _FIELD.fullmatch(line)
    assert match
    key = _KEYED.search(match[1])
    if key and key[1] == match[2]:
        return None
    return tuple(_DOT.split(match[1])), match[2]


def _tree(fields: Sequence[Field], depth: int) -> Iterator[str]:
    for _, group in groupby(fields, key=lambda field: field[0][0]):
        members = list(group)
        shared = _shared([path for path, _ in members]) if len(members) > 1 else 0
        if not shared:
            yield from (f"{' ' * depth}{'.'.join(path)}: {value}" for path, value in members)
            continue
        yield f"{' ' * depth}{'.'.join(members[0][0][:shared])}:"
        yield from _tree([(path[shared:], value) for path, value in members], depth + 1)


def _shared(paths: Sequence[tuple[str, ...]]) -> int:
    """How many segments all paths begin with, at least one of each left over; 0 where one path is another's beginning."""
    same = 0
    for column in zip(*(path[:-1] for path in paths), strict=False):
        if len(set(column)) > 1:
            break
        same += 1
    return same
