"""An opened index file: files, chunks with their term counts, vectors.

Guarantees: what `transaction` acknowledged is on disk (WAL, synchronous=FULL) and whole; a reader sees one
committed state and never waits for the writer; text whose content id does not fit is damage, not an answer.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interlock.core.errors import StoreFailed
from interlock.index.chunks import Chunk, Meta, Note
from interlock.index.store.entry import Entry, Stamp, content_ids
from interlock.index.store.schema import TABLES, Identity

if TYPE_CHECKING:
    from interlock.index.embedding import Vectors

MEMORY = ":memory:"
_BUSY_SECONDS = 10.0
_MANY = 500  # rows; reading all is then quicker than asking for each
_SELECT = (
    "SELECT f.path, f.mtime, f.ctime, f.size, f.sha256, f.meta, f.notes, c.id, c.start_line, c.end_line, c.title,"
    " c.trail, c.text, c.kind, c.role, c.counts FROM files f LEFT JOIN chunks c ON c.file = f.number"
    " WHERE {} ORDER BY f.path, c.place"
)
_TEXTS = (
    "SELECT c.id, f.path, c.title, c.trail, c.text FROM chunks c JOIN files f ON f.number = c.file"
    " WHERE c.id IN (?)"
)
_Row = tuple[str, int, int, int, str, str, str, bytes, int, int, str, str, str, str, str, str]


class Damaged(StoreFailed):
    """The file is no index, or not a whole one."""


class Ledger:
    """One index file, opened by one thread at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @classmethod
    def create(cls, file: Path | str, identity: Identity) -> Ledger:
        """A new, empty index file; `MEMORY` for one that lasts as long as the process."""
        db = _connected(str(file))
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(f"BEGIN IMMEDIATE; {TABLES}")
        ledger = cls(db)
        for key, value in {**asdict(identity), "generation": "0"}.items():
            ledger.set_about(key, value)
        db.execute("COMMIT")
        return ledger

    @classmethod
    def open(cls, file: Path) -> Ledger:
        """An index file that is there.

        Raises:
            Damaged: when it is not one.
            FileNotFoundError: when it went away.
        """
        if not file.exists():
            raise FileNotFoundError(file)
        try:
            ledger = cls(_connected(f"{file.absolute().as_uri()}?mode=rw", uri=True))
            ledger.about("generation")
        except (sqlite3.Error, Damaged) as error:
            raise Damaged(f"{file.name} is no index: {error}") from None
        return ledger

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def about(self, key: str) -> str:
        """A fact about the whole index; empty when it is not known."""
        rows = self._read("SELECT value FROM about WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else ""

    def set_about(self, key: str, value: str) -> None:
        """Write such a fact."""
        self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    @property
    def identity(self) -> Identity:
        """What its text was made by."""
        return Identity(*(self.about(key) for key in ("source", "rules", "code", "form")))

    @property
    def generation(self) -> int:
        """Counts the committed changes."""
        return int(self.about("generation") or 0)

    @contextmanager
    def transaction(self) -> Iterator[int]:
        """One change, whole or not at all, durable when the block is left; gives its generation.

        Raises:
            StoreFailed: when it could not be written.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                generation = self.generation + 1
                yield generation
                self.set_about("generation", str(generation))
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StoreFailed(f"the index could not be written: {error}") from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is one committed state."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    def stamps(self) -> dict[str, tuple[Stamp, str]]:
        """Stamp and content hash of each file."""
        rows = self._read("SELECT path, mtime, ctime, size, sha256 FROM files")
        return {path: ((mtime, ctime, size), sha) for path, mtime, ctime, size, sha in rows}

    def generations(self) -> dict[str, int]:
        """The generation in which each file was last written."""
        return dict(self._read("SELECT path, generation FROM files"))

    def put(self, entry: Entry, generation: int) -> list[bytes]:
        """Write a file in place of what it was, and give the ids it had; inside a transaction."""
        before = self.drop(entry.path)
        meta = entry.counted[0][0].meta if entry.counted else Meta()
        about = json.dumps([meta.alerts, meta.services, meta.owner, meta.last_reviewed])
        notes = json.dumps([note.message for note in entry.notes])
        values = (entry.path, *entry.stamp, entry.sha256, about, notes, generation)
        number = self._db.execute(
            "INSERT INTO files (path, mtime, ctime, size, sha256, meta, notes, generation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        ids = content_ids(self.about("source"), entry.path, [chunk for chunk, _ in entry.counted])
        rows = [
            (key, number, place, *_chunk_row(chunk), json.dumps(counts))
            for place, (key, (chunk, counts)) in enumerate(zip(ids, entry.counted, strict=True))
        ]
        self._db.executemany(f"INSERT INTO chunks VALUES ({', '.join('?' * 11)})", rows)  # noqa: S608 - no input
        return before

    def drop(self, path: str) -> list[bytes]:
        """Remove a file and its chunks, and give their ids; inside a transaction. Vectors go with `prune`."""
        rows = self._db.execute(
            "DELETE FROM chunks WHERE file = (SELECT number FROM files WHERE path = ?) RETURNING id", (path,)
        ).fetchall()
        self._db.execute("DELETE FROM files WHERE path = ?", (path,))
        return [row[0] for row in rows]

    def prune(self, ids: Iterable[bytes]) -> list[bytes]:
        """Remove the vectors of those ids that no chunk has any more, and name them; inside a transaction."""
        has = "SELECT 1 FROM chunks WHERE id = ?"
        lost = [key for key in ids if self._db.execute(has, (key,)).fetchone() is None]
        self._db.executemany("DELETE FROM vectors WHERE id = ?", [(key,) for key in lost])
        return lost

    def restamp(self, path: str, stamp: Stamp) -> None:
        """Note that a file was touched and its bytes are the same; inside a transaction."""
        self._db.execute("UPDATE files SET mtime = ?, ctime = ?, size = ? WHERE path = ?", (*stamp, path))

    def entries(
        self, folder: str, commit: str = "", *, after: int = 0
    ) -> Iterator[tuple[Entry, list[bytes]]]:
        """Files written after a generation, by path, with the content ids of their chunks.

        Raises:
            Damaged: when a row is not what was written.
        """
        return self._entries("f.generation > ?", after, folder, commit)

    def entry(self, path: str, folder: str, commit: str = "") -> tuple[Entry, list[bytes]]:
        """One file that is there. Raises Damaged like `entries`."""
        return next(self._entries("f.path = ?", path, folder, commit))

    def _entries(
        self, where: str, value: str | int, folder: str, commit: str
    ) -> Iterator[tuple[Entry, list[bytes]]]:
        source = self.about("source")
        try:
            for rows in _by_path(self._db.execute(_SELECT.format(where), (value,))):
                entry = _entry(rows, folder, commit)
                ids = content_ids(source, entry.path, [chunk for chunk, _ in entry.counted])
                if ids != [row[7] for row in rows if row[7] is not None]:
                    raise Damaged(f"the index row of {entry.path} is not what was written")
                yield entry, ids
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise Damaged(f"the index cannot be read: {error}") from None

    def totals(self) -> Mapping[str, int]:
        """How many files, chunks, and vectors that belong to a chunk."""
        ((files, chunks, vectors),) = self._read(
            "SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM chunks),"
            " (SELECT count(*) FROM chunks JOIN vectors USING (id))"
        )
        return {"files": files, "chunks": chunks, "vectors": vectors}

    def ids(self) -> set[bytes]:
        """Every chunk's content id."""
        return {row[0] for row in self._read("SELECT id FROM chunks")}

    def orphans(self) -> int:
        """How many vectors belong to no chunk."""
        ((count,),) = self._read("SELECT count(*) FROM vectors WHERE id NOT IN (SELECT id FROM chunks)")
        return int(count)

    def pending(self) -> list[bytes]:
        """Ids of chunks that have no vector yet, in the order of files; front matter gets none."""
        rows = self._read(
            "SELECT c.id FROM chunks c JOIN files f ON f.number = c.file LEFT JOIN vectors v ON v.id = c.id"
            " WHERE v.id IS NULL AND c.role = 'text' ORDER BY f.path, c.place"
        )
        return [row[0] for row in rows]

    def texts(self, ids: Sequence[bytes]) -> dict[bytes, tuple[str, str, list[str], str]]:
        """Path, title, trail and text of chunks, of those that are still there."""
        marks = ", ".join("?" * len(ids))
        rows = self._read(_TEXTS.replace("?", marks), ids)
        return {key: (path, title, json.loads(trail), text) for key, path, title, trail, text in rows}

    def with_vector(self, ids: Sequence[bytes]) -> list[bytes]:
        """Those of the ids that have a vector."""
        if len(ids) > _MANY:
            known = {row[0] for row in self._read("SELECT id FROM vectors")}
            return [key for key in ids if key in known]
        return [key for key in ids if self._read("SELECT 1 FROM vectors WHERE id = ?", (key,))]

    def keep_vectors(self, rows: Iterable[tuple[bytes, bytes]], generation: int) -> None:
        """Write vectors by content id; inside a transaction."""
        self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self.set_about("vectors", str(generation))

    def carry_vectors(self, other: Path) -> None:
        """Take over from another index file the vectors of the chunks that this one has too.

        Raises:
            StoreFailed: when either file cannot be used.
        """
        try:
            self._db.execute("ATTACH ? AS old", (str(other),))
            try:
                with self.transaction():
                    self._db.execute(
                        "INSERT OR IGNORE INTO vectors SELECT v.* FROM old.vectors v JOIN main.chunks USING (id)"
                    )
            finally:
                self._db.execute("DETACH old")
        except sqlite3.Error as error:
            raise StoreFailed(f"the vectors of {other.name} cannot be taken over: {error}") from None

    def vectors(self, ids: Sequence[bytes], dimensions: int) -> Vectors:
        """One row an id; zeros where there is no vector."""
        import numpy as np

        rows = {key: n for n, key in enumerate(ids)}
        found = np.zeros((len(ids), dimensions), dtype=np.float32)
        for key, blob in self._blobs(ids):
            at = rows.get(key)
            if at is not None and len(blob) == 4 * dimensions:
                found[at] = np.frombuffer(blob, dtype=np.float32)
        return found

    def _blobs(self, ids: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        if len(ids) > _MANY:
            yield from self._db.execute("SELECT id, vector FROM vectors")
            return
        for key in ids:
            yield from self._read("SELECT id, vector FROM vectors WHERE id = ?", (key,))

    def check(self) -> list[str]:
        """What is wrong with the file, by SQLite's own full check."""
        try:
            rows = self._db.execute("PRAGMA integrity_check(20)").fetchall()
        except sqlite3.Error as error:
            return [str(error)]
        return [str(row[0]) for row in rows if row[0] != "ok"]

    def _read(self, sql: str, values: Sequence[str | int | bytes] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise Damaged(f"the index cannot be read: {error}") from None

    def settle(self) -> None:
        """Fold the write-ahead log into the file, so that the file alone is the index."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _connected(file: str, *, uri: bool = False) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None, uri=uri, check_same_thread=False)
    db.execute("PRAGMA synchronous = FULL")
    return db


def _chunk_row(chunk: Chunk) -> tuple[int, int, str, str, str, str, str]:
    lines = (chunk.start_line, chunk.end_line)
    return (*lines, chunk.title, json.dumps(chunk.trail), chunk.kind, chunk.role, chunk.text)


def _by_path(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    group: list[_Row] = []
    for row in rows:
        if group and group[0][0] != row[0]:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _entry(rows: Sequence[_Row], folder: str, commit: str) -> Entry:
    path, mtime, ctime, size, sha, meta, notes = rows[0][:7]
    alerts, services, owner, reviewed = json.loads(meta)
    about = Meta(folder, tuple(alerts), tuple(services), owner, reviewed)
    counted = tuple((_chunk(row, path, about), json.loads(row[15])) for row in rows if row[7] is not None)
    return Entry(path, (mtime, ctime, size), sha, counted, tuple(Note(path, m) for m in json.loads(notes)))


def _chunk(row: _Row, path: str, meta: Meta) -> Chunk:
    _, start, end, title, trail, text, kind, role = row[7:15]
    return Chunk(
        path,
        start,
        end,
        title,
        tuple(json.loads(trail)),
        text,
        "iac" if kind == "iac" else "runbook",
        "front" if role == "front" else "text",
        meta,
    )
