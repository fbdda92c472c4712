"""YAML files by document, by item where one is a Kubernetes List, and by top-level key where it is long.

By line, not by parser: templates that are not valid YAML yet (Helm, Jinja) are split like the rest, and
the text decides nothing. YAML itself guarantees that `---` at the margin ends a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from interlock.index.chunks import Block, Outline
from interlock.index.spans import MAX_LINES, tidy

_SEPARATOR = re.compile(r"---(?:\s|$)|\.\.\.\s*$")
_KEY = re.compile(r"(\"[^\"]{1,120}\"|'[^']{1,120}'|[^\s#\-'\"\[\]{},&*!|>%@`][^:#]{0,120}?)\s*:(?:\s|$)")
_ITEMS = re.compile(r"items:\s*$")
_ITEM = re.compile(r"( *)- [A-Za-z\"']")
_NESTED = re.compile(r"\s+(name|namespace)\s*:\s*(\S.*)$")


def split(lines: Sequence[str]) -> Outline:
    """One block a document; a document longer than a piece may be is cut at its top-level keys."""
    blocks = [piece for start, end in _documents(lines) for piece in _document(lines, start, end)]
    return Outline(tidy(lines, blocks))


def _documents(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = 1
    for number, line in enumerate(lines, start=1):
        if number > start and _SEPARATOR.match(line):
            yield start, number - 1
            start = number
    yield start, len(lines)


def _document(lines: Sequence[str], start: int, end: int) -> Iterator[Block]:
    """A document; of a Kubernetes List each item as if it were one."""
    items = next((n for n in range(start, end + 1) if _ITEMS.match(lines[n - 1])), 0)
    starts = _items(lines, items, end) if items else []
    if not starts:
        yield from _pieces(lines, start, end)
        return
    stop = next((n for n in range(starts[-1], end + 1) if _key(lines[n - 1])), end + 1)
    yield Block(start, starts[0] - 1)
    for first, following in zip(starts, [*starts[1:], stop], strict=True):
        title = _item_title(lines, first, following - 1)
        yield Block(first, following - 1, title, (title,) if title else ())
    yield Block(stop, end)


def _items(lines: Sequence[str], items: int, end: int) -> list[int]:
    """The lines on which the items of a list begin: dashes at the depth of the first, none of them empty of a key."""
    dashes = ((n, _ITEM.match(lines[n - 1])) for n in range(items + 1, end + 1))
    found = [(n, len(match[1])) for n, match in dashes if match]
    depth = found[0][1] if found else 0
    last = next((n for n in range(items + 1, end + 1) if _key(lines[n - 1])), end + 1)
    return [n for n, indent in found if indent == depth and n < last]


def _item_title(lines: Sequence[str], first: int, last: int) -> str:
    depth = len(lines[first - 1]) - len(lines[first - 1].lstrip()) + 2
    inner = [line[depth:] for line in lines[first - 1 : last]]
    return _title(
        inner, [(n, key) for n, line in enumerate(inner, start=1) if (key := _key(line))], len(inner)
    )


def _pieces(lines: Sequence[str], start: int, end: int) -> Iterator[Block]:
    keys = [(n, key) for n in range(start, end + 1) if (key := _key(lines[n - 1]))]
    title = _title(lines, keys, end)
    if end - start < MAX_LINES or not keys:
        yield Block(start, end, title, (title,) if title else ())
        return
    starts = [start, *(n for n, _ in keys[1:]), end + 1]
    for (_, key), first, following in zip(keys, starts, starts[1:], strict=False):
        yield Block(first, following - 1, title, (title, key) if title else (key,))


def _key(line: str) -> str:
    match = _KEY.match(line[:160])
    return match[1].strip("\"' ") if match else ""


def _title(lines: Sequence[str], keys: Sequence[tuple[int, str]], end: int) -> str:
    """Kind, namespace and name of a Kubernetes object; empty for any other document."""
    at = {key: n for n, key in reversed(keys)}
    if "kind" not in at:
        return ""
    kind = _value(lines[at["kind"] - 1].split(":", 1)[1])
    start = at.get("metadata", end)
    stop = min((n for n, _ in keys if n > start), default=end + 1)
    found = {m[1]: _value(m[2]) for m in _children(lines[start : stop - 1])}
    name = "/".join(part for part in (found.get("namespace"), found.get("name")) if part)
    return f"{kind} {name}".strip()


def _children(lines: Sequence[str]) -> Iterator[re.Match[str]]:
    """The `name` and `namespace` lines at the first child's depth."""
    depth = 0
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        depth = depth or indent
        if indent == depth and (match := _NESTED.match(line[:300])):
            yield match


def _value(text: str) -> str:
    return text.split(" #", 1)[0].strip().strip("\"'")[:200]
