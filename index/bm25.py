"""BM25 over one field: postings of term counts, and scores for a bag of query terms.

Okapi BM25 with the always-positive idf, log(1 + (N - n + .5) / (n + .5)). Pure: nothing but counts in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Counts = Mapping[str, int]


@dataclass(slots=True)
class Field:
    """The postings of one field; `weights` of a term are worked out when it is first asked for."""

    size: int
    norms: Sequence[float]
    postings: Mapping[str, Sequence[tuple[int, int]]]
    k1: float
    _impacts: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    def idf(self, term: str) -> float:
        """How telling a term is; a term that occurs nowhere is the most telling."""
        n = len(self.postings.get(term, ()))
        return math.log(1 + (self.size - n + 0.5) / (n + 0.5))

    def impacts(self, term: str) -> list[tuple[int, float]]:
        """Each document that holds the term, and what the term adds to its score."""
        known = self._impacts.get(term)
        if known is None:
            known = self._impacts[term] = self._weigh(term)
        return known

    def scores(self, query: Mapping[str, float]) -> list[float]:
        """One score a document, in their order."""
        total = [0.0] * self.size
        for term, boost in query.items():
            for doc, impact in self.impacts(term):
                total[doc] += boost * impact
        return total

    def _weigh(self, term: str) -> list[tuple[int, float]]:
        scale = self.idf(term) * (self.k1 + 1)
        norms = self.norms
        return [(doc, scale * count / (count + norms[doc])) for doc, count in self.postings.get(term, ())]


def build(documents: Iterable[Counts], *, k1: float, b: float) -> Field:
    """Index documents, numbered as they come."""
    postings: dict[str, list[tuple[int, int]]] = {}
    lengths: list[int] = []
    for doc, counts in enumerate(documents):
        lengths.append(sum(counts.values()))
        for term, count in counts.items():
            postings.setdefault(term, []).append((doc, count))
    filled = [length for length in lengths if length]  # most pages have no front matter
    mean = sum(filled) / len(filled) if filled else 1.0
    norms = [k1 * (1 - b + b * length / mean) for length in lengths]
    return Field(len(lengths), norms, postings, k1)
