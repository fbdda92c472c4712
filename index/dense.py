"""Nearness in meaning of every section to a question, quickly: all by a sketch, the promising ones exactly.

A sketch is the few directions in which the vectors differ most; it is an eighth of the memory to read. Below `EXACT`
rows there is none, and all is exact. A row of zeros is a section that was not embedded yet: near to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interlock.index.bm25 import Ints, Scores
    from interlock.index.embedding import Vectors

EXACT = 16_384
_DIRECTIONS = 64
_SAMPLE = 2_048


@dataclass(frozen=True, slots=True)
class Dense:
    """The vectors of several segments, and their sketches where there are many."""

    rows: tuple[Vectors, ...]
    sketches: tuple[Vectors, ...] = ()
    basis: Vectors | None = None

    def near(self, question: Vectors) -> Scores:
        """The cosine of each row to the question; of a sketch where there is one."""
        import numpy as np

        if self.basis is None:
            found = [_cosines(rows, question) for rows in self.rows]
        else:
            short = _cosines(self.basis.T, question).astype(np.float32)
            found = [_cosines(sketch, short) for sketch in self.sketches]
        return np.concatenate(found)

    def exactly(self, question: Vectors, numbers: Ints) -> Scores:
        """The cosines of some rows, numbered through all segments in ascending order."""
        import numpy as np

        ends = np.cumsum([len(rows) for rows in self.rows])
        parts = np.split(numbers, np.searchsorted(numbers, ends[:-1]))
        starts = np.concatenate([[0], ends[:-1]])
        pieces = zip(self.rows, parts, starts, strict=True)
        return np.concatenate([_cosines(rows[part - at], question) for rows, part, at in pieces])


def build(rows: Sequence[Vectors], known: Dense | None = None) -> Dense:
    """Vectors ready to be searched; sketches and directions of `known` are kept for the rows it has."""
    if sum(map(len, rows)) <= EXACT:
        return Dense(tuple(rows))
    basis = known.basis if known is not None and known.basis is not None else _directions(rows)
    drawn = {id(each): s for each, s in zip(known.rows, known.sketches, strict=False)} if known else {}
    sketches = tuple(drawn[id(each)] if id(each) in drawn else each @ basis for each in rows)
    return Dense(tuple(rows), sketches, basis)


def _cosines(rows: Vectors, question: Vectors) -> Scores:
    """Row by row on one thread: the same bits however many rows there are, and on two busy cores quicker than BLAS."""
    import numpy as np

    return np.asarray(np.einsum("ij,j->i", rows, question), np.float64)


def _directions(rows: Sequence[Vectors]) -> Vectors:
    """Where an even sample of the rows differs most."""
    import numpy as np

    step = max(1, sum(map(len, rows)) // _SAMPLE)
    sample = np.concatenate([each[::step] for each in rows]).astype(np.float64)
    _, axes = np.linalg.eigh(sample.T @ sample)  # ascending
    return np.ascontiguousarray(axes[:, -_DIRECTIONS:], np.float32)
