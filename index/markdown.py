"""Markdown by heading section, each with the trail of headings above it; a long one in pieces an embedder can read.

Headings inside fenced code are code. Both heading forms count: `## Words`, and words underlined by
`===` or `---`. Nothing else of Markdown is interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from interlock.index import frontmatter
from interlock.index.chunks import Block, Outline
from interlock.index.passage import MAX_TOKENS, tokens
from interlock.index.spans import tidy

_LEAST = 100.0  # tokens of its own that a piece may have, however long the headings above it
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_CLOSING_HASHES = re.compile(r"(?:^|[ \t])#+[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_PARAGRAPH = re.compile(r" {0,3}[^\s#>|\-*+`~]")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, the line it starts on, and its depth from 1."""

    line: int
    depth: int
    text: str


def split(lines: Sequence[str]) -> Outline:
    """Sections of a page; its front matter is a block of its own."""
    front = frontmatter.read(lines)
    headings = list(_headings(lines, front.last_line))
    blocks = [Block(1, front.last_line, role="front")] if front.last_line else []
    blocks += _sections(headings, front.last_line + 1, len(lines))
    top = next((h.text for h in headings if h.depth == 1 and h.text), "")
    return Outline(_sized(lines, blocks), front.title or top, front.meta, front.notes)


def _sized(lines: Sequence[str], blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Blocks cut so that each can be embedded whole, with the headings above it."""
    return tuple(
        piece
        for block in blocks
        for piece in tidy(lines, [block], tokens=max(_LEAST, MAX_TOKENS - tokens("\n".join(block.trail))))
    )


def _sections(headings: Sequence[Heading], first: int, last: int) -> Iterator[Block]:
    starts = [*(h.line for h in headings), last + 1]
    yield Block(first, starts[0] - 1)
    trail: list[Heading] = []
    for heading, following in zip(headings, starts[1:], strict=True):
        trail = [*(h for h in trail if h.depth < heading.depth), heading]
        yield Block(heading.line, following - 1, trail=tuple(h.text for h in trail if h.text))


def _headings(lines: Sequence[str], after: int) -> Iterator[Heading]:
    fence = ""
    previous = ""
    for number, line in enumerate(lines[after:], start=after + 1):
        mark = _FENCE.match(line)
        if fence:
            closes = mark and mark[1].startswith(fence) and not line.strip(" \t`~")
            fence = "" if closes else fence
            previous = ""
        elif mark:
            fence, previous = mark[1], ""
        elif atx := _ATX.match(line):
            yield Heading(number, len(atx[1]), _plain(atx[2] or ""))
            previous = ""
        elif previous and (under := _UNDERLINE.match(line)):
            yield Heading(number - 1, 1 if under[1][0] == "=" else 2, _plain(previous))
            previous = ""
        else:
            previous = line if _PARAGRAPH.match(line) and len(line) < 300 else ""


def _plain(heading: str) -> str:
    bare = _CLOSING_HASHES.sub("", heading[:300].strip())
    return _LINK.sub(r"\1", bare).strip(" \t*`")
