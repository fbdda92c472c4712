"""Building, showing and checking the indexes of sources, as `interlock index` does it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass

from interlock.core.errors import StoreFailed
from interlock.index.library import Source, Ways
from interlock.index.store import vectors, writer
from interlock.index.store.entry import Entry
from interlock.index.store.ingest import Progress, silent
from interlock.index.store.ledger import Damaged, Ledger
from interlock.index.store.place import Place

Agree = Callable[[Source, vectors.Estimate], bool]


@dataclass(frozen=True)
class State:
    """What there is of a source's index."""

    source: Source
    files: int = 0
    chunks: int = 0
    vectors: int = 0
    embedder: str = ""
    bytes: int = 0
    writer: str = ""
    problem: str = ""


def build(
    source: Source,
    ways: Ways,
    *,
    anew: bool = False,
    wait: float = 0.0,
    progress: Progress = silent,
    agree: Agree = lambda _source, _estimate: True,
) -> writer.Built | None:
    """Bring one source's index fully up to date; None when `agree` said no to embedding.

    Raises:
        Busy: another process indexes it, and still does after `wait` seconds.
        StoreFailed: it cannot be written.
        Unreachable: the embedder or the vector store cannot be asked; what was done is kept.
    """
    place, remote = _place(source, ways), ways.remote(source)
    place.make()
    with place.locked(wait=wait), closing(remote) if remote else nullcontext():
        return writer.build(
            place,
            ways.identity(source),
            source.job(ways.clean, progress),
            ways.embedder_of(source),
            remote,
            anew=anew,
            agree=lambda estimate: agree(source, estimate),
        )


def state(source: Source, ways: Ways) -> State:
    """What there is; nothing is changed."""
    place = _place(source, ways)
    found = place.open()
    if found is None:
        return State(source, writer=place.writer, problem="not indexed yet")
    _, ledger = found
    try:
        totals = ledger.totals()
        return State(
            source,
            **totals,
            embedder=ledger.about("embedder"),
            bytes=place.bytes(),
            writer=place.writer,
            problem=_problem(ledger, source, ways),
        )
    except Damaged as error:
        return State(source, problem=error.message)
    finally:
        ledger.close()


def verify(source: Source, ways: Ways) -> list[str]:
    """What is wrong with a source's index: the file, its content ids, its vectors; empty when nothing is."""
    found = _place(source, ways).open()
    if found is None:
        return ["not indexed yet"]
    _, ledger = found
    try:
        with ledger.snapshot():
            if wrong := ledger.check():
                return wrong
            return _miscounted(ledger, [entry for entry, _ in ledger.entries("")])
    except Damaged as error:
        return [error.message]
    finally:
        ledger.close()


def _miscounted(ledger: Ledger, entries: list[Entry]) -> list[str]:
    totals = ledger.totals()
    chunks = sum(len(entry.counted) for entry in entries)
    said = [] if chunks == totals["chunks"] else [f"{totals['chunks']} chunks, of which files own {chunks}"]
    orphans = ledger.orphans()
    return [*said, f"{orphans} vectors belong to no chunk"] if orphans else said


def _place(source: Source, ways: Ways) -> Place:
    place = ways.place(source)
    if place is None:
        raise StoreFailed("no folder is configured to keep indexes in")
    return place


def _problem(ledger: Ledger, source: Source, ways: Ways) -> str:
    if ledger.identity.rules != ways.rules:
        return "made under other redaction rules; it will be made again"
    if ledger.identity != ways.identity(source):
        return "made by another version; it will be made again"
    if not ledger.about("complete"):
        return "not complete"
    model = vectors.model_id(ways.embedder) if ways.embedder else ""
    if model and ledger.about("embedder") not in ("", model):
        return "its vectors are of another model"
    rest = len(ledger.pending()) if model else 0
    return f"{rest} sections have no vector" if rest else ""
