"""What one file came to, and the content ids by which its chunks are known everywhere: ledger, vectors, Chroma."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from interlock.index.analysis import Counted
from interlock.index.chunks import Chunk, Note

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it was read. `sha256` is of its bytes; empty for a file that was refused."""

    path: str
    stamp: Stamp
    sha256: str
    counted: tuple[Counted, ...]
    notes: tuple[Note, ...] = ()


def content_ids(source: str, path: str, chunks: Sequence[Chunk]) -> list[bytes]:
    """One id a chunk: SHA-256 of source, path, heading trail and text; a repeat within a page is numbered."""
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    ids = []
    for chunk in chunks:
        seen[chunk.trail, chunk.text] += 1
        repeat = seen[chunk.trail, chunk.text]
        # No part holds a NUL: the reader replaces it, and no path can.
        parts = (source, path, str(repeat), *chunk.trail, chunk.text)
        ids.append(hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest())
    return ids
