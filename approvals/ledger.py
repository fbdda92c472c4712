"""Keeps changes in the store: every move is one transaction with its record, its history and its word to the conversation.

Guarantee: a change moves from the state it was read in or not at all (its row is locked, the update is conditional); a
digest is claimed once, by a primary key; without the record there is no move. Leaves what may move to the office and
the executor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from pydantic import JsonValue
from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from interlock.approvals.decisions import Decision, Signed
from interlock.approvals.proposal import Request, json_of, text_of, time_of
from interlock.approvals.states import Event, State, WrongState, after
from interlock.core.audit import AuditLog, Record
from interlock.core.clock import Clock
from interlock.core.errors import NotFound, Refused
from interlock.core.events import ProposalEvent
from interlock.core.policy.halt import HALT, halt_in, halted, halted_in, lift_in, newest_halt
from interlock.core.store import Store
from interlock.core.store.tables import change, change_event, decision, execution, outbox

_PAGE = 1_000


@dataclass(frozen=True)
class Kept:
    """A change as its row holds it; nothing of it is believed before it is checked."""

    id: str
    state: State
    cluster: str
    namespace: str
    conversation: str
    requested_at: datetime
    expires_at: datetime
    request: Mapping[str, JsonValue]
    digest: str
    proposal: bytes = field(repr=False)
    card: Mapping[str, JsonValue] | None
    intent: Mapping[str, JsonValue] | None
    plan: Mapping[str, JsonValue] | None
    outcome: Mapping[str, JsonValue] | None
    note: str
    owner: str
    lease_until: datetime | None
    cancelled_by: str


@dataclass(frozen=True)
class Moved:
    """One line of a change's history."""

    at: str
    event: str
    state: str
    principal: str
    note: str


class Turn:
    """One transaction on one change, whose row it holds."""

    def __init__(self, connection: Connection, ledger: Ledger, kept: Kept) -> None:
        self.connection = connection
        self._ledger = ledger
        self.kept = kept
        self.records: list[Record] = []

    def move(
        self,
        event: Event,
        *,
        by: str,
        note: str = "",
        text: str = "",
        said: Mapping[str, JsonValue] | None = None,
        **values: JsonValue | bytes,
    ) -> None:
        """Let an event happen; `values` are further columns, `said` goes on record besides, `text` to the conversation.

        Raises:
            WrongState: when it cannot happen in the state the change is in.
        """
        state = after(self.kept.state, event)
        done = self.connection.execute(
            update(change)
            .where(change.c.id == self.kept.id, change.c.state == self.kept.state)
            .values(state=state, note=note, **values)
        )
        if done.rowcount != 1:
            raise WrongState(self.kept.state, event)
        self._note(event, state, by, note, said or {})
        self._say(state, text or note)
        self.kept = _kept(self._ledger.row(self.connection, self.kept.id))

    def keep(self, **values: JsonValue) -> None:
        """Keep further columns without a move."""
        self.connection.execute(update(change).where(change.c.id == self.kept.id).values(**values))

    def record(self, kind: str, said: Mapping[str, JsonValue]) -> None:
        """Put something on record that is no move."""
        self.records.append(self._ledger.audit.append_in(self.connection, kind, said))

    def decide(self, made: Decision, signed: Signed) -> None:
        """Keep a decision.

        Raises:
            Refused: when this person decided already.
        """
        values = {"change": made.change, "digest": made.digest, "principal": made.principal}
        try:
            # A savepoint: PostgreSQL gives a transaction up at its first error.
            with self.connection.begin_nested():
                self.connection.execute(
                    insert(decision).values(**values, body=signed.body, signature=signed.signature)
                )
        except IntegrityError:
            raise Refused(f"{made.principal} has decided on this already", rule="one-decision-each") from None

    def decisions(self) -> list[Signed]:
        """What was decided, oldest first."""
        return _decisions(self.connection, self.kept.id)

    def claim(self, *, owner: str, until: datetime, said: Mapping[str, JsonValue]) -> None:
        """Claim the one execution of the change's digest.

        Raises:
            WrongState: when it is not approved (any more).
            Refused: when this digest was ever claimed before, by its key or by the record.
        """
        at = text_of(self._ledger.clock.now())
        # The record first: on PostgreSQL its lock makes claims wait for each other, so that caps are counted right.
        self.move("claim", by=owner, owner=owner, lease_until=text_of(until), said=said)
        try:
            with self.connection.begin_nested():
                self.connection.execute(
                    insert(execution).values(
                        digest=self.kept.digest, change=self.kept.id, cluster=self.kept.cluster, at=at
                    )
                )
        except IntegrityError:
            raise Refused("this proposal was executed before", rule="single-use") from None

    def executed_since(self, since: datetime) -> list[datetime]:
        """When changes of this cluster were claimed, this one left out."""
        rows = self.connection.execute(
            select(execution.c.at).where(
                execution.c.cluster == self.kept.cluster,
                execution.c.at > text_of(since),
                execution.c.digest != self.kept.digest,
            )
        )
        return [time_of(row.at) for row in rows]

    def halted(self) -> str:
        """Why everything is halted; '' when it is not."""
        return halted_in(self.connection)

    def _note(self, event: Event, state: State, by: str, note: str, said: Mapping[str, JsonValue]) -> None:
        kept, at = self.kept, text_of(self._ledger.clock.now())
        self.record(
            f"change.{event}",
            {"change": kept.id, "state": state, "by": by, "digest": kept.digest, "note": note, **said},
        )
        self.connection.execute(
            insert(change_event).values(
                change=kept.id, at=at, event=event, state=state, principal=by, note=note
            )
        )

    def _say(self, state: State, text: str) -> None:
        if self.kept.conversation:
            event = ProposalEvent(change=self.kept.id, state=state, text=text)
            self.connection.execute(
                insert(outbox).values(
                    conversation=self.kept.conversation,
                    at=text_of(self._ledger.clock.now()),
                    event=event.model_dump(mode="json"),
                )
            )


