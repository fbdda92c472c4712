"""Carries out what was approved: the only module that may hold the mutator.

Threat: a change that nobody signed, another one than was signed, or one made twice. Mechanism: nothing is taken from
the row's state; digest, signatures, quorum, rules, rights, preconditions and difference are checked again, the digest
is claimed once, the intent is on disk before anything is sent, and nothing is ever sent again. Guarantee: what died in
between is settled by reading, and says OUTCOME_UNKNOWN until it is.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from interlock.approvals.decisions import Signed, Signer
from interlock.approvals.doors import Doors
from interlock.approvals.endings import NOTHING, Endings
from interlock.approvals.errors import Answered, NotSent, OutcomeUnknown, Stale, Stopped
from interlock.approvals.execution import End, Judge, Ready
from interlock.approvals.fence import Fenced
from interlock.approvals.force import Rules
from interlock.approvals.journal import LEASE, LedgerJournal, read_intent
from interlock.approvals.ledger import Kept, Ledger
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.standing import HOUR, NotNow, Void, check_moment, check_valid
from interlock.approvals.states import Event, State, WrongState
from interlock.approvals.steps import Run, StepsAction
from interlock.approvals.verbs import Mutator
from interlock.approvals.verification import verified
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import InterlockError, Refused, StoreFailed
from interlock.core.redaction import Redactor


@dataclass(frozen=True)
class Credentials:
    """What the mutator of a cluster is made with. Nothing else in the product holds it."""

    cluster: Endpoint
    alertmanager: Endpoint | None = None


class Held(Mutator, Protocol):
    """A mutator with connections of its own."""

    def close(self) -> None:
        """Close them."""


def over_http(held: Credentials) -> Held:
    """The mutator of a cluster."""
    return HttpMutator(held.cluster, alertmanager=held.alertmanager)


class Executor:
    """Runs approved changes, one at a time a call; several of them may work on one store."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        doors: Doors,
        signer: Signer,
        credentials: Callable[[str], Credentials],
        redactor: Redactor,
        *,
        verify_within: timedelta = timedelta(minutes=5),
        stop: threading.Event | None = None,
        mutator: Callable[[Credentials], Held] = over_http,
    ) -> None:
        """Nothing is read or sent yet.

        Args:
            ledger: the changes.
            rules: what is in force now.
            doors: the clusters, to look.
            signer: opens decisions.
            credentials: of a cluster, by name.
            redactor: cleans what is kept of evidence.
            verify_within: how long an effect is waited for.
            stop: set when the process is to end: a run stops where it may be gone on with.
            mutator: makes the client of one run; it is closed after it.
        """
        self._ledger = ledger
        self._judge = Judge(ledger, rules, signer, doors)
        self._credentials = credentials
        self._within = verify_within
        self._stop = stop or threading.Event()
        self._made = mutator
        self.owner = f"executor-{secrets.token_hex(6)}"
        self._end = Endings(ledger, redactor, self.owner)

    def run(self, id: str) -> State:
        """Carry out an approved change; the state it is in then.

        Raises:
            WrongState: when it is not approved.
            NotNow: when it stands and may not run at this moment.
            StoreFailed: when something could not be put on record; what was sent is settled later.
        """
        kept, signed = self._ledger.get(id)
        if kept.state != "APPROVED":
            raise WrongState(kept.state, "claim")
        try:
            if why := self._ledger.halted():
                raise NotNow(f"changes are halted: {why}")
            ready = self._judge.ready(kept, signed)
            self._claim(id, ready)
        except NotNow as error:
            self._end.waits(id, error.message)
            raise
        except Void as over:
            return self._end.over(id, over)
        except Refused as twice:
            return self._end.over(id, Void(twice.message, "revoke"))
        return self._carried_out(id, ready)

    def recover(self) -> int:
        """Take up what executors left behind when they died; how many changes moved."""
        now, count = self._ledger.clock.now(), 0
        for kept in self._ledger.in_states({"CLAIMED"}):
            if kept.lease_until and kept.lease_until <= now:
                count += self._end.left(kept.id)
        for kept in self._ledger.in_states({"OUTCOME_UNKNOWN"}):
            with suppress(WrongState):  # another executor was faster
                count += self._settled(kept.id)
        return count

    def _claim(self, id: str, ready: Ready) -> None:
        proposal, force = ready.proposal, ready.force
        with self._ledger.turn(id) as turn:
            now = self._ledger.clock.now()
            if turn.kept.state != "APPROVED":
                raise WrongState(turn.kept.state, "claim")
            if turn.kept.digest != proposal.digest:
                raise Void("the row holds another proposal now", "revoke")
            if turn.halted():
                raise NotNow("changes are halted")
            check_valid(proposal, force, now)
            until = now + LEASE
            turn.claim(owner=self.owner, until=until, said={"policy": proposal.policy, "solo": proposal.solo})
            check_moment(proposal, force, now, turn.executed_since(now - HOUR))

    def _carried_out(self, id: str, ready: Ready) -> State:
        journal = LedgerJournal(self._ledger, id, self.owner, self._judge.signer)
        try:
            with closing(self._mutator(ready)) as made:
                mutator = Fenced(made, journal.held)
                if isinstance(ready.action, StepsAction):
                    self._stepped(ready, ready.action, mutator, journal)
                else:
                    self._applied(ready, mutator, journal)
        except StoreFailed:
            raise  # nothing can be put on record: the claim lapses, and what was sent is settled by reading
        except Stopped as error:
            if self._stop.is_set():
                return self._end.let_go(id)
            return self._broke(id, ready, error.message)
        except Stale as error:
            return self._broke(id, ready, error.message, untouched="stale")
        except (NotSent, Answered) as error:
            return self._broke(id, ready, error.message)
        except InterlockError as error:
            return self._broken_off(id, error)
        return self._verified(id, ready)

    def _mutator(self, ready: Ready) -> Held:
        return self._made(self._credentials(ready.proposal.target.cluster))

    def _applied(self, ready: Ready, mutator: Mutator, journal: LedgerJournal) -> None:
        proposal = ready.proposal
        ready.action.apply(
            mutator,
            ready.args,
            ready.door.sight,
            proposal.preconditions,
            proposal.digest,
            journal.intend,
            allow_owned=ready.owned,
        )

    def _stepped(
        self, ready: Ready, action: StepsAction[Any], mutator: Mutator, journal: LedgerJournal
    ) -> None:
        proposal = ready.proposal

        def wait(seconds: float) -> bool:
            journal.alive()
            return self._stop.wait(seconds)

        run = Run(mutator, ready.door.sight, proposal.digest, wait)
        for _ in action.run(ready.args, run, proposal.preconditions, journal, allow_owned=ready.owned):
            if self._stop.is_set():
                raise Stopped("this process ends")

    def _broke(self, id: str, ready: Ready, note: str, *, untouched: Event = "fail") -> State:
        """A run that may not go on: failed, with what it changed by then; lost, where that cannot be read now."""
        end = self._broken(id, note, lambda: ready)
        if end.changed is None:
            return self._end.lost(id, note)
        return self._end.ended(id, end, "fail" if end.changed else untouched)

    def _broken(self, id: str, note: str, opened: Callable[[], Ready]) -> End:
        end = self._end.broken(id, note)
        if end.changed is None:
            # Whoever began its first step died with it: the journal does not tell, the object does.
            with suppress(InterlockError):
                ready = opened()
                begun = ready.action.begun(ready.args, ready.door.sight, ready.proposal.digest)
                return self._end.broken(id, note, begun=begun)
        return end

    def _broken_off(self, id: str, error: InterlockError) -> State:
        """Something that does not tell what became of the change, if anything was sent at all."""
        kept, _ = self._ledger.get(id)
        if not self._end.meant(kept):
            return self._end.ended(id, End(False, False, NOTHING, error.message), "fail")
        state = self._end.lost(id, error.message)
        if isinstance(error, OutcomeUnknown):
            return state
        with suppress(WrongState):
            self._settled(id)
        return self._ledger.get(id)[0].state

    def _verified(self, id: str, ready: Ready) -> State:
        kept, _ = self._ledger.get(id)
        if kept.intent is None:
            raise InterlockError(f"{id} has no intent on disk")
        intent = read_intent(kept.intent)
        journal = LedgerJournal(self._ledger, id, self.owner, self._judge.signer)

        def wait(seconds: float) -> bool:
            # A halt does not end the looking, only the sending.
            with suppress(Stopped, Refused):
                journal.alive()
            return self._stop.wait(seconds)

        found = verified(ready.action, ready.args, ready.door.sight, intent, within=self._within, wait=wait)
        if found.state == "not yet":
            return self._end.let_go(id)
        good = found.state == "verified"
        note = "made and verified" if good else "made, but its effect is not there"
        return self._end.ended(
            id, End(True, good, found.evidence, note, intent), "succeed" if good else "fail"
        )

    def _settled(self, id: str) -> int:
        """Say what became of a change whose outcome is unknown, where reading tells; 1 when it did."""
        kept, signed = self._ledger.get(id)
        if kept.state != "OUTCOME_UNKNOWN" or kept.intent is None:
            return 0
        ripe = kept.lease_until is None or kept.lease_until <= self._ledger.clock.now()
        if kept.plan is None or not self._judge.in_steps(kept):
            # A plan that somebody wrote into the row of one write changes nothing: the object tells.
            return self._read_back(kept, ripe=ripe)
        return self._gone_on(kept, signed) if ripe else 0

    def _read_back(self, kept: Kept, *, ripe: bool) -> int:
        try:
            ready = self._judge.readable(kept)
            proposal = ready.proposal
            found = ready.action.settle(ready.args, ready.door.sight, proposal.preconditions, proposal.digest)
        except InterlockError as error:
            return self._end.unsettled(kept.id, error.message)
        if found == "applied":
            return self._found_applied(kept.id, ready)
        if not ripe:
            return 0
        if found == "not applied":
            never = End(False, False, NOTHING, "it never arrived: nothing was changed")
            return self._end.failed(kept.id, never)
        return self._end.unsettled(kept.id, "the object does not tell: a person has to settle it")

    def _gone_on(self, kept: Kept, signed: Sequence[Signed]) -> int:
        """Take up a run of steps: its journal says what is done, and each step is looked at before it is sent."""
        try:
            ready = self._judge.resumable(kept, signed)
        except NotNow as error:
            return self._end.unsettled(kept.id, error.message)
        except Void as over:
            return self._given_up(kept, f"not gone on with: {over.message}")
        self._end.resumed(kept.id)
        self._carried_out(kept.id, ready)
        return 1

    def _found_applied(self, id: str, ready: Ready) -> int:
        self._end.resumed(id)
        self._verified(id, ready)
        return 1

    def _given_up(self, kept: Kept, note: str) -> int:
        end = self._broken(kept.id, note, lambda: self._judge.readable(kept))
        return self._end.unsettled(kept.id, note) if end.changed is None else self._end.failed(kept.id, end)
