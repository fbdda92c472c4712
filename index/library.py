"""Folders of knowledge opened for search, quickly the second time.

This is what a composition root calls. It reads what changed since the cache was written, takes the rest
from there, and leaves where the cache lies and how text is redacted to the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from interlock.index import analysis, cache, folder, sources
from interlock.index.chunks import Clean, Kind, Note
from interlock.index.folder import Found
from interlock.index.search import Index


@dataclass(frozen=True, slots=True)
class Source:
    """A folder to search, and what its files are; by default each file's name decides."""

    path: Path | str
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """An index over folders, and what has to be said about files that were not read whole."""

    index: Index
    notes: tuple[Note, ...]


def open_library(
    folders: Iterable[Source], *, clean: Clean, rules: str, cache_dir: Path | None = None
) -> Library:
    """Open folders for search.

    Args:
        folders: What to search.
        clean: The redactor; it must keep the number of lines.
        rules: Names the redactor and its rule set. Text cached under other rules is never used.
        cache_dir: Where to keep chunks between runs; nothing is kept without it.
    """
    notes: list[Note] = []
    counted: list[analysis.Counted] = []
    for source in folders:
        for entry in _entries(source, clean, rules, cache_dir, notes):
            counted += entry.counted
            notes += entry.notes
    return Library(Index.assemble(counted), tuple(notes))


def _entries(
    source: Source, clean: Clean, rules: str, cache_dir: Path | None, notes: list[Note]
) -> list[cache.Entry]:
    root = folder.resolved(source.path)
    file = cache.place(cache_dir, str(source.path), root, source.kind, rules) if cache_dir else None
    known = cache.load(file, str(source.path)) if file else {}
    entries: dict[str, cache.Entry] = {}
    for found in folder.walk(root, notes):
        entry = known.get(found.path)
        fresh = entry is not None and entry.stamp == found.stamp
        entries[found.path] = entry if entry and fresh else _read(root, found, source, clean)
    if file and entries != known and not cache.save(file, entries):
        notes.append(Note(".", f"search will be slower: no cache can be written in {file.parent}"))
    return list(entries.values())


def _read(root: Path, found: Found, source: Source, clean: Clean) -> cache.Entry:
    chunks, notes = sources.load_file(root, found, source.kind, folder=str(source.path), clean=clean)
    return cache.Entry(found.stamp, tuple((chunk, analysis.count(chunk)) for chunk in chunks), tuple(notes))
