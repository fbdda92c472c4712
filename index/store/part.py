"""One source's index as a searcher holds it: loaded once, then only what changed.

Guarantees: another process's commit or switch is seen at the next `refresh`, for the price of two small reads; what
was loaded is one committed state, never half a change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from interlock.index.analysis import Counted
from interlock.index.chunks import Note
from interlock.index.store import vectors
from interlock.index.store.entry import Entry
from interlock.index.store.place import Place
from interlock.index.store.writer import Opened

if TYPE_CHECKING:
    from interlock.index.embedding import Embedder, Vectors

_Held = tuple[Entry, list[bytes]]


class Part:
    """The chunks of one source. `folder` is what its pages are shown under."""

    def __init__(self, opened: Opened, place: Place | None, folder: str, commit: str = "") -> None:
        self.folder = folder
        self._commit = commit
        self._place = place
        self._take(opened)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What of the source was not read, or not read whole."""
        whole = [Note(path, message) for path, message in json.loads(self.ledger.about("notes") or "[]")]
        return (*whole, *(note for entry, _ in self._held.values() for note in entry.notes))

    def rows(self) -> Iterator[tuple[Counted, bytes]]:
        """Every chunk with its terms and content id, by path."""
        for _, (entry, ids) in sorted(self._held.items()):
            yield from zip(entry.counted, ids, strict=True)

    def vectors(self, ids: list[bytes], embedder: Embedder) -> Vectors | None:
        """One row an id, zeros where there is none; None when the index has none of this model."""
        if self.ledger.about("embedder") != vectors.model_id(embedder):
            return None
        return self.ledger.vectors(ids, embedder.dimensions)

    def refresh(self) -> bool:
        """Take in what was committed or switched since; whether anything was."""
        serving = self._place.serving if self._place and self._name else self._name
        if self._place and serving and serving != self._name:
            found = self._place.open()
            if found is not None:
                self.ledger.close()
                self._take(Opened(*found, []))
                return True
        if self.ledger.generation == self._generation:
            return False
        self._load()
        return True

    def take(self, opened: Opened) -> bool:
        """Go on with an index that this process has just brought up to date; whether anything changed."""
        if opened.name == self._name and self._name:
            opened.ledger.close()
            self.said = opened.said
            return self.refresh()
        self.ledger.close()
        self._take(opened)
        return True

    def _take(self, opened: Opened) -> None:
        self._name, self.ledger = opened.name, opened.ledger
        self.said = opened.said
        self._generation = 0
        self._held: dict[str, _Held] = {}
        self._load()

    def _load(self) -> None:
        with self.ledger.snapshot():
            present = self.ledger.generations()
            for entry, ids in self.ledger.entries(self.folder, self._commit, after=self._generation):
                self._held[entry.path] = (entry, ids)
            self._generation = self.ledger.generation
        for path in self._held.keys() - present.keys():
            del self._held[path]
