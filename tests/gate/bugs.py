"""Faults that a gate could have, each put in by itself, for the machine to find. Nothing else uses this file.

Where one wall stands behind another, both are taken away: a fault that a second wall holds is no fault in effect.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from interlock.approvals import action, execution, executor, office
from interlock.approvals.decisions import Signer, read_unchecked
from interlock.approvals.endings import Endings
from interlock.approvals.errors import Stopped
from interlock.approvals.executor import Executor
from interlock.approvals.journal import LEASE, LedgerJournal
from interlock.approvals.ledger import Turn
from interlock.approvals.proposal import text_of
from interlock.approvals.rights import PolicyAlone
from interlock.approvals.states import WrongState
from interlock.approvals.words import Preconditions
from interlock.core.errors import Refused

Bug = Callable[[ExitStack], None]


def _set(stack: ExitStack, where: Any, name: str, value: Any) -> Any:
    kept = getattr(where, name)
    stack.enter_context(patch.object(where, name, value))
    return kept


def no_quorum(stack: ExitStack) -> None:
    _set(stack, execution, "missing", lambda *_: None)


def requester_by_alias(stack: ExitStack) -> None:
    real = office.check_decider

    def check(decider: Any, proposal: Any, *rest: Any) -> None:
        try:
            real(decider, proposal, *rest)
        except Refused as error:
            if error.rule != "own-request" or decider.who.alias in proposal.requesters:
                raise

    _set(stack, office, "check_decider", check)


def digest_not_compared(stack: ExitStack) -> None:
    from interlock.approvals.proposal import _PROPOSAL, Proposal

    class Believed(Proposal):
        digest = property(lambda self: self._named)  # type: ignore[assignment]

    def read(kept: bytes, named: str) -> Any:
        made = _PROPOSAL.validate_python(json.loads(kept))
        object.__setattr__(made, "__class__", Believed)
        object.__setattr__(made, "_named", named)
        return made

    _set(stack, execution, "read_proposal", read)


def stale_by_another(stack: ExitStack) -> None:
    def over(self: Endings, id: str, why: Any) -> Any:
        with self._ledger.turn(id) as turn, suppress(WrongState):
            turn.move(why.event, by=self.owner, note=why.message)
        return turn.kept.state

    _set(stack, Endings, "over", over)


def used_again(stack: ExitStack) -> None:
    def claim(self: Turn, *, owner: str, until: Any, said: Any) -> None:
        self.move("claim", by=owner, owner=owner, lease_until=text_of(until), said=said)

    _set(stack, Turn, "claim", claim)
    for name in ("claimed", "ended"):
        _set(stack, execution, name, lambda *_: False)


def intent_after_call(stack: ExitStack) -> None:
    def applied(self: Executor, ready: Any, mutator: Any, journal: Any) -> None:
        intents: list[Any] = []
        proposal = ready.proposal
        ready.action.apply(
            mutator,
            ready.args,
            ready.door.sight,
            proposal.preconditions,
            proposal.digest,
            intents.append,
            allow_owned=ready.owned,
        )
        journal.intend(intents[-1])

    _set(stack, Executor, "_applied", applied)
    _set(stack, LedgerJournal, "held", lambda self: True)


def run_again(stack: ExitStack) -> None:
    real, again = Executor._settled, set[str]()

    def settled(self: Executor, id: str) -> int:
        if id in again:  # what breaks off is settled at once: it would be run for ever
            return real(self, id)
        again.add(id)
        kept, _ = self._ledger.get(id)
        self._end.resumed(id)
        self._carried_out(id, self._judge.readable(kept))
        return 1

    _set(stack, Executor, "_settled", settled)


def _valid(stack: ExitStack, change: Callable[[Any, Any, Any], tuple[Any, Any, Any]]) -> None:
    real = execution.check_valid
    for module in (execution, executor):
        _set(stack, module, "check_valid", lambda *given: real(*change(*given)))


def no_expiry(stack: ExitStack) -> None:
    _valid(stack, lambda proposal, force, now: (proposal, force, proposal.made_at))


def no_policy_version(stack: ExitStack) -> None:
    _valid(stack, lambda proposal, force, now: (proposal, replace(force, version=proposal.policy), now))


def no_signatures(stack: ExitStack) -> None:
    _set(stack, Signer, "opened", lambda self, signed: read_unchecked(signed))
    _set(stack, Signer, "all_opened", lambda self, signed, *_: tuple(map(read_unchecked, signed)))


def no_halt(stack: ExitStack) -> None:
    _set(stack, Turn, "halted", lambda self: "")


def no_preconditions(stack: ExitStack) -> None:
    _set(stack, Preconditions, "moved", lambda self, now: ())


def deny_too_late(stack: ExitStack) -> None:
    real_move, real_missing = Turn.move, execution.missing

    def move(self: Turn, event: Any, **more: Any) -> None:
        if not (event == "deny" and self.kept.state == "APPROVED"):
            real_move(self, event, **more)

    def missing(proposal: Any, decisions: Any, force: Any) -> Any:
        return real_missing(proposal, [each for each in decisions if each.verdict != "deny"], force)

    _set(stack, Turn, "move", move)
    _set(stack, execution, "missing", missing)


def no_lock(stack: ExitStack) -> None:
    real = action.send

    def send(write: Any, mutator: Any, version: str) -> Any:
        def unlocked(verb: str) -> Callable[..., Any]:
            def call(kind: str, namespace: str, name: str, *rest: Any) -> Any:
                board = getattr(mutator, "_mutator", mutator)._board
                board.reached("arriving")
                held = board.objects[kind, namespace, name]
                return getattr(mutator, verb)(
                    kind, namespace, name, *rest[:-1], held["metadata"]["resourceVersion"]
                )

            return call

        class Unlocked:
            patch = staticmethod(unlocked("patch"))

            def __getattr__(self, name: str) -> Any:
                return getattr(mutator, name)

        return real(write, Unlocked(), version)  # type: ignore[arg-type]

    _set(stack, action, "send", send)


def no_rights(stack: ExitStack) -> None:
    real = execution.Judge._at

    def at(self: Any, *given: Any) -> Any:
        ready = real(self, *given)
        return replace(ready, door=replace(ready.door, rights=PolicyAlone()))

    _set(stack, execution.Judge, "_at", at)


def _held(stack: ExitStack, *, lapses: bool = True, cancels: bool = True) -> None:
    def held(self: LedgerJournal, kept: Any, *, stoppable: bool = True) -> None:
        now = self._ledger.clock.now()
        with self._ledger.turn(self._id) as turn:
            row = turn.kept
            lapsed = row.lease_until is None or row.lease_until <= now
            if lapses and (row.state != "CLAIMED" or row.owner != self._owner or lapsed):
                raise Refused("the claim has lapsed", rule="claim-lost")
            if cancels and stoppable and row.cancelled_by:
                raise Stopped("cancelled")
            if stoppable and (why := turn.halted()):
                raise Stopped(f"halted: {why}")
            turn.keep(lease_until=text_of(now + LEASE))
            kept(turn)
        self._until = now + LEASE

    _set(stack, LedgerJournal, "_held", held)


def lapsed_goes_on(stack: ExitStack) -> None:
    _held(stack, lapses=False)


def no_fence(stack: ExitStack) -> None:
    _set(stack, LedgerJournal, "held", lambda self: True)


def cancelled_goes_on(stack: ExitStack) -> None:
    _held(stack, cancels=False)


def not_asked_again(stack: ExitStack) -> None:
    real = execution.Judge._standing
    said: dict[str, Any] = {}

    def standing(self: Any, proposal: Any, decisions: Any) -> Any:
        if proposal.nonce in said:
            return said.pop(proposal.nonce)
        said[proposal.nonce] = real(self, proposal, decisions)
        return said[proposal.nonce]

    _set(stack, execution.Judge, "_standing", standing)


def settled_at_once(stack: ExitStack) -> None:
    _set(stack, Endings, "_ripe", lambda self: text_of(self._ledger.clock.now()))


def uncounted(stack: ExitStack) -> None:
    _set(stack, Turn, "executed_since", lambda self, since: [])


def no_freeze(stack: ExitStack) -> None:
    from interlock.approvals import standing

    _set(stack, standing, "frozen", lambda *_: None)


def no_canonical(stack: ExitStack) -> None:
    from interlock.approvals import standing

    real = standing.missing

    def missing(proposal: Any, decisions: Any, force: Any) -> Any:
        plain = replace(force, canonical=lambda id: id)
        return real(proposal, decisions, plain)

    _set(stack, execution, "missing", missing)
    _set(stack, office, "missing", missing)


def success_unread(stack: ExitStack) -> None:
    def settled(self: Executor, id: str) -> int:
        kept, _ = self._ledger.get(id)
        if kept.state == "OUTCOME_UNKNOWN" and kept.intent is not None and kept.plan is None:
            with self._ledger.turn(id) as turn:
                turn.move("succeed", by=self.owner, note="it will have arrived", said={"changed": True})
            return 1
        return 0

    _set(stack, Executor, "_settled", settled)


BUGS: Mapping[str, tuple[str, Bug]] = {
    "quorum": ("the quorum is not counted again at execution", no_quorum),
    "alias": ("a requester is known by the alias they asked with alone", requester_by_alias),
    "people": ("who is the same person now is not asked when the quorum is counted", no_canonical),
    "digest": ("the proposal's bytes are not held against its digest", digest_not_compared),
    "single-use": ("neither the key nor the record keeps a digest from a second claim", used_again),
    "intent": ("the intent is put on record after the call", intent_after_call),
    "re-run": ("what was lost is run again", run_again),
    "expiry": ("the expiry is not looked at when it is claimed", no_expiry),
    "policy": ("the version of the policy is not compared at execution", no_policy_version),
    "signatures": ("decisions count without their signatures", no_signatures),
    "halt": ("a halt is not looked at inside the transaction", no_halt),
    "preconditions": ("preconditions are not compared", no_preconditions),
    "late-deny": ("a deny after the approval is kept and ignored", deny_too_late),
    "lock": ("the write is not sent under the version that was read", no_lock),
    "rights": ("the requester's rights are not reviewed again", no_rights),
    "lease": ("an executor whose claim lapsed goes on", lapsed_goes_on),
    "fence": ("an executor that stood still sends after its claim was over", no_fence),
    "cancel": ("a cancelled drain goes on", cancelled_goes_on),
    "again": ("rules and roles are not asked again after the cluster was looked at", not_asked_again),
    "settle": ("a lost request is called undelivered while it may be under way", settled_at_once),
    "cap": ("executions within the hour are not counted", uncounted),
    "freeze": ("a freeze is not looked at", no_freeze),
    "stale": ("an executor that came too late calls stale what another one is making", stale_by_another),
    "guess": ("a lost request is called successful unread", success_unread),
}


@contextmanager
def bug(name: str) -> Iterator[None]:
    """The gate with this fault."""
    with ExitStack() as stack:
        BUGS[name][1](stack)
        yield
