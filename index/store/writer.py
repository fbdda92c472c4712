"""Brings the index of a source up to date as its one writer: in passing before a question, or as `interlock index` does.

Guarantees: one writer at a time; an index that serves goes on serving until its successor is whole; text that other
redaction rules let through never serves again. In passing, little is embedded: the question is waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from interlock.core.errors import InterlockError, StoreFailed
from interlock.index.store import vectors
from interlock.index.store.ingest import Job, Synced, sync
from interlock.index.store.ledger import MEMORY, Ledger
from interlock.index.store.lock import Busy
from interlock.index.store.place import Place
from interlock.index.store.schema import Identity

if TYPE_CHECKING:
    from interlock.index.embedding import Embedder
    from interlock.index.store.remote import Remote

MOST_UNASKED = 24
"""Chunks embedded while a question waits: half a second of one core with the local model."""
MOST_REMADE = 5_000
"""Chunks that are split again while a question waits when our own code changed: about a second of one core."""
PATIENCE = 10.0
"""Seconds that a question waits for somebody else's first index of a source."""

BUILD = "run `interlock index build`"


@dataclass
class Opened:
    """An index that can be read, by the name of its file ('' in memory), and what has to be said about it."""

    name: str
    ledger: Ledger
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Built:
    """What a build did."""

    synced: Synced
    embedded: int
    switched: bool


def opened(
    place: Place | None, identity: Identity, job: Job, embedder: Embedder | None, remote: Remote | None
) -> Opened:
    """The index of a source, brought up to date in passing when that can be done.

    Raises:
        StoreFailed: when what is there cannot be used and nothing else can be made.
    """
    if place is None:
        return _in_memory(identity, job, embedder, [])
    try:
        place.make()
        with place.locked(wait=0.0 if _serves(place, identity) else PATIENCE):
            return _passed(place, identity, job, embedder, remote)
    except Busy as busy:
        return _read_only(place, identity, job, embedder, f"{busy.message}: what it had so far was searched")
    except StoreFailed as error:
        return _read_only(place, identity, job, embedder, f"search will be slower: {error.message}")


def followed(place: Place, identity: Identity, job: Job, embedder: Embedder | None) -> Opened:
    """The index that another process keeps, as it is; one of our own in memory where nobody does."""
    return _read_only(place, identity, job, embedder, "")


def build(
    place: Place,
    identity: Identity,
    job: Job,
    embedder: Embedder | None,
    remote: Remote | None,
    *,
    anew: bool = False,
    agree: Callable[[vectors.Estimate], bool] = lambda _: True,
) -> Built | None:
    """Everything: read, embed, and mirror to the vector store elsewhere. None when `agree` said no.

    The lock must be held. A new file is made when asked for, or when the old one was made by other code, rules or
    another model; it serves once it is whole.
    """
    place.sweep()
    old = place.open()
    usable = old is not None and old[1].identity == identity and not _other_model(old[1], embedder)
    if old is not None and usable and not anew:
        return _completed(old[1], job, embedder, remote, agree)
    name = place.fresh()
    ledger = Ledger.create(place.file(name), identity)
    if old is None:
        place.switch(name)
    done = _completed(ledger, job, embedder, remote, agree, before=(place, old[0]) if old else None)
    if done is not None:
        ledger.settle()
        place.switch(name)
    ledger.close()
    return replace(done, switched=True) if done else None


def _completed(
    ledger: Ledger,
    job: Job,
    embedder: Embedder | None,
    remote: Remote | None,
    agree: Callable[[vectors.Estimate], bool],
    before: tuple[Place, str] | None = None,
) -> Built | None:
    synced = sync(ledger, job)
    if embedder is None:
        return Built(synced, 0, switched=False)
    if before:
        _carry(ledger, before, embedder)
    rest = vectors.estimate(ledger)
    if rest.chunks and not agree(rest):
        return None
    kept = remote.add if remote else lambda _: None
    embedded = vectors.embed(ledger, embedder, progress=job.progress, kept=kept)
    if remote:
        remote.reconcile(ledger, embedder.dimensions)
    return Built(synced, embedded, switched=False)


