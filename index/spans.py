"""Arithmetic on runs of lines, shared by every splitter so that no line is lost or told twice."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from interlock.index.chunks import Block
from interlock.index.passage import tokens as count_tokens

MAX_LINES = 80  # a longer piece is no longer a citation; a screen or two is


def trimmed(lines: Sequence[str], block: Block) -> Block | None:
    """The block without blank lines at its ends; None when nothing else is in it."""
    start, end = block.start, block.end
    while start <= end and not lines[start - 1].strip():
        start += 1
    while end >= start and not lines[end - 1].strip():
        end -= 1
    return replace(block, start=start, end=end) if start <= end else None


def windows(
    lines: Sequence[str], block: Block, *, most: int = MAX_LINES, tokens: float = math.inf
) -> Iterator[Block]:
    """The block in pieces of at most `most` lines and about `tokens` tokens, cut at a blank line where one is near.

    A single line is never cut, however long: a piece is whole lines.
    """
    start = block.start
    while (last := _furthest(lines, start, min(block.end, start + most - 1), tokens)) < block.end:
        end = _cut(lines, start, last)
        yield replace(block, start=start, end=end)
        start = end + 1
    yield replace(block, start=start)


def tidy(
    lines: Sequence[str], blocks: Iterable[Block], *, most: int = MAX_LINES, tokens: float = math.inf
) -> tuple[Block, ...]:
    """Blocks cut to size and without blank edges."""
    pieces = (piece for block in blocks for piece in windows(lines, block, most=most, tokens=tokens))
    return tuple(kept for piece in pieces if (kept := trimmed(lines, piece)))


def _furthest(lines: Sequence[str], start: int, end: int, tokens: float) -> int:
    """The last line up to which a piece is not too large; at least its first."""
    if tokens == math.inf:
        return end
    spent = 0.0
    for number in range(start, end + 1):
        spent += count_tokens(lines[number - 1])
        if spent > tokens:
            return max(start, number - 1)
    return end


def _cut(lines: Sequence[str], start: int, end: int) -> int:
    earliest = start + (end - start) // 2
    return next((n for n in range(end, earliest, -1) if not lines[n - 1].strip()), end)
