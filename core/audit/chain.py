"""The format of the record: canonical JSON, each link's hash covering the one before it.

Canonical JSON is RFC 8785; the hash is SHA-256 over a zero byte (RFC 6962's leaf prefix), the previous hash in hex
and the canonical record. Pure: reads and writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

GENESIS = "0" * 64


class Row(Protocol):
    """A stored link, column by column."""

    seq: int
    at: str
    kind: str
    body: bytes
    previous: str
    hash: str


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
    """What walking the chain found.

    `broken_at` is the first record that does not hold. `sealed` is the number of records that the newest checkpoint
    covers, None where no checkpoint was looked at: a chain alone cannot see its own tail cut off.
    """

    records: int
    head: str
    broken_at: int | None = None
    problem: str = ""
    sealed: int | None = None

    @property
    def intact(self) -> bool:
        """True when every record holds."""
        return self.broken_at is None


def link(previous: str, content: bytes) -> str:
    """The hash of a link, in hex."""
    return hashlib.sha256(b"\x00" + previous.encode() + content).hexdigest()


def content_of(seq: int, at: str, kind: str, body: Mapping[str, JsonValue]) -> bytes:
    """A record as the canonical bytes that are kept and hashed."""
    import rfc8785

    return rfc8785.dumps({"seq": seq, "at": at, "kind": kind, "body": dict(body)})


def record_of(row: Row) -> Record:
    """A stored link, read. What somebody made unreadable is shown as such: reading on must not end there."""
    content = raw(row)
    try:
        said = json.loads(content)
        known = Record(
            int(said["seq"]), str(said["at"]), str(said["kind"]), said["body"], row.previous, row.hash
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        known = None
    if known is not None and isinstance(known.body, dict):
        return known
    digest = hashlib.sha256(content).hexdigest()
    return Record(row.seq, str(row.at), "record.unreadable", {"sha256": digest}, row.previous, row.hash)


def problem_with(row: Row, expected: int, previous: str) -> str:
    """Why a stored link does not hold as number `expected` after `previous`; '' when it does."""
    content = raw(row)
    if row.seq != expected:
        return f"record {expected} is missing; the next one is {row.seq}"
    if row.previous != previous:
        return f"record {row.seq} does not follow the record before it"
    if row.hash != link(previous, content):
        return f"record {row.seq} was changed after it was written"
    try:
        said = json.loads(content)
        columns = said["seq"], said["at"], said["kind"]
    except (
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
    ):  # a chain that somebody wrote anew may hold anything
        return f"record {row.seq} is no record"
    if columns != (row.seq, row.at, row.kind):
        return f"record {row.seq} has a column that differs from what was recorded"
    return ""


def raw(row: Row) -> bytes:
    """The bytes of a stored link."""
    # SQLite keeps whatever type somebody wrote; text in place of bytes must not break the walk.
    return row.body if isinstance(row.body, bytes) else str(row.body).encode()