def _passed(
    place: Place, identity: Identity, job: Job, embedder: Embedder | None, remote: Remote | None
) -> Opened:
    old = place.open()
    if old is None or old[1].identity != identity:
        if old is not None and may_serve(old[1], identity) and old[1].totals()["chunks"] > MOST_REMADE:
            return Opened(*old, [f"the index was made by another version: {BUILD}"])
        old = _begun(place, identity, old, job, embedder)
    name, ledger = old
    lost: list[bytes] = []
    kept: list[tuple[bytes, bytes, str]] = []
    sync(ledger, replace(job, lost=lost.extend))
    said = _embedded(ledger, embedder, kept.extend)
    return Opened(name, ledger, [*said, *_mirrored(remote, lost, kept)])


def _begun(
    place: Place,
    identity: Identity,
    old: tuple[str, Ledger] | None,
    job: Job,
    embedder: Embedder | None,
) -> tuple[str, Ledger]:
    """A new index file, serving at once where nothing else may, else once it is whole."""
    name = place.fresh()
    ledger = Ledger.create(place.file(name), identity)
    if old is not None:
        sync(ledger, job)
        if embedder:
            _carry(ledger, (place, old[0]), embedder)
        old[1].close()
    place.switch(name)
    return name, ledger


def _carry(ledger: Ledger, before: tuple[Place, str], embedder: Embedder) -> None:
    place, name = before
    with suppress(StoreFailed, FileNotFoundError):  # what cannot be taken over is embedded again
        old = Ledger.open(place.file(name))
        same = old.about("embedder") == vectors.model_id(embedder)
        old.close()
        if same:
            ledger.carry_vectors(place.file(name))
            with ledger.transaction():
                ledger.set_about("embedder", vectors.model_id(embedder))


def _embedded(ledger: Ledger, embedder: Embedder | None, kept: vectors.Kept) -> list[str]:
    """Embed the little that may be embedded in passing; what has to be said about the rest."""
    if embedder is None:
        return []
    if _other_model(ledger, embedder):
        return [f"searched by words alone, the vectors are of {ledger.about('embedder')}: {BUILD}"]
    rest = len(ledger.pending())
    if rest > MOST_UNASKED:
        chunks = ledger.totals()["chunks"]
        return [f"{rest} of {chunks} sections were searched by words alone: {BUILD}"]
    try:
        vectors.embed(ledger, embedder, kept=kept)
    except InterlockError as error:
        return [f"{rest} sections were searched by words alone: {error.message}"]
    return []


def _mirrored(
    remote: Remote | None, lost: Sequence[bytes], kept: Sequence[tuple[bytes, bytes, str]]
) -> list[str]:
    """Tell the vector store elsewhere; the question does not wait for one that is away."""
    if remote is None or not (lost or kept):
        return []
    try:
        remote.remove(lost)
        remote.add(kept)
    except InterlockError as error:
        return [f"the vector store is behind: {error.message}; {BUILD}"]
    finally:
        remote.close()
    return []


def _other_model(ledger: Ledger, embedder: Embedder | None) -> bool:
    had = ledger.about("embedder")
    return bool(embedder and had and had != vectors.model_id(embedder) and ledger.totals()["vectors"])


def may_serve(ledger: Ledger, identity: Identity) -> bool:
    """Other code may have split the text; other rules may have let a secret through."""
    return ledger.identity == replace(identity, code=ledger.identity.code)


def _serves(place: Place, identity: Identity) -> bool:
    found = place.open()
    if found is None:
        return False
    usable = may_serve(found[1], identity)
    found[1].close()
    return usable


def _read_only(place: Place, identity: Identity, job: Job, embedder: Embedder | None, said: str) -> Opened:
    found = place.open()
    if found is not None and may_serve(found[1], identity):
        return Opened(*found, [said] if said else [])
    return _in_memory(identity, job, embedder, [said] if said else [])


def _in_memory(identity: Identity, job: Job, embedder: Embedder | None, said: list[str]) -> Opened:
    ledger = Ledger.create(MEMORY, identity)
    sync(ledger, job)
    return Opened("", ledger, [*said, *_embedded(ledger, embedder, lambda _: None)])
