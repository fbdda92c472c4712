"""Texts as vectors. One Protocol; the local model and the hosted ones are files beside this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """A model that turns texts into vectors of one length."""

    @property
    def id(self) -> str:
        """Names the model and its bytes or version; vectors of two ids are never compared."""

    @property
    def dimensions(self) -> int:
        """Length of each vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, each of unit length.

        Raises:
            Unreachable: when a hosted model cannot be asked.
        """
