"""What a vector store elsewhere must do. It mirrors the ledger by content id and decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from interlock.index.store.ledger import Ledger


class Remote(Protocol):
    """A mirror of an index's vectors."""

    @property
    def asked(self) -> bool:
        """Whether searches ask it; else it is a copy for others."""

    def add(self, rows: Sequence[tuple[bytes, bytes, str]]) -> None:
        """Write id, vector and path of chunks that the ledger has committed."""

    def remove(self, ids: Sequence[bytes]) -> None:
        """Remove chunks that are gone from the ledger."""

    def reconcile(self, ledger: Ledger, dimensions: int) -> tuple[int, int]:
        """Make it hold exactly what the ledger holds; how many were added and removed."""

    def nearest(self, vector: Sequence[float], k: int) -> list[tuple[bytes, float]]:
        """The ids nearest to a vector and their cosine, best first."""

    def close(self) -> None:
        """Give back what it holds; it can be used again."""
