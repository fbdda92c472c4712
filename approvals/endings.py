"""How an execution is put on record: where it ended, what waits, what is not known. Every word is redacted on its way."""

from __future__ import annotations

from datetime import timedelta

from pydantic import JsonValue

from interlock.approvals.execution import End
from interlock.approvals.journal import LEASE, read_intent, steps_of
from interlock.approvals.ledger import Kept, Ledger
from interlock.approvals.proposal import text_of
from interlock.approvals.recorded import intended
from interlock.approvals.standing import Void
from interlock.approvals.states import Event, State, WrongState
from interlock.core.redaction import Redactor
from interlock.core.untrusted import Untrusted

SETTLE_AFTER = timedelta(seconds=75)
"""How long a lost request may still be under way: the client's deadline (20 s) and a server's own (60 s by default)."""
NOTHING = Untrusted("")


class Endings:
    """What one executor writes of its runs."""

    def __init__(self, ledger: Ledger, redactor: Redactor, owner: str) -> None:
        self._ledger = ledger
        self._redactor = redactor
        self.owner = owner

    def over(self, id: str, why: Void) -> State:
        """The proposal does not stand any more. What another executor claimed meanwhile is that one's: it may be why."""
        with self._ledger.turn(id) as turn:
            if turn.kept.state == "APPROVED":
                turn.move(why.event, by=self.owner, note=self._redactor.clean_text(why.message))
        return turn.kept.state

    def waits(self, id: str, why: str) -> None:
        """It stands, and may not run now."""
        self._noted(id, "APPROVED", f"waits: {why}")

    def unsettled(self, id: str, why: str) -> int:
        """What became of it cannot be read now."""
        self._noted(id, "OUTCOME_UNKNOWN", f"not settled: {why}")
        return 0

    def ended(self, id: str, end: End, event: Event) -> State:
        """A run of ours came to its end; nothing is written where the claim is somebody else's by now."""
        evidence = self._redactor.clean(end.evidence).text
        note = self._redactor.clean_text(end.note)
        with self._ledger.turn(id) as turn:
            if turn.kept.state == "CLAIMED" and turn.kept.owner == self.owner:
                turn.move(
                    event,
                    by=self.owner,
                    note=note,
                    text=f"{note}\n{evidence}".strip(),
                    said={"changed": end.changed, "verified": end.verified},
                    outcome=self._outcome(end, evidence),
                )
        return turn.kept.state

    def failed(self, id: str, end: End) -> int:
        """What somebody left behind has failed."""
        note = self._redactor.clean_text(end.note)
        with self._ledger.turn(id) as turn:
            if turn.kept.state != "OUTCOME_UNKNOWN":
                raise WrongState(turn.kept.state, "fail")  # somebody who saw more took it up meanwhile
            said: dict[str, JsonValue] = {"changed": end.changed}
            turn.move("fail", by=self.owner, note=note, text=note, said=said, outcome=self._outcome(end, ""))
        return 1

    def lost(self, id: str, why: str) -> State:
        """A request left, and its fate is not known."""
        with self._ledger.turn(id) as turn:
            if turn.kept.state == "CLAIMED" and turn.kept.owner == self.owner:
                note = self._redactor.clean_text(why)
                turn.move("lose", by=self.owner, note=note, lease_until=self._ripe())
        return turn.kept.state

    def resumed(self, id: str) -> None:
        """Taken up by us."""
        until = text_of(self._ledger.clock.now() + LEASE)
        with self._ledger.turn(id) as turn:
            turn.move("resume", by=self.owner, owner=self.owner, lease_until=until)

    def let_go(self, id: str) -> State:
        """Leave a run to whoever comes next."""
        with self._ledger.turn(id) as turn:
            if turn.kept.state == "CLAIMED" and turn.kept.owner == self.owner:
                turn.keep(lease_until=text_of(self._ledger.clock.now()))
        return turn.kept.state

    def broken(self, id: str, note: str, *, begun: bool | None = None) -> End:
        """A run that broke off: what its journal says of what was changed by then.

        Args:
            id: the change.
            note: why it broke off.
            begun: whether its first step was found to be taken, for a journal that does not tell; None: not known.
        """
        states = set(steps_of(self._ledger, id).values())
        changed = True if "done" in states else begun if "started" in states else False
        kept, _ = self._ledger.get(id)
        intent = read_intent(kept.intent) if kept.intent is not None and changed else None
        return End(changed, False, NOTHING, note, intent)

    def left(self, id: str) -> int:
        """What an executor that died had claimed; 1 when it moved."""
        with self._ledger.turn(id) as turn:
            kept, now = turn.kept, self._ledger.clock.now()
            if kept.state != "CLAIMED" or not kept.lease_until or kept.lease_until > now:
                return 0
            if not self.meant(kept):
                # The intent is on disk before anything leaves, and a claim that lapsed can write none.
                end = End(False, False, NOTHING, "its executor died before anything was sent")
                turn.move(
                    "fail", by=self.owner, note=end.note, said={"changed": False}, outcome=end.outcome("")
                )
            else:
                why = "its executor died: what became of it is being read"
                turn.move("lose", by=self.owner, note=why, lease_until=self._ripe())
        return 1

    def meant(self, kept: Kept) -> bool:
        """Whether something was about to be sent: by the row, or by the record where somebody emptied the row."""
        return kept.intent is not None or intended(self._ledger.audit, kept.digest)

    def _noted(self, id: str, state: State, why: str) -> None:
        note = self._redactor.clean_text(why)
        with self._ledger.turn(id) as turn:
            if turn.kept.state == state and turn.kept.note != note:
                turn.keep(note=note)

    def _outcome(self, end: End, evidence: str) -> JsonValue:
        cleaned, _ = self._redactor.clean_value(end.outcome(evidence))
        return cleaned

    def _ripe(self) -> str:
        return text_of(self._ledger.clock.now() + SETTLE_AFTER)
