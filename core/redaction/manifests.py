"""Secrets in YAML text, found by indentation: works inside logs, markdown and cut-off output, needs no parser.

A hostile YAML cannot blow it up: no anchors, no recursion, each line read a fixed number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.core.redaction.scan import decoded

_HEAD = re.compile(r"^([ ]*(?:-[ ]+)*)[\"']?(kind|data|stringData)[\"']?:[ \t]*(\S*)[ \t]*\r?$", re.MULTILINE)
_ENTRY = re.compile(r"[ ]*[\"']?[^\s\"':#][^\"':\n]*[\"']?:[ \t]*")
_KINDS = ("Secret", "SecretList")
_LINES = 20_000  # the longest object looked at: API servers refuse objects beyond 1.5 MB


def secret_values(text: str) -> Iterator[tuple[int, int, str]]:
    """Bounds of every value under `data` and `stringData` of a `kind: Secret`, whichever comes first."""
    if "data:" not in text and "tringData:" not in text:
        return
    heads = [(m.start(), len(m.group(1)), m.group(2), m.group(3).strip("\"'")) for m in _HEAD.finditer(text)]
    if not any(name == "kind" and value in _KINDS for _, _, name, value in heads) and not _cut(heads):
        return
    for index, (start, column, name, value) in enumerate(heads):
        if name != "kind" and not value and _belongs(text, heads, index, column):
            yield from _entries(text, start, column)


def _cut(heads: list[tuple[int, int, str, str]]) -> bool:
    return bool(heads) and any(name != "kind" for _, _, name, _ in heads[-2:])


def _belongs(text: str, heads: list[tuple[int, int, str, str]], index: int, column: int) -> bool:
    """Is the `data` at `index` that of a Secret? Look at the `kind` beside it; without one, at its form."""
    for step in (1, -1):
        at = index + step
        while 0 <= at < len(heads) and abs(at - index) < 64:
            start, other, name, value = heads[at]
            between = (
                text[min(start, heads[index][0]) : max(start, heads[index][0])] if abs(at - index) < 8 else ""
            )
            if other < column or "\n---" in between:
                break
            if other == column and name == "kind":
                if _same_object(text, min(start, heads[index][0]), max(start, heads[index][0]), column):
                    return value in _KINDS
                break
            at += step
    return heads[index][2] == "stringData" or (index >= len(heads) - 2 and _encoded(text, heads[index][0]))


def _same_object(text: str, first: int, last: int, column: int) -> bool:
    """No line between the two starts another list item or leaves the object."""
    for number, line in enumerate(text[first:last].splitlines()[1:]):
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        if (
            bare and (indent < column or (indent == column - 2 and bare.startswith("- ")))
        ) or number > _LINES:
            return False
    last_line = text[last : last + column + 2]
    return "-" not in last_line[:column]


def _encoded(text: str, start: int) -> bool:
    """At the cut end of a text with no kind in sight: do the values decode as a Secret's do?"""
    lines = text[start : start + 65_536].splitlines()[1:]
    values = [line.split(": ", 1)[1].strip() for line in lines if ": " in line and line.startswith(" ")]
    return bool(values) and all(
        len(v) % 4 == 0 and decoded(v.encode()) is not None for v in values[:-1] or values
    )


def _entries(text: str, start: int, column: int) -> Iterator[tuple[int, int, str]]:
    """Each value beneath the line at `start`; a line that is no entry goes whole."""
    pos = text.find("\n", start) + 1
    end = pos
    while 0 < pos < len(text):
        stop = text.find("\n", pos)
        stop = len(text) if stop < 0 else stop
        line = text[pos:stop]
        bare = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if bare and (indent <= column or line.startswith("---")):
            return
        if bare and pos >= end:
            entry = _ENTRY.match(line)
            begin, end = _bounds(text, pos, stop, indent, entry)
            if begin < end and text[begin:end].strip():
                yield begin, end, "secret-data"
        pos = stop + 1


def _bounds(text: str, pos: int, stop: int, indent: int, entry: re.Match[str] | None) -> tuple[int, int]:
    if entry is None:
        return pos + indent, stop
    begin = pos + entry.end()
    if text[begin : begin + 1] in ("|", ">"):
        return _block(text, stop + 1, indent)
    if text[begin : begin + 1] in ("'", '"'):
        closing = text.find(text[begin], begin + 1, stop)
        return begin + 1, closing if closing > 0 else stop
    return begin, begin + len(text[begin:stop].split(" #", maxsplit=1)[0].rstrip())


def _block(text: str, pos: int, indent: int) -> tuple[int, int]:
    """The lines of a block scalar, as one stretch."""
    begin, end = -1, pos
    while pos < len(text):
        stop = text.find("\n", pos)
        stop = len(text) if stop < 0 else stop
        line = text[pos:stop]
        depth = len(line) - len(line.lstrip(" "))
        if line.strip() and depth <= indent:
            break
        if line.strip():
            begin = pos + depth if begin < 0 else begin
            end = stop
        pos = stop + 1
    return (begin, end) if begin >= 0 else (0, 0)
