"""The record: a hash chain of everything asked, read, requested and decided.

Threat: somebody edits, drops, swaps or inserts records afterwards. Mechanism: each record's SHA-256 covers the one
before it (RFC 8785 JSON), the tables refuse update and delete, and `verify` walks the chain. Not guaranteed yet: a
chain alone cannot see its own tail cut off; signed checkpoints in a second place come with the audit's full form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from pydantic import JsonValue
from sqlalchemy import Row, insert, select

from interlock.core.clock import Clock
from interlock.core.store import Store
from interlock.core.store.tables import audit

GENESIS = "0" * 64


@dataclass(frozen=True)
class Record:
    """One link: its place, its content and the hash that covers the whole chain up to it."""

    seq: int
    at: str
    kind: str
    body: dict[str, JsonValue]
    previous: str
    hash: str


@dataclass(frozen=True)
class Verification:
    """What walking the chain found. `broken_at` is the first record that does not hold."""

    records: int
    head: str
    broken_at: int | None = None
    problem: str = ""

    @property
    def intact(self) -> bool:
        """True when every record holds."""
        return self.broken_at is None


def link(previous: str, content: bytes) -> str:
    """SHA-256 over a zero byte, the previous hash and the canonical record, in hex (RFC 6962's leaf prefix)."""
    return hashlib.sha256(b"\x00" + previous.encode() + content).hexdigest()


class AuditLog:
    """Appends to and verifies the chain in a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def append(self, kind: str, body: Mapping[str, JsonValue]) -> Record:
        """Write one record, durable before this returns. `body` must already be free of secrets.

        Raises:
            StoreFailed: when it could not be written. No record, no change.
        """
        at = self._clock.now().isoformat()
        with self._store.write() as connection:
            last = connection.execute(
                select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
            ).first()
            seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
            content = rfc8785.dumps({"seq": seq, "at": at, "kind": kind, "body": dict(body)})
            digest = link(previous, content)
            connection.execute(
                insert(audit).values(seq=seq, at=at, kind=kind, body=content, previous=previous, hash=digest)
            )
        return Record(seq, at, kind, dict(body), previous, digest)

    def tail(self, count: int = 20) -> list[Record]:
        """The newest records, oldest of them first."""
        with self._store.read() as connection:
            rows = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(count)).all()
        return [_record(row) for row in reversed(rows)]

    def verify(self) -> Verification:
        """Walk the whole chain."""
        previous, count = GENESIS, 0
        with self._store.read() as connection:
            for row in connection.execution_options(yield_per=1000).execute(
                select(audit).order_by(audit.c.seq)
            ):
                problem = _problem(row, count + 1, previous)
                if problem:
                    return Verification(count, previous, broken_at=count + 1, problem=problem)
                previous, count = row.hash, count + 1
        return Verification(count, previous)


def _problem(row: Row[Any], expected: int, previous: str) -> str:
    content = _content(row)
    if row.seq != expected:
        return f"record {expected} is missing; the next one is {row.seq}"
    if row.previous != previous:
        return f"record {row.seq} does not follow the record before it"
    if row.hash != link(previous, content):
        return f"record {row.seq} was changed after it was written"
    said = json.loads(content)
    if (said["seq"], said["at"], said["kind"]) != (row.seq, row.at, row.kind):
        return f"record {row.seq} has a column that differs from what was recorded"
    return ""


def _record(row: Row[Any]) -> Record:
    said = json.loads(_content(row))
    return Record(said["seq"], said["at"], said["kind"], said["body"], row.previous, row.hash)


def _content(row: Row[Any]) -> bytes:
    # SQLite keeps whatever type somebody wrote; text in place of bytes must not break the walk.
    return row.body if isinstance(row.body, bytes) else str(row.body).encode()
