"""Appends to the chain and walks it.

Threat: somebody edits, drops, swaps or inserts records, or rewrites the whole chain with the database in their hands.
Mechanism: each hash covers the one before, the tables refuse update and delete, signed checkpoints lie in a second
place. Guarantee: `verify` fails on each of these and says where; what the newest checkpoint does not cover yet can
still be cut off, and `Verification.sealed` says how much that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from pydantic import JsonValue
from sqlalchemy import Connection, delete, func, insert, select, text

from interlock.core.audit.chain import (
    GENESIS,
    Record,
    Row,
    Verification,
    content_of,
    link,
    problem_with,
    record_of,
)
from interlock.core.audit.people import People
from interlock.core.audit.spool import Entry, Spool, batch_id
from interlock.core.clock import Clock
from interlock.core.errors import StoreFailed
from interlock.core.store import Store
from interlock.core.store.tables import audit, cursor

if TYPE_CHECKING:
    from interlock.core.audit.checkpoint import Checkpoint, Sealer

_PAGE = 2_000
_WRITERS = 0x696E7465  # the advisory lock that makes several PostgreSQL writers one after the other


class AuditLog:
    """The chain in a store."""

    def __init__(
        self, store: Store, clock: Clock, *, sealer: Sealer | None = None, spool: Spool | None = None
    ) -> None:
        """Nothing is read or written yet.

        Args:
            store: where the chain is.
            clock: the time on each record.
            sealer: makes checkpoints as the chain grows; none are made without it.
            spool: where records of reads wait while the store fails; without it they are lost, and that is said.
        """
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._spool = spool
        self._people = People()

    def append(
        self,
        kind: str,
        body: Mapping[str, JsonValue],
        *,
        beside: Callable[[Connection], None] = lambda _: None,
    ) -> Record:
        """Write one record, durable before this returns. `body` must already be free of secrets.

        `beside` writes into the same transaction.

        Raises:
            StoreFailed: when it could not be written. No record, no change.
        """
        self._chain_in()
        with self._store.write() as connection:
            beside(connection)
            record = self.append_in(connection, kind, body)
        self.written(record)
        return record

    def written(self, record: Record) -> None:
        """Told of a record of `append_in` once its transaction is through, so that it is sealed in its turn."""
        if self._sealer is not None:
            self._sealer.written(record)

    def note(self, kind: str, body: Mapping[str, JsonValue]) -> bool:
        """Put a read on record, or on the spool while the store fails; False when neither could be.

        For reads alone: whatever changes something uses `append`, whose failure refuses it.
        """
        try:
            self.append(kind, body)
        except StoreFailed:
            return self._spooled(kind, body)
        return True

    def append_in(
        self, connection: Connection, kind: str, body: Mapping[str, JsonValue], *, at: str = ""
    ) -> Record:
        """Write one record in a transaction of the caller's, so that it stands or falls with what it tells of."""
        at = at or self._clock.now().isoformat()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
        last = connection.execute(
            select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
        ).first()
        seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
        said = self._people.masked(body, connection)
        content = content_of(seq, at, kind, said)
        digest = link(previous, content)
        connection.execute(
            insert(audit).values(seq=seq, at=at, kind=kind, body=content, previous=previous, hash=digest)
        )
        return Record(seq, at, kind, said, previous, digest)

    def tail(self, count: int = 20) -> list[Record]:
        """The newest records, oldest of them first."""
        with self._store.read() as connection:
            rows = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(count)).all()
        return [record_of(cast("Row", row)) for row in reversed(rows)]

    def since(self, seq: int = 0, *, most: int | None = None) -> Iterator[Record]:
        """The records after number `seq`, oldest first, read as they are consumed."""
        query = select(audit).where(audit.c.seq > seq).order_by(audit.c.seq)
        with self._store.read() as connection:
            limited = query.limit(most) if most else query
            with connection.execution_options(yield_per=_PAGE).execute(limited) as rows:
                for row in rows:
                    yield record_of(cast("Row", row))

    def of_kind(self, kind: str, *, after: int) -> list[Record]:
        """The records of one kind after number `after`, oldest first."""
        query = select(audit).where(audit.c.seq > after, audit.c.kind == kind).order_by(audit.c.seq)
        with self._store.read() as connection:
            return [record_of(cast("Row", row)) for row in connection.execute(query)]

    def size(self) -> int:
        """The number of the newest record; 0 for an empty chain."""
        with self._store.read() as connection:
            return connection.execute(select(func.max(audit.c.seq))).scalar() or 0

    def names(self) -> dict[str, str]:
        """Who the pseudonyms stand for, of everybody who was not forgotten."""
        with self._store.read() as connection:
            return self._people.names(connection)

    def forget(self, principal: str) -> Record:
        """Cut the tie between a person's name and the record's pseudonym; that it was done is itself on record."""
        with self._store.write() as connection:
            pseudonym = self._people.forget(principal, connection)
            return self.append_in(connection, "person.forgotten", {"pseudonym": pseudonym})

    def _spooled(self, kind: str, body: Mapping[str, JsonValue]) -> bool:
        if self._spool is None:
            return False
        try:
            self._spool.add(Entry(self._clock.now().isoformat(), kind, dict(body)))
        except StoreFailed:
            return False
        return True

    def _chain_in(self) -> None:
        """Move what waits on the spool into the chain, each entry once, a crash in between included."""
        if self._spool is None or not self._spool.waiting():
            return
        with self._spool.taken() as entries:
            if entries:
                self._chain(entries)

    def _chain(self, entries: Sequence[Entry]) -> None:
        # The count of what is in the chain already is written with it; a spool that a crash left is not read twice.
        name = f"spool:{batch_id(entries)}"
        with self._store.write() as connection:
            done = connection.execute(select(cursor.c.seq).where(cursor.c.name == name)).scalar() or 0
            for entry in entries[done:]:
                waited: JsonValue = {"spooled_at": entry.at, **entry.body}
                assert isinstance(waited, dict)
                self.append_in(connection, entry.kind, waited)
            at = self._clock.now().isoformat()
            connection.execute(delete(cursor).where(cursor.c.name == name))
            connection.execute(insert(cursor).values(name=name, seq=len(entries), at=at))

    def verify(self, checkpoints: Sequence[Checkpoint] | None = None) -> Verification:
        """Walk the whole chain, and hold it against checkpoints whose signatures were checked already.

        Args:
            checkpoints: from the second place, oldest first; None when there is no such place.
        """
        seals = {seal.size: seal for seal in checkpoints or ()}
        walk = select(audit).order_by(audit.c.seq)
        with (
            self._store.read() as connection,
            connection.execution_options(yield_per=_PAGE).execute(walk) as rows,
        ):
            count, previous, problem = _walked(rows, seals)
        if problem:
            return Verification(count, previous, broken_at=count + 1, problem=problem)
        sealed = max(seals, default=0) if checkpoints is not None else None
        if sealed is not None and sealed > count:
            problem = f"the record was cut off: {sealed} records were sealed, {count} are left"
            return Verification(count, previous, broken_at=count + 1, problem=problem, sealed=sealed)
        return Verification(count, previous, sealed=sealed)


def _walked(rows: Iterable[object], seals: Mapping[int, Checkpoint]) -> tuple[int, str, str]:
    """How many records hold, the hash of the last of them, and why the next does not ('' when all do)."""
    previous, count = GENESIS, 0
    for each in rows:
        row = cast("Row", each)
        problem = problem_with(row, count + 1, previous)
        seal = seals.get(count + 1)
        if not problem and seal is not None and seal.head != row.hash:
            problem = f"record {row.seq} is not the one that was sealed {seal.at}: the chain was rewritten"
        if problem:
            return count, previous, problem
        previous, count = row.hash, count + 1
    return count, previous, ""
