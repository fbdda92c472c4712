"""Folders of knowledge opened for search, quickly the second time, and kept up to date while they are open.

This is what a composition root calls. Where the indexes lie, how text is redacted and which model embeds is the
caller's. A search never waits for somebody else's indexing where anything can be served meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.index import folder
from interlock.index.chunks import Chunk, Clean, Kind, Note
from interlock.index.globs import chosen
from interlock.index.search import Index
from interlock.index.store import writer
from interlock.index.store.asked import Asked
from interlock.index.store.ingest import Job, Progress, silent, sync
from interlock.index.store.ledger import Damaged
from interlock.index.store.part import Change, Part
from interlock.index.store.place import Place, identity
from interlock.index.store.schema import Identity
from interlock.index.store.vectors import model_id

if TYPE_CHECKING:
    from interlock.index.embedding import Embedder, Vectors
    from interlock.index.store.remote import Remote

_Lines = tuple[str, str, int, int]
REST = 1.0
"""Seconds between two looks at the folders by one process."""
_SHARE = 20
"""A look is followed by this many times its own length without one: at most a twentieth of a core."""

Remotes = Callable[[str, str], "Remote | None"]
"""Gives the vector store elsewhere that mirrors a source, by the ids of source and model."""


@dataclass(frozen=True, slots=True)
class Source:
    """A folder to search, and what its files are; by default each file's name decides.

    `name` says which source it is where its path does not: that of a Git checkout changes with the commit.
    """

    path: Path | str
    kind: Kind | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    name: str = ""
    commit: str = ""

    @property
    def id(self) -> str:
        """What it is the same source by."""
        return identity(self.name or str(folder.resolved(self.path)), self.kind, self.include, self.exclude)

    def job(self, clean: Clean, progress: Progress = silent) -> Job:
        """How it is read."""
        wanted = chosen(self.include, self.exclude)
        return Job(folder.resolved(self.path), clean, self.kind, wanted, progress)


@dataclass(frozen=True)
class Ways:
    """How sources are read, kept and embedded. Who only `follows` writes nothing where another process indexes.

    Of a source that is not in `embeds` nothing is given to the embedder: words alone find it.
    """

    clean: Clean
    rules: str
    cache_dir: Path | None = None
    embedder: Embedder | None = None
    remotes: Remotes = lambda _source, _model: None
    follows: bool = False
    embeds: Callable[[Source], bool] = lambda _: True

    def embedder_of(self, source: Source) -> Embedder | None:
        """The model that may be given this source's text."""
        return self.embedder if self.embeds(source) else None

    def place(self, source: Source) -> Place | None:
        """Where a source's index lies."""
        return Place.of(self.cache_dir, source.id) if self.cache_dir else None

    def identity(self, source: Source) -> Identity:
        """What an index of it must have been made by."""
        return Identity.of(source.id, self.rules)

    def remote(self, source: Source) -> Remote | None:
        """The vector store elsewhere that mirrors it."""
        embedder = self.embedder_of(source)
        return self.remotes(source.id, model_id(embedder)) if embedder else None

    def opened(self, source: Source) -> writer.Opened:
        """Its index, brought up to date in passing."""
        job, place, embedder = source.job(self.clean), self.place(source), self.embedder_of(source)
        if place and self.follows:
            return writer.followed(place, self.identity(source), job, embedder)
        return writer.opened(place, self.identity(source), job, embedder, self.remote(source))


