"""YAML files by document, and by top-level key where a document is long.

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
_NESTED = re.compile(r"\s+(name|namespace)\s*:\s*(\S.*)$")


def split(lines: Sequence[str]) -> Outline:
    """One block a document; a document longer than a piece may be is cut at its top-level keys."""
    blocks = [piece for start, end in _documents(lines) for piece in _pieces(lines, start, end)]
    return Outline(tidy(lines, blocks))


def _documents(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = 1
    for number, line in enumerate(lines, start=1):
        if number > start and _SEPARATOR.match(line):
            yield start, number - 1
            start = number
    yield start, len(lines)


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
