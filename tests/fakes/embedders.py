"""A stand-in for an embedding model: deterministic, near for texts that share words, and it counts its work."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interlock.index.embedding import Vectors


@dataclass
class Words:
    """Bags of hashed words as unit vectors."""

    id: str = "words-1"
    dimensions: int = 64
    texts: list[str] = field(default_factory=list)

    def embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        self.texts += texts
        found = np.full((len(texts), self.dimensions), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                found[row, hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)
