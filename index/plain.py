"""Every other text, in pieces of a screen; a Dockerfile also by build stage."""

from __future__ import annotations

import re
from collections.abc import Sequence

from interlock.index.chunks import Block, Outline
from interlock.index.spans import tidy

WINDOW = 40
_STAGE = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(\S{1,200})(?:\s+AS\s+(\S{1,200}))?\s*$", re.IGNORECASE)


def split(lines: Sequence[str]) -> Outline:
    """Pieces of at most `WINDOW` lines, cut at blank lines where possible."""
    return Outline(tidy(lines, [Block(1, len(lines))], most=WINDOW))


def split_dockerfile(lines: Sequence[str]) -> Outline:
    """One block a build stage; what stands above the first `FROM` belongs to it."""
    stages = [(n, m) for n, line in enumerate(lines, start=1) if (m := _STAGE.match(line[:1000]))]
    if not stages:
        return split(lines)
    starts = [1, *(n for n, _ in stages[1:]), len(lines) + 1]
    blocks = [
        Block(first, following - 1, trail=(f"FROM {m[1]}" + (f" AS {m[2]}" if m[2] else ""),))
        for (_, m), first, following in zip(stages, starts, starts[1:], strict=False)
    ]
    return Outline(tidy(lines, blocks))
