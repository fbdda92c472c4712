"""Vectors of a bench's chunks, made once and kept beside our caches; a change of text or model makes new ones."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.index.chunks import Chunk
from interlock.index.embedding.local import LocalEmbedder
from interlock.index.passage import passage

if TYPE_CHECKING:
    from interlock.index.embedding import Vectors

_STEP = 500
_KEY = 12


def vectors_of(chunks: Sequence[Chunk], embedder: LocalEmbedder, folder: Path) -> Vectors:
    """One row a chunk; what is not in `folder` yet is embedded and kept there."""
    import numpy as np

    texts = [passage(chunk.title, chunk.trail, chunk.text) for chunk in chunks]
    known = _known(folder, embedder)
    missing = list(dict.fromkeys(text for text in texts if _key(text) not in known))
    with click.progressbar(range(0, len(missing), _STEP), label=f"embedding {len(missing)}") as steps:
        for start in steps:
            some = missing[start : start + _STEP]
            rows = embedder.embed(some)
            _keep(folder, embedder, [_key(text) for text in some], rows)
            known |= dict(zip(map(_key, some), rows, strict=True))
    return np.stack([known[_key(text)] for text in texts])


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_KEY]


def _known(folder: Path, embedder: LocalEmbedder) -> dict[bytes, Vectors]:
    import numpy as np

    known: dict[bytes, Vectors] = {}
    for file in sorted(folder.glob(f"{embedder.id}-*.npz")):
        held = np.load(file)
        keys = held["k"].tobytes()
        known |= {keys[n * _KEY : (n + 1) * _KEY]: row for n, row in enumerate(held["v"])}
    return known


def _keep(folder: Path, embedder: LocalEmbedder, keys: Sequence[bytes], rows: Vectors) -> None:
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".making-", suffix=".npz", delete=False) as out:
        np.savez(out, k=np.frombuffer(b"".join(keys), np.uint8), v=rows)
    Path(out.name).rename(folder / f"{embedder.id}-{keys[0].hex()}-{len(keys)}.npz")
