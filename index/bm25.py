"""BM25 over the documents of one field, kept by term so that a question touches only what holds its words.

Okapi BM25 with the always-positive idf, log(1 + (N - n + .5) / (n + .5)). What depends on other documents (their
number, their mean length, how many hold a term) comes from outside, so a field may lie in several pieces.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Scores = NDArray[np.float64]
    Mask = NDArray[np.bool_]

K1 = 1.2
B = 0.75

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Postings:
    """Which documents hold a term and how often: those of row r are `docs[starts[r]:starts[r + 1]]`."""

    rows: Mapping[str, int]
    starts: Ints
    docs: Ints
    counts: Ints
    lengths: Ints

    def of(self, term: str) -> tuple[Ints, Ints]:
        """Documents and counts of a term."""
        row = self.rows.get(term, -1)
        start, end = (self.starts[row], self.starts[row + 1]) if row >= 0 else (0, 0)
        return self.docs[start:end], self.counts[start:end]

    def holding(self, term: str, alive: Mask | None) -> int:
        """How many documents hold a term."""
        docs, _ = self.of(term)
        return len(docs) if alive is None else int(alive[docs].sum())

    def scores(self, weights: Mapping[str, float], norms: Scores) -> Scores:
        """One score a document: what each term weighs, saturated by how often it occurs there."""
        import numpy as np

        found = [(self.of(term), weight) for term, weight in weights.items()]
        found = [(each, weight) for each, weight in found if len(each[0])]
        if not found:
            return np.zeros(len(self.lengths))
        docs = np.concatenate([docs for (docs, _), _ in found])
        counts = np.concatenate([counts for (_, counts), _ in found])
        weight = np.repeat([weight for _, weight in found], [len(docs) for (docs, _), _ in found])
        gains = weight * counts / (counts + norms[docs])
        return np.bincount(docs, gains, len(self.lengths)).astype(np.float64, copy=False)


def build(documents: Sequence[Counts]) -> Postings:
    """Postings of documents, numbered as they come."""
    import numpy as np

    sizes = np.fromiter(map(len, documents), np.int64, len(documents))
    flat = list(chain.from_iterable(documents))
    rows = {term: row for row, term in enumerate(dict.fromkeys(flat))}
    terms = np.fromiter(map(rows.__getitem__, flat), np.int64, len(flat))
    counts = np.fromiter(chain.from_iterable(d.values() for d in documents), np.int64, len(flat))
    docs = np.repeat(np.arange(len(documents)), sizes)
    lengths = np.bincount(docs, counts, len(documents)).astype(np.int64)
    return _sorted(rows, terms, docs, counts, lengths)


def gathered(fine: Postings, owners: Ints, size: int) -> Postings:
    """The postings of larger documents, `owners[d]` being the one that document d is part of; in ascending order."""
    import numpy as np

    terms = np.repeat(np.arange(len(fine.rows)), np.diff(fine.starts))
    wholes = owners[fine.docs]
    new = np.ones(len(terms), bool)
    new[1:] = (terms[1:] != terms[:-1]) | (wholes[1:] != wholes[:-1])
    at = np.flatnonzero(new)
    counts = np.add.reduceat(fine.counts, at) if len(at) else fine.counts
    starts = np.concatenate([[0], np.cumsum(np.bincount(terms[at], minlength=len(fine.rows)))])
    lengths = np.bincount(owners, fine.lengths, size).astype(np.int64)
    return Postings(fine.rows, starts, wholes[at], counts, lengths)


def idf(size: int, holding: int) -> float:
    """How telling a term is that `holding` of `size` documents hold; one that occurs nowhere is the most telling."""
    return math.log(1 + (size - holding + 0.5) / (holding + 0.5))


def norms(lengths: Ints, mean: float) -> Scores:
    """By how much a document's length dampens each term."""
    import numpy as np

    return np.asarray(K1 * (1 - B) + lengths * (K1 * B / mean), np.float64)


def _sorted(rows: Mapping[str, int], terms: Ints, docs: Ints, counts: Ints, lengths: Ints) -> Postings:
    import numpy as np

    order = np.argsort(terms, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(terms, minlength=len(rows)))])
    return Postings(rows, starts, docs[order], counts[order], lengths)
