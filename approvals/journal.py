"""The journal of a run on disk: its intent, its plan and how far each step is, all held by the executor that claimed it.

Guarantee: nothing is kept for an executor whose claim has lapsed or was taken over, so nothing is sent for it either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import insert, select, update

from interlock.approvals.decisions import SEAL, Signer
from interlock.approvals.errors import Stopped
from interlock.approvals.ledger import Ledger, Turn
from interlock.approvals.proposal import text_of
from interlock.approvals.steps import Step, StepState
from interlock.approvals.words import Intent
from interlock.core.errors import Refused
from interlock.core.store.tables import change_step

LEASE = timedelta(minutes=3)
"""How long a claim holds without a sign of life: longer than any one call with its tries."""
MARGIN = timedelta(seconds=30)
"""Before a claim's end nothing more is sent: a connection still has to be made."""
_INTENT: TypeAdapter[Intent] = TypeAdapter(Intent)
_STATE: TypeAdapter[StepState | None] = TypeAdapter(StepState | None)
_STEPS: TypeAdapter[tuple[Step, ...]] = TypeAdapter(tuple[Step, ...])


class LedgerJournal:
    """One run of one change by one executor."""

    def __init__(self, ledger: Ledger, id: str, owner: str, signer: Signer) -> None:
        self._ledger = ledger
        self._id = id
        self._owner = owner
        self._signer = signer
        self._until: datetime | None = None

    def held(self) -> bool:
        """Whether the claim, as this run last wrote it, holds for long enough to send something."""
        return self._until is not None and self._ledger.clock.now() < self._until - MARGIN

    def intend(self, intent: Intent) -> None:
        """Put on disk and on record what is about to be sent.

        Raises:
            Refused: when the claim is no longer held.
            Stopped: when it was halted or cancelled before anything left.
        """

        def kept(turn: Turn) -> None:
            turn.keep(intent=intent_json(intent))
            turn.record("change.intend", {"change": self._id, "digest": intent.digest, "verb": intent.verb})

        self._held(kept)

    def plan(self) -> Sequence[Step] | None:
        """See `Journal`.

        Raises:
            Refused: when it is not the plan that was made of what was approved.
        """
        kept, _ = self._ledger.get(self._id)
        if kept.plan is None:
            return None
        steps = kept.plan.get("steps")
        self._signer.check_seal("plan", self._id, kept.digest, steps, kept.plan.get(SEAL))
        return _STEPS.validate_python(steps)

    def begin(self, intent: Intent, steps: Sequence[Step]) -> None:
        """See `Journal`."""

        def kept(turn: Turn) -> None:
            planned: JsonValue = [asdict(step) for step in steps]
            seal = self._signer.seal("plan", self._id, turn.kept.digest, planned)
            turn.keep(intent=intent_json(intent), plan={"steps": planned, SEAL: seal})
            turn.record("change.intend", {"change": self._id, "digest": intent.digest, "steps": len(steps)})

        self._held(kept)

    def state(self, key: str) -> StepState | None:
        """See `Journal`."""
        return _STATE.validate_python(steps_of(self._ledger, self._id).get(key))

    def mark(self, key: str, state: StepState, note: str) -> None:
        """See `Journal`."""

        def kept(turn: Turn) -> None:
            values = {"state": state, "note": note, "at": text_of(self._ledger.clock.now())}
            where = (change_step.c.change == self._id) & (change_step.c.key == key)
            if turn.connection.execute(update(change_step).where(where).values(**values)).rowcount == 0:
                turn.connection.execute(insert(change_step).values(change=self._id, key=key, **values))
            turn.record("change.step", {"change": self._id, "step": key, "state": state, "note": note})

        self._held(kept, stoppable=state == "started")

    def alive(self) -> None:
        """Hold the claim for another while.

        Raises:
            Refused, Stopped: as `intend`.
        """
        self._held(lambda turn: None)

    def _held(self, kept: Callable[[Turn], None], *, stoppable: bool = True) -> None:
        now = self._ledger.clock.now()
        with self._ledger.turn(self._id) as turn:
            row = turn.kept
            lapsed = row.lease_until is None or row.lease_until <= now
            if row.state != "CLAIMED" or row.owner != self._owner or lapsed:
                raise Refused("this executor's claim has lapsed: nothing more is sent", rule="claim-lost")
            if stoppable and row.cancelled_by:
                raise Stopped("cancelled")
            if stoppable and (why := turn.halted()):
                raise Stopped(f"halted: {why}")
            turn.keep(lease_until=text_of(now + LEASE))
            kept(turn)
        self._until = now + LEASE


def steps_of(ledger: Ledger, id: str) -> dict[str, str]:
    """How far each step of a run is, by its key."""
    query = select(change_step).where(change_step.c.change == id)
    with ledger.store.read() as connection:
        return {row.key: row.state for row in connection.execute(query)}


def intent_json(intent: Intent) -> JsonValue:
    """An intent as it is kept."""
    said: JsonValue = _INTENT.dump_python(intent, mode="json")
    return said


def read_intent(kept: object) -> Intent:
    """An intent as it was kept."""
    return _INTENT.validate_python(kept)
