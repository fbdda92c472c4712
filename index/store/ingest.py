"""Brings an index file up to date with its source, reading only what changed.

Guarantees: files are committed whole, a few at a time, and `told` hears of them only then; a file that went away goes
with all its chunks; a touched file whose bytes are the same is not split again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from interlock.index import analysis, folder, sources
from interlock.index.chunks import Clean, Kind, Note
from interlock.index.folder import Found
from interlock.index.store.entry import Entry
from interlock.index.store.ledger import Ledger

MOST_FILES = 64
MOST_SECONDS = 0.25
"""Of one transaction: a commit costs 4 ms of waiting for the disk, and a killed writer loses no more than this."""

Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Job:
    """A source to read.

    `clean` is the redactor; it must keep the number of lines. `told` hears the paths of each commit, `lost` the
    content ids that are gone with it.
    """

    root: Path
    clean: Clean
    kind: Kind | None = None
    wanted: Callable[[str], bool] = lambda _: True
    progress: Progress = silent
    told: Callable[[Sequence[str]], None] = lambda _: None
    lost: Callable[[Sequence[bytes]], None] = lambda _: None


@dataclass
class Synced:
    """What a run did, in files."""

    read: int = 0
    touched: int = 0
    removed: int = 0
    same: int = 0


@dataclass
class _Batch:
    entries: list[Entry] = field(default_factory=list)
    touched: list[Found] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    @property
    def full(self) -> bool:
        count = len(self.entries) + len(self.touched)
        return count >= MOST_FILES or (count > 0 and time.monotonic() - self.since > MOST_SECONDS)


def sync(ledger: Ledger, job: Job) -> Synced:
    """Read what changed since the last time; nothing is written when nothing did.

    Raises:
        StoreFailed: when the index cannot be written; what was acknowledged before is kept.
    """
    notes: list[Note] = []
    known = ledger.stamps()
    present, refused = sources.nameable(list(folder.walk(job.root, notes, job.wanted)), job.clean)
    notes += refused
    done, batch = Synced(), _Batch()
    for number, found in enumerate(present, start=1):
        stamp, sha = known.pop(found.path, (None, ""))
        if stamp == found.stamp:
            done.same += 1
            continue
        _take(batch, found, sha, job, done)
        if batch.full:
            _commit(ledger, batch, job)
            batch = _Batch()
        job.progress("reading", number, len(present))
    _commit(ledger, batch, job)
    _finish(ledger, sorted(known), notes, job)
    done.removed = len(known)
    return done


def _take(batch: _Batch, found: Found, sha: str, job: Job, done: Synced) -> None:
    raw = sources.bytes_of(job.root, found)
    if isinstance(raw, Note):
        batch.entries.append(Entry(found.path, found.stamp, "", (), (raw,)))
        done.read += 1
        return
    digest = hashlib.sha256(raw).hexdigest()
    if digest == sha:
        batch.touched.append(found)
        done.touched += 1
        return
    chunks, notes = sources.chunked(found.path, raw, job.kind, job.clean)
    counted = tuple((chunk, analysis.count(chunk)) for chunk in chunks)
    batch.entries.append(Entry(found.path, found.stamp, digest, counted, notes))
    done.read += 1


def _commit(ledger: Ledger, batch: _Batch, job: Job) -> None:
    if not batch.entries and not batch.touched:
        return
    with ledger.transaction() as generation:
        before = [key for entry in batch.entries for key in ledger.put(entry, generation)]
        lost = ledger.prune(before)
        for found in batch.touched:
            ledger.restamp(found.path, found.stamp)
    job.told([entry.path for entry in batch.entries])
    if lost:
        job.lost(lost)


def _finish(ledger: Ledger, gone: Sequence[str], notes: Sequence[Note], job: Job) -> None:
    """Remove what is no longer there, and note that the whole source was read."""
    said = json.dumps([[note.path, note.message] for note in notes])
    if not gone and ledger.about("complete") and ledger.about("notes") == said:
        return
    with ledger.transaction():
        lost = ledger.prune([key for path in gone for key in ledger.drop(path)])
        ledger.set_about("notes", said)
        ledger.set_about("complete", "yes")
    if gone:
        job.told(gone)
        job.lost(lost)
