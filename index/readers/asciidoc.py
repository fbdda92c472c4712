"""AsciiDoc by heading section. Headings inside listing, literal, comment and pass-through blocks are text.

`== Words` and Markdown's `## Words` count, as the language says; includes are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from interlock.index.chunks import Block, Meta, Outline
from interlock.index.spans import tidy

_HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r"(-{4,}|\.{4,}|/{4,}|\+{4,}|`{3,}.*)[ \t]*$")
_OWNER = re.compile(r":(?:owner|author):[ \t]*(\S.*)")
_REVIEWED = re.compile(r":(?:last[-_]reviewed|revdate):[ \t]*(\S.*)")
_FORMAT = re.compile(r"[*_`]+|\[\[[^\]]*\]\]")
MOST_HEADER = 60


def split(lines: Sequence[str]) -> Outline:
    """Sections of a page, each with the trail of headings above it."""
    headings = list(_headings(lines))
    starts = [*(line for line, _, _ in headings), len(lines) + 1]
    blocks = [Block(1, starts[0] - 1)]
    trail: list[tuple[int, str]] = []
    for (line, depth, text), following in zip(headings, starts[1:], strict=True):
        trail = [*(above for above in trail if above[0] < depth), (depth, text)]
        blocks.append(Block(line, following - 1, trail=tuple(words for _, words in trail)))
    title = next((text for _, depth, text in headings if depth == 1), "")
    return Outline(tidy(lines, blocks), title, _meta(lines))


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    fence = ""
    for number, line in enumerate(lines, start=1):
        mark = _FENCE.fullmatch(line[:300])
        if mark:
            sign = "```" if mark[1].startswith("```") else mark[1]
            fence = "" if fence == sign else fence or sign
        elif not fence and (found := _HEADING.fullmatch(line[:300].rstrip())):
            yield number, len(found[1]), _FORMAT.sub("", found[2]).strip()


def _meta(lines: Sequence[str]) -> Meta:
    owner = reviewed = None
    for line in lines[:MOST_HEADER]:
        owner = owner or ((found := _OWNER.match(line)) and found[1].strip()) or None
        reviewed = reviewed or ((found := _REVIEWED.match(line)) and found[1].strip()) or None
    return Meta(owner=owner, last_reviewed=reviewed)
