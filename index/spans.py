"""Arithmetic on runs of lines, shared by every splitter so that no line is lost or told twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from interlock.index.chunks import Block

MAX_LINES = 80  # a longer piece is no longer a citation; a screen or two is


def trimmed(lines: Sequence[str], block: Block) -> Block | None:
    """The block without blank lines at its ends; None when nothing else is in it."""
    start, end = block.start, block.end
    while start <= end and not lines[start - 1].strip():
        start += 1
    while end >= start and not lines[end - 1].strip():
        end -= 1
    return replace(block, start=start, end=end) if start <= end else None


def windows(lines: Sequence[str], block: Block, *, most: int = MAX_LINES) -> Iterator[Block]:
    """The block in pieces of at most `most` lines, cut at a blank line where one is near."""
    start = block.start
    while block.end - start + 1 > most:
        end = _cut(lines, start, start + most - 1)
        yield replace(block, start=start, end=end)
        start = end + 1
    yield replace(block, start=start)


def tidy(lines: Sequence[str], blocks: Sequence[Block], *, most: int = MAX_LINES) -> tuple[Block, ...]:
    """Blocks cut to size and without blank edges."""
    pieces = (piece for block in blocks for piece in windows(lines, block, most=most))
    return tuple(kept for piece in pieces if (kept := trimmed(lines, piece)))


def _cut(lines: Sequence[str], start: int, end: int) -> int:
    earliest = start + (end - start) // 2
    return next((n for n in range(end, earliest, -1) if not lines[n - 1].strip()), end)
