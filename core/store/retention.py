"""What is kept how long: evidence, conversations, their events and what was spent have an age; a legal hold stops the clock.

The audit chain is never cut: it holds no names and no text, and is kept whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, or_, select, update

from interlock.core.clock import Clock
from interlock.core.errors import BadInput, Refused
from interlock.core.store import Store
from interlock.core.store.tables import evidence, hold, outbox, spending, turn

EVERYTHING = "*"


@dataclass(frozen=True)
class Hold:
    """A legal hold on one principal's rows, or on everything (`*`)."""

    id: int
    subject: str
    reason: str
    placed_by: str
    at: str


@dataclass(frozen=True)
class Removed:
    """How many rows went."""

    evidence: int
    turns: int
    events: int


class Retention:
    """Removes what is too old, or a person's, and nothing that is held."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def place(self, subject: str, reason: str, by: str) -> Hold:
        """Hold a principal's rows, or everything (`*`).

        Raises:
            BadInput: without a reason.
        """
        if not reason.strip():
            raise BadInput("a legal hold needs a reason", hint="--reason 'case 4711'")
        at = self._clock.now().isoformat()
        with self._store.write() as connection:
            made = connection.execute(
                insert(hold).values(subject=subject, reason=reason, placed_by=by, at=at)
            )
            number = made.inserted_primary_key
        return Hold(int(number[0]) if number else 0, subject, reason, by, at)

    def release(self, number: int) -> Hold:
        """End a hold.

        Raises:
            BadInput: when there is no such hold in force.
        """
        with self._store.write() as connection:
            row = connection.execute(
                select(hold).where(hold.c.id == number, hold.c.released_at.is_(None))
            ).first()
            if row is None:
                raise BadInput(f"no hold {number} is in force", hint="interlock audit holds")
            at = self._clock.now().isoformat()
            connection.execute(update(hold).where(hold.c.id == number).values(released_at=at))
        return Hold(row.id, row.subject, row.reason, row.placed_by, row.at)

    def holds(self) -> list[Hold]:
        """The holds in force."""
        with self._store.read() as connection:
            rows = connection.execute(select(hold).where(hold.c.released_at.is_(None)).order_by(hold.c.id))
            return [Hold(row.id, row.subject, row.reason, row.placed_by, row.at) for row in rows]

    def expire(self, days: int) -> Removed:
        """Remove what is older than `days`; held rows stay."""
        before = (self._clock.now() - timedelta(days=days)).isoformat()
        with self._store.write() as connection:
            held = self._held(connection)
            if EVERYTHING in held:
                return Removed(0, 0, 0)
            connection.execute(delete(spending).where(spending.c.day < before[:10]))
            old_turns = (turn.c.at < before) & turn.c.principal.notin_(held)
            kept = select(turn.c.conversation).where(or_(turn.c.at >= before, turn.c.principal.in_(held)))
            return Removed(
                _gone(
                    connection,
                    evidence,
                    (evidence.c.taken_at < before) & evidence.c.principal.notin_(held),
                ),
                events=_gone(connection, outbox, (outbox.c.at < before) & outbox.c.conversation.notin_(kept)),
                turns=_gone(connection, turn, old_turns),
            )

    def erase(self, principal: str) -> Removed:
        """Remove all rows of one principal.

        Raises:
            Refused: while a hold covers them.
        """
        with self._store.write() as connection:
            if {EVERYTHING, principal} & self._held(connection):
                raise Refused(f"the rows of {principal} are on legal hold", rule="legal-hold")
            connection.execute(delete(spending).where(spending.c.principal == principal))
            theirs = select(turn.c.conversation).where(turn.c.principal == principal)
            return Removed(
                _gone(connection, evidence, evidence.c.principal == principal),
                events=_gone(connection, outbox, outbox.c.conversation.in_(theirs)),
                turns=_gone(connection, turn, turn.c.principal == principal),
            )

    def _held(self, connection: Connection) -> set[str]:
        return set(connection.execute(select(hold.c.subject).where(hold.c.released_at.is_(None))).scalars())


def _gone(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(condition)).rowcount