class Ledger:
    """The changes of a store."""

    def __init__(self, store: Store, audit: AuditLog, clock: Clock) -> None:
        self.store = store
        self.audit = audit
        self.clock = clock

    def add(
        self,
        id: str,
        request: Request,
        *,
        cluster: str,
        namespace: str,
        conversation: str,
        expires_at: datetime,
    ) -> None:
        """Keep a new request.

        Raises:
            StoreFailed: when it or its record could not be written.
            Refused: while everything is halted.
        """
        at = text_of(self.clock.now())
        said: dict[str, JsonValue] = {
            "change": id,
            "action": request.action,
            "cluster": cluster,
            "namespace": namespace,
            "requesters": list(request.requesters),
            "surface": request.surface,
            "automated": request.automated,
            "break_glass": request.break_glass,
        }
        with self.store.write() as connection:
            if why := halted_in(connection):
                raise Refused(f"changes are halted: {why}", rule=HALT, hint="interlock resume")
            connection.execute(
                insert(change).values(
                    id=id,
                    state="REQUESTED",
                    cluster=cluster,
                    namespace=namespace,
                    conversation=conversation,
                    requested_at=at,
                    expires_at=text_of(expires_at),
                    request=json_of(request),
                    note="",
                )
            )
            connection.execute(
                insert(change_event).values(
                    change=id, at=at, event="request", state="REQUESTED", principal=request.requester, note=""
                )
            )
            record = self.audit.append_in(connection, "change.request", said)
        self.audit.written(record)

    @contextmanager
    def turn(self, id: str) -> Iterator[Turn]:
        """A transaction on one change.

        Raises:
            NotFound: when there is none.
            StoreFailed: when it could not be written; nothing of it is then kept.
        """
        with self.store.write() as connection:
            turn = Turn(connection, self, _kept(self.row(connection, id)))
            yield turn
        for record in turn.records:
            self.audit.written(record)

    def row(self, connection: Connection, id: str) -> Row[tuple[object, ...]]:
        """The locked row of a change."""
        found = connection.execute(select(change).where(change.c.id == id).with_for_update()).first()
        if found is None:
            raise NotFound(f"there is no change {id}", hint="interlock proposals lists them")
        return found

    def get(self, id: str) -> tuple[Kept, list[Signed]]:
        """A change and what was decided on it, oldest decision first."""
        with self.store.read() as connection:
            found = connection.execute(select(change).where(change.c.id == id)).first()
            if found is None:
                raise NotFound(f"there is no change {id}", hint="interlock proposals lists them")
            return _kept(found), _decisions(connection, id)

    def in_states(self, states: Collection[State], *, limit: int | None = 1_000) -> list[Kept]:
        """The changes in one of these states (all of them when none is named), newest first; those that can be read."""
        query = select(change).order_by(change.c.requested_at.desc(), change.c.id)
        query = query.where(change.c.state.in_(states)) if states else query
        with self.store.read() as connection:
            # Page by page, for what cannot be read does not count: who may add rows may add any number of those.
            return list(islice(filter(None, map(_sound, _paged(connection, query))), limit))

    def history(self, id: str) -> list[Moved]:
        """What happened to a change, oldest first."""
        query = select(change_event).where(change_event.c.change == id).order_by(change_event.c.id)
        with self.store.read() as connection:
            return [Moved(r.at, r.event, r.state, r.principal, r.note) for r in connection.execute(query)]

    def halted(self) -> str:
        """Why everything is halted; '' when it is not."""
        return halted(self.store)

    def halt(self, reason: str, *, by: str) -> None:
        """Halt everything."""
        with self.store.write() as connection:
            halt_in(connection, reason, by=by, at=text_of(self.clock.now()))
            record = self.audit.append_in(connection, "changes.halt", {"by": by, "reason": reason})
        self.audit.written(record)

    def newest_halt(self) -> int:
        """The number of the last halt there was."""
        with self.store.read() as connection:
            return newest_halt(connection)

    def lift(self, reason: str, *, by: str, last: int) -> None:
        """Go on after the halts up to number `last`."""
        with self.store.write() as connection:
            lift_in(connection, by=by, at=text_of(self.clock.now()), last=last)
            record = self.audit.append_in(connection, "changes.resume", {"by": by, "reason": reason})
        self.audit.written(record)


