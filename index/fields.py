"""The four fields of all segments together: how telling a term is, and what each document scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.index import bm25
from interlock.index.segment import FIELDS, Segment

if TYPE_CHECKING:
    from interlock.index.bm25 import Scores


@dataclass(frozen=True, slots=True)
class _Facts:
    """The number of a field's documents, and how much its length dampens each, by segment."""

    size: int
    norms: tuple[Scores, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """Documents are numbered through all segments, the dead ones too."""

    segments: Sequence[Segment]
    _facts: Mapping[str, _Facts]

    def idf(self, name: str, term: str) -> float:
        """How telling a term is in a field."""
        holding = sum(each.fields[name].holding(term, each.mask(name)) for each in self.segments)
        return bm25.idf(self._facts[name].size, holding)

    def knows(self, name: str, term: str) -> bool:
        """Whether a document of a field holds a term."""
        return any(term in each.fields[name].rows for each in self.segments)

    def scores(self, name: str, bag: Mapping[str, int]) -> Scores:
        """One score a document of a field, in their order."""
        import numpy as np

        facts = self._facts[name]
        weights = {term: n * self.idf(name, term) * (bm25.K1 + 1) for term, n in bag.items()}
        pieces = zip(self.segments, facts.norms, strict=True)
        return np.concatenate([each.fields[name].scores(weights, norms) for each, norms in pieces])


def build(segments: Sequence[Segment]) -> Fields:
    """The fields of segments."""
    return Fields(segments, {name: _facts(segments, name) for name in FIELDS})


def _facts(segments: Sequence[Segment], name: str) -> _Facts:
    lengths = [each.lengths(name) for each in segments]
    total = sum(int(each.sum()) for each in lengths)
    filled = sum(int((each > 0).sum()) for each in lengths)  # most pages have no front matter
    mean = total / filled if filled else 1.0
    norms = tuple(bm25.norms(each.fields[name].lengths, mean) for each in segments)
    return _Facts(sum(map(len, lengths)), norms)
