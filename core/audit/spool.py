"""Where records wait while the store cannot be written, so that reads go on and are chained in later.

Threat: a full disk or a lost database makes reads vanish from the record. Mechanism: a file whose space is taken from
the disk before it is needed; entries are written into it in place, one line each, with a sequence and a hash of the
line before. Guarantee: what the spool took is chained in once, in its order, marked as spooled; what it could not take
is counted. Not guaranteed: somebody with the file can rewrite it before it is chained in.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from interlock.core.errors import StoreFailed

SIZE = 1_048_576
_EMPTY = b"\0"
_BLOCK = 16_384


@dataclass(frozen=True)
class Entry:
    """A record that waits."""

    at: str
    kind: str
    body: dict[str, JsonValue]
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))


def batch_id(entries: Sequence[Entry]) -> str:
    """Names what the spool was first filled with; stays the same while entries are added behind it."""
    first = entries[0]
    said = json.dumps([first.at, first.kind, first.body, first.nonce], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


class Spool:
    """A file of fixed size that is filled from its start."""

    def __init__(self, path: Path, *, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    def prepare(self) -> None:
        """Take the space now, while there is some. A disk that is full already leaves no spool."""
        if self._path.exists() and self._path.stat().st_size >= self._size:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Zeros are written, not reserved: a copy-on-write file system would need new blocks for a hole.
            os.pwrite(descriptor, _EMPTY * self._size, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def add(self, entry: Entry) -> None:
        """Keep an entry, durably.

        Raises:
            StoreFailed: when there is no room left, or no spool.
        """
        try:
            with self._locked() as descriptor:
                lines = _lines(descriptor, self._size)
                line = _line(entry, lines[-1] if lines else b"")
                used = sum(len(known) + 1 for known in lines)
                if used + len(line) + 1 > self._size:
                    raise StoreFailed("the spool is full", hint="make room for our own database")
                os.pwrite(descriptor, line + b"\n", used)
                os.fsync(descriptor)
        except OSError as error:
            raise StoreFailed(f"the spool cannot be written: {error.strerror}") from error

    def waiting(self) -> int:
        """How many entries wait."""
        try:
            with self._locked() as descriptor:
                return len(_lines(descriptor, self._size))
        except OSError:
            return 0

    @contextmanager
    def taken(self) -> Iterator[list[Entry]]:
        """The entries, oldest first; they are gone from the spool when the block ends without an error.

        An entry whose link to the one before does not hold is kept and marked, never dropped.
        """
        with self._locked() as descriptor:
            lines = _lines(descriptor, self._size)
            yield [_entry(line, before) for before, line in zip([b"", *lines], lines, strict=False)]
            used = sum(len(line) + 1 for line in lines)
            if used:
                os.pwrite(descriptor, _EMPTY * used, 0)
                os.fsync(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        descriptor = os.open(self._path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)


def _lines(descriptor: int, size: int) -> list[bytes]:
    whole = b""
    for start in range(0, size, _BLOCK):  # one block, nearly always: an empty spool begins with its end
        kept, end, _ = os.pread(descriptor, min(_BLOCK, size - start), start).partition(_EMPTY)
        whole += kept
        if end or not kept:
            break
    # A line without its newline was cut off by a crash while it was written: nobody was told that it is kept.
    return whole.split(b"\n")[:-1]


def _line(entry: Entry, before: bytes) -> bytes:
    said = {
        "at": entry.at,
        "kind": entry.kind,
        "body": entry.body,
        "nonce": entry.nonce,
        "after": _digest(before),
    }
    return json.dumps(said, separators=(",", ":")).encode()


def _entry(line: bytes, before: bytes) -> Entry:
    try:
        said: Mapping[str, JsonValue] = json.loads(line)
        at, kind, body = said["at"], said["kind"], said["body"]
    except (ValueError, KeyError, TypeError):
        return Entry("", "spool.unreadable", {"sha256": hashlib.sha256(line).hexdigest()}, "")
    known = body if isinstance(body, dict) else {}
    marked: dict[str, JsonValue] = {} if said.get("after") == _digest(before) else {"spool_link_broken": True}
    return Entry(str(at), str(kind), {**known, **marked}, str(said.get("nonce", "")))


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