def _paged(connection: Connection, query: Select[tuple[object, ...]]) -> Iterator[Row[tuple[object, ...]]]:
    start = 0
    while True:
        rows = connection.execute(query.limit(_PAGE).offset(start)).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        start += _PAGE


def _sound(row: Row[tuple[object, ...]]) -> Kept | None:
    """A row that makes no sense holds nobody else up: who may add rows may add any."""
    try:
        return _kept(row) if isinstance(row.request, dict) else None
    except ValueError:
        return None


def _decisions(connection: Connection, id: str) -> list[Signed]:
    query = select(decision).where(decision.c.change == id).order_by(decision.c.id)
    return [Signed(bytes(row.body), row.signature) for row in connection.execute(query)]


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    return Kept(
        id=row.id,
        state=row.state,
        cluster=row.cluster,
        namespace=row.namespace,
        conversation=row.conversation,
        requested_at=time_of(row.requested_at),
        expires_at=time_of(row.expires_at),
        request=row.request,
        digest=row.digest or "",
        proposal=bytes(row.proposal or b""),
        card=row.card,
        intent=row.intent,
        plan=row.plan,
        outcome=row.outcome,
        note=row.note,
        owner=row.owner or "",
        lease_until=time_of(row.lease_until) if row.lease_until else None,
        cancelled_by=row.cancelled_by or "",
    )
