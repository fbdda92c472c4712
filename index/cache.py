"""Chunks and term counts of a folder, kept on disk between runs.

Only text that passed the redactor is here. A file is used again while its times and size are the same; the
whole cache is void when the schema, the redaction rules or the cleaner's name changed. It is replaced by
rename, so a reader sees the old or the new one, and what is damaged is ignored: a cache decides nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from interlock.index.analysis import Counted, Counts
from interlock.index.chunks import Chunk, Kind, Meta, Note, Role

SCHEMA = 1  # raise it when splitting, terms or this file's form change; a test watches

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one file came to, and the stamp it had."""

    stamp: Stamp
    counted: tuple[Counted, ...]
    notes: tuple[Note, ...]


def place(directory: Path, folder: str, root: Path, kind: Kind | None, rules: str) -> Path:
    """The cache file for a folder read in a given way."""
    key = json.dumps([SCHEMA, folder, str(root), kind, rules])
    return directory / f"knowledge-{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def load(file: Path, folder: str) -> dict[str, Entry]:
    """The entries by path; empty when there is no whole cache."""
    try:
        digest, _, body = file.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return {}
        return {path: _entry(path, folder, row) for path, row in json.loads(body).items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def save(file: Path, entries: Mapping[str, Entry]) -> bool:
    """Replace the cache; False when the directory cannot be written."""
    body = json.dumps({path: _row(entry) for path, entry in entries.items()}).encode()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".knowledge-")
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        Path(name).replace(file)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        return False
    return True


def _row(entry: Entry) -> list[object]:
    meta = entry.counted[0][0].meta if entry.counted else Meta()
    about = [meta.alerts, meta.services, meta.owner, meta.last_reviewed]
    notes = [note.message for note in entry.notes]
    return [entry.stamp, about, notes, [_chunk_row(chunk, counts) for chunk, counts in entry.counted]]


def _chunk_row(chunk: Chunk, counts: Counts) -> list[object]:
    lines = (chunk.start_line, chunk.end_line)
    return [*lines, chunk.title, chunk.trail, chunk.text, chunk.kind, chunk.role, counts]


def _entry(
    path: str,
    folder: str,
    row: tuple[
        tuple[int, int, int],
        tuple[list[str], list[str], str | None, str | None],
        list[str],
        list[tuple[int, int, str, list[str], str, Kind, Role, dict[str, int]]],
    ],
) -> Entry:
    (mtime, ctime, size), (alerts, services, owner, reviewed), notes, chunks = row
    meta = Meta(folder, tuple(alerts), tuple(services), owner, reviewed)
    counted = tuple(
        (Chunk(path, start, end, title, tuple(trail), text, kind, role, meta), counts)
        for start, end, title, trail, text, kind, role, counts in chunks
    )
    return Entry((mtime, ctime, size), counted, tuple(Note(path, message) for message in notes))
