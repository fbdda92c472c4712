"""One source's index as a searcher follows it: what is there at first, then only what changed.

Guarantees: another process's commit or switch is seen at the next look, for the price of two small reads; what is
given out is one committed state, never half a change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interlock.index.analysis import Counted
from interlock.index.chunks import Note
from interlock.index.store import vectors
from interlock.index.store.entry import Entry
from interlock.index.store.place import Place
from interlock.index.store.writer import Opened, may_serve

if TYPE_CHECKING:
    from interlock.index.embedding import Embedder, Vectors


@dataclass
class Change:
    """Files that are gone or replaced, as folder and path, and the chunks that came with their ids and vectors."""

    removed: set[tuple[str, str]] = field(default_factory=set)
    added: list[Counted] = field(default_factory=list)
    ids: list[bytes] = field(default_factory=list)
    rows: Vectors | None = None

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


class Part:
    """The chunks of one source, as pages of `folder`. Vectors are given out when they are of `embedder`."""

    def __init__(
        self, opened: Opened, place: Place | None, folder: str, commit: str, embedder: Embedder | None
    ) -> None:
        self.folder = folder
        self._commit = commit
        self._place = place
        self._embedder = embedder
        self._go_on_with(opened)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What of the source was not read, or not read whole."""
        whole = [Note(path, message) for path, message in json.loads(self.ledger.about("notes") or "[]")]
        return (*whole, *(note for notes in self._notes.values() for note in notes))

    def changes(self) -> Change:
        """What was committed or switched since the last time; all of it at first."""
        gone: set[str] = set()
        if self._place and self._place.serving not in ("", self._name, self._refused):
            gone = self._switched()
        if self.ledger.generation == self._generation:
            return Change()
        change = self._changed()
        change.removed |= {(self.folder, path) for path in gone}
        return change

    def take(self, opened: Opened) -> Change:
        """Go on with an index that this process has just brought up to date."""
        gone: set[str] = set()
        if opened.name and opened.name == self._name:
            opened.ledger.close()
            self.said = opened.said
        else:
            gone = set(self._files)
            self.ledger.close()
            self._go_on_with(opened)
        change = self.changes()
        change.removed |= {(self.folder, path) for path in gone}
        return change

    def _switched(self) -> set[str]:
        found = self._place.open() if self._place else None
        if found is None:
            return set()
        if not may_serve(found[1], self.ledger.identity):
            self._refused = found[0]  # its text passed other rules
            found[1].close()
            return set()
        before = set(self._files)
        self.ledger.close()
        self._go_on_with(Opened(*found, []))
        return before

    def _go_on_with(self, opened: Opened) -> None:
        self._name, self.ledger, self.said = opened.name, opened.ledger, opened.said
        self._refused = ""
        self._generation = -1
        self._seen_vectors = ""
        self._files: dict[str, int] = {}
        self._notes: dict[str, tuple[Note, ...]] = {}
        self._bare: dict[bytes, str] = {}

    def _changed(self) -> Change:
        with self.ledger.snapshot():
            present = self.ledger.generations()
            gone = self._files.keys() - present.keys()
            new = list(self.ledger.entries(self.folder, self._commit, after=self._generation))
            fresh = {entry.path for entry, _ in new}
            new += [
                self.ledger.entry(path, self.folder, self._commit)
                for path in sorted(self._filled() - fresh - gone)
            ]
            self._generation = self.ledger.generation
            return self._given(gone, present, new)

    def _filled(self) -> set[str]:
        """Files with chunks that have got a vector since."""
        seen = self.ledger.about("vectors")
        if seen == self._seen_vectors or not self._generation:
            return set()
        self._seen_vectors = seen
        return {self._bare[key] for key in self.ledger.with_vector(list(self._bare))}

    def _given(
        self, gone: Iterable[str], present: dict[str, int], new: list[tuple[Entry, list[bytes]]]
    ) -> Change:
        replaced = {entry.path for entry, _ in new} & self._files.keys() | set(gone)
        self._bare = {key: path for key, path in self._bare.items() if path not in replaced}
        for path in replaced:
            self._notes.pop(path, None)
        self._notes |= {entry.path: entry.notes for entry, _ in new if entry.notes}
        self._files = present
        ids = [key for _, keys in new for key in keys]
        rows = self._rows(ids)
        if rows is None or not self._embedder:
            self._bare |= {key: entry.path for entry, keys in new for key in keys}
        else:
            full = [bool(row.any()) for row in rows]
            owners = [entry.path for entry, keys in new for _ in keys]
            self._bare |= {key: path for key, path, has in zip(ids, owners, full, strict=True) if not has}
        counted = [one for entry, _ in new for one in entry.counted]
        return Change({(self.folder, path) for path in replaced}, counted, ids, rows)

    def _rows(self, ids: list[bytes]) -> Vectors | None:
        if self._embedder is None or self.ledger.about("embedder") != vectors.model_id(self._embedder):
            return None
        return self.ledger.vectors(ids, self._embedder.dimensions)
