"""Nearness in meaning asked of a vector store elsewhere, for indexes too large to hold every vector in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interlock.core.errors import InterlockError
from interlock.index.dense import Dense
from interlock.index.store.remote import Remote

if TYPE_CHECKING:
    from interlock.index.bm25 import Scores
    from interlock.index.embedding import Vectors

CANDIDATES = 200
"""Sections asked for at once; what is farther counts by its words alone."""


@dataclass(frozen=True, slots=True)
class Asked(Dense):
    """`numbers` are the sections by content id; `said` hears why a store could not be asked."""

    stores: Sequence[Remote] = ()
    numbers: Mapping[bytes, int] = field(default_factory=dict)
    size: int = 0
    said: list[str] = field(default_factory=list)

    def near(self, question: Vectors) -> Scores:
        """The cosine of the candidates; nothing for the rest, or when nobody answers."""
        import numpy as np

        found = np.zeros(self.size, np.float64)
        self.said.clear()
        for store in self.stores:
            try:
                hits = store.nearest([float(value) for value in question], CANDIDATES)
            except InterlockError as error:
                self.said.append(f"searched by words alone: {error.message}")
                continue
            for key, cosine in hits:
                if key in self.numbers:
                    found[self.numbers[key]] = cosine
        return found
