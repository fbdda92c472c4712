"""Chroma as a mirror of an index's vectors: a server that is asked for candidates, or a folder that is a copy.

Guarantees: vectors are written by content id after the ledger committed them, so a crash leaves Chroma behind and
never ahead; `reconcile` makes it hold exactly what the ledger holds. An embedded Chroma is opened only by the writer,
under the index's lock: an open client does not see another process's writes and may fail on them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from interlock.core.errors import InterlockError, Unreachable
from interlock.core.outbound import checked_url, shown_url
from interlock.index.store.ledger import Ledger

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

_BATCH = 1000
_PREFIX = "interlock"


class ChromaMirror:
    """One source's vectors of one model, as a collection."""

    def __init__(
        self, name: str, family: str, place: str, connect: Callable[[], ClientAPI], *, asked: bool
    ) -> None:
        self.name = name
        self._asked = asked
        self._family = family
        self._place = place
        self._connect = connect

    @property
    def asked(self) -> bool:
        """Whether searches ask it: a server, yes."""
        return self._asked

    def add(self, rows: Sequence[tuple[bytes, bytes, str]]) -> None:
        """Write id, vector and path of chunks that the ledger has committed."""
        import numpy as np

        for part in _batches(rows):
            with self._speaking():
                self._collection.upsert(
                    ids=[key.hex() for key, _, _ in part],
                    embeddings=[np.frombuffer(vector, "<f4") for _, vector, _ in part],
                    metadatas=[{"path": path} for _, _, path in part],
                )

    def remove(self, ids: Sequence[bytes]) -> None:
        """Remove chunks that are gone from the ledger."""
        for part in _batches(ids):
            with self._speaking():
                self._collection.delete(ids=[key.hex() for key in part])

    def reconcile(self, ledger: Ledger, dimensions: int) -> tuple[int, int]:
        """Make it hold exactly what the ledger holds; how many were added and removed."""
        with self._speaking():
            there = {bytes.fromhex(key) for key in self._ids()}
            self._forget_other_models()
        here = set(ledger.with_vector(sorted(ledger.ids())))
        missing, extra = sorted(here - there), sorted(there - here)
        for part in _batches(missing):
            texts = ledger.texts(part)
            vectors = ledger.vectors(part, dimensions)
            self.add([(key, vectors[n].tobytes(), texts[key][0]) for n, key in enumerate(part)])
        self.remove(extra)
        return len(missing), len(extra)

    def nearest(self, vector: Sequence[float], k: int) -> list[tuple[bytes, float]]:
        """The ids nearest to a vector and their cosine, best first."""
        with self._speaking():
            found = self._collection.query(
                query_embeddings=[list(vector)], n_results=k, include=["distances"]
            )
        ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
        return [(bytes.fromhex(key), 1.0 - far) for key, far in zip(ids, distances, strict=True)]

    def close(self) -> None:
        """Give back the connection; the next use makes another."""
        if "_client" in self.__dict__:
            client: Any = self._client
            for speaker in (client, getattr(client, "_admin_client", None)):
                session = getattr(getattr(speaker, "_server", None), "_session", None)
                if session is not None:
                    session.close()  # the client's own close leaves its HTTP connections open (1.5.9)
            client.close()
            del self.__dict__["_client"]
        self.__dict__.pop("_collection", None)

    def count(self) -> int:
        """How many vectors it holds."""
        with self._speaking():
            return int(self._collection.count())

    @cached_property
    def _client(self) -> ClientAPI:
        return self._connect()

    @cached_property
    def _collection(self) -> Any:  # noqa: ANN401 - Chroma's own class, used in this file alone
        return self._client.get_or_create_collection(
            self.name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def _ids(self) -> Iterator[str]:
        for start in range(0, self._collection.count(), _BATCH):
            yield from self._collection.get(limit=_BATCH, offset=start, include=[])["ids"]

    def _forget_other_models(self) -> None:
        for collection in self._client.list_collections():
            if collection.name.startswith(self._family) and collection.name != self.name:
                self._client.delete_collection(collection.name)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except InterlockError:
            raise
        except Exception as error:  # Chroma raises its own, its HTTP client's and plain ValueError alike
            said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise Unreachable(f"Chroma at {self._place} could not be used: {said}") from error


def open_chroma(source: str, model: str, *, url: str = "", path: str = "", token: str = "") -> ChromaMirror:
    """The mirror of a source's vectors; nothing is opened yet.

    Args:
        source: The source's id.
        model: Names the vectors.
        url: A server.
        path: A folder, without a server.
        token: For a server that wants one.
    """
    family = f"{_PREFIX}-{hashlib.sha256(source.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"
    name = f"{family}-{hashlib.sha256(model.encode()).hexdigest()[:12]}"
    if url:
        checked_url(url)
        return ChromaMirror(name, family, shown_url(url), lambda: _server(url, token), asked=True)
    return ChromaMirror(name, family, path, lambda: _folder(path), asked=False)


def _server(url: str, token: str) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return chromadb.HttpClient(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or (443 if secure else 8000),
        ssl=secure,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        settings=Settings(anonymized_telemetry=False),
    )


def _folder(path: str) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=path, settings=Settings(anonymized_telemetry=False))


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