class Library:
    """An index over folders, and what has to be said about files that were not read whole."""

    def __init__(self, sources: Sequence[Source], ways: Ways) -> None:
        self._sources = tuple(sources)
        self._ways = ways
        asked = [remote for source in self._sources if (remote := ways.remote(source)) and remote.asked]
        self._stores = tuple(asked)
        self._ids: dict[_Lines, bytes] = {}
        self._unanswered: list[str] = []
        self._parts, changes = self._opened()
        self._rest_until = time.monotonic() + REST
        self._index = self._assembled(changes)

    @property
    def index(self) -> Index:
        """What is searched: as of the last `refresh`."""
        return self._index

    @property
    def notes(self) -> tuple[Note, ...]:
        """What of the folders was not read, or not read whole."""
        return tuple(note for part in self._parts for note in part.notes)

    def notes_of(self, folders: Collection[str]) -> tuple[Note, ...]:
        """Those of some folders."""
        return tuple(note for part in self._parts if part.folder in folders for note in part.notes)

    @property
    def limits(self) -> tuple[str, ...]:
        """What the search could not do as it should."""
        return tuple(
            dict.fromkeys([*(said for part in self._parts for said in part.said), *self._unanswered])
        )

    def close(self) -> None:
        """Close the indexes; what was given out can still be searched."""
        for part in self._parts:
            part.ledger.close()
        for store in self._stores:
            store.close()

    def refresh(self, *, look: bool | None = None) -> bool:
        """Take in what changed; whether anything did.

        Args:
            look: Look at the folders themselves too; by default when that was not done for a while.
        """
        start = time.monotonic()
        look = start >= self._rest_until if look is None else look
        pairs = zip(self._parts, self._sources, strict=True)
        try:
            changes = [self._again(part, source) if look else part.changes() for part, source in pairs]
        except Damaged:
            return self._anew()
        if look:
            now = time.monotonic()
            self._rest_until = now + max(REST, _SHARE * (now - start))
        self._index = self._changed([change for change in changes if change])
        return any(changes)

    def _opened(self) -> tuple[list[Part], list[Change]]:
        loaded = [self._loaded(source) for source in self._sources]
        return [part for part, _ in loaded], [change for _, change in loaded]

    def _anew(self) -> bool:
        self._parts, changes = self._opened()
        self._index = self._assembled(changes)
        return True

    def _loaded(self, source: Source) -> tuple[Part, Change]:
        place = self._ways.place(source)
        try:
            return self._part(source, place)
        except Damaged:
            if place is None:
                raise
            place.discard()
            return self._part(source, place)

    def _part(self, source: Source, place: Place | None) -> tuple[Part, Change]:
        opened = self._ways.opened(source)
        embedder = None if self._stores else self._ways.embedder_of(source)
        part = Part(opened, place, str(source.path), source.commit, embedder)
        return part, part.changes()

    def _again(self, part: Part, source: Source) -> Change:
        if self._ways.cache_dir is None:
            sync(part.ledger, source.job(self._ways.clean))
            return part.changes()
        return part.take(self._ways.opened(source))

    def _changed(self, changes: Sequence[Change]) -> Index:
        if not self._dense and any(
            _has_vectors(change) for change in changes
        ):  # the first ones: words go on alone
            self._anew()
            return self._index
        index = self._index
        for change in changes:
            index = index.changed(change.removed, change.added, self._rows([change]))
        return self._asking(index, changes)

    def _assembled(self, changes: Sequence[Change]) -> Index:
        counted = [one for change in changes for one in change.added]
        self._dense = any(_has_vectors(change) for change in changes)
        embedder = self._ways.embedder if self._dense else None
        return self._asking(Index.assemble(counted, vectors=self._rows(changes), embedder=embedder), changes)

    def _asking(self, index: Index, changes: Sequence[Change]) -> Index:
        """The index with nearness told by the vector stores that are asked."""
        embedder = self._ways.embedder
        if not self._stores or embedder is None:
            return index
        for change in changes:
            self._ids |= {_lines(c): key for (c, _), key in zip(change.added, change.ids, strict=True)}
        sections = [chunk for page in index.pages for chunk in page.chunks]
        numbers = {self._ids[_lines(chunk)]: n for n, chunk in enumerate(sections) if chunk.role == "text"}
        near = Asked((), (), None, self._stores, numbers, len(sections), self._unanswered)
        return index.asking(near, embedder)

    def _rows(self, changes: Sequence[Change]) -> Vectors | None:
        embedder = self._ways.embedder
        return _stacked(changes, embedder.dimensions) if self._dense and embedder else None


def _lines(chunk: Chunk) -> _Lines:
    return chunk.meta.folder, chunk.path, chunk.start_line, chunk.end_line


def _has_vectors(change: Change) -> bool:
    return change.rows is not None and bool(change.rows.any())


def _stacked(changes: Sequence[Change], dimensions: int) -> Vectors:
    import numpy as np

    none = np.zeros((0, dimensions), np.float32)
    rows = [np.zeros((len(c.added), dimensions), np.float32) if c.rows is None else c.rows for c in changes]
    return np.concatenate([none, *rows])


def open_library(
    folders: Iterable[Source],
    *,
    clean: Clean,
    rules: str,
    cache_dir: Path | None = None,
    embedder: Embedder | None = None,
    remotes: Remotes = lambda _source, _model: None,
    follows: bool = False,
    embeds: Callable[[Source], bool] = lambda _: True,
) -> Library:
    """Open folders for search.

    Args:
        folders: What to search.
        clean: The redactor; it must keep the number of lines.
        rules: Names the redactor and its rule set. Text let through by other rules is never used.
        cache_dir: Where to keep indexes between runs; nothing is kept without it.
        embedder: The model for dense search; without it search is lexical.
        remotes: Gives the vector store elsewhere that mirrors a source.
        follows: Only read what another process indexes; on one's own only where nobody has.
        embeds: Which sources' text the model may be given.
    """
    return Library(tuple(folders), Ways(clean, rules, cache_dir, embedder, remotes, follows, embeds))
