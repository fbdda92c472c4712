"""The approvals side: previews what was asked for, takes decisions, ends what is over. It changes nothing outside.

Threat: an approval by somebody who may not give it, or of something else than they saw. Mechanism: the decider is a
known person with a fresh login over an allowed channel, none of the requesters, allowed by the policy as it is now, and
names the digest they were shown; each decision is signed. Guarantee: APPROVED is reached in the transaction of the
decision that completes the quorum, and counts for nothing by itself: the executor checks it all again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from interlock.approvals.action import Action
from interlock.approvals.catalogue import find_action
from interlock.approvals.changes import Change
from interlock.approvals.deciders import check_decider, check_login, check_person
from interlock.approvals.decisions import Decider, Decision, SaidOf, Signer
from interlock.approvals.desk import Desk
from interlock.approvals.doors import Doors
from interlock.approvals.drafting import Drafter
from interlock.approvals.errors import Answered, NotSent, Stale
from interlock.approvals.force import Force, Rules, What
from interlock.approvals.ledger import Kept, Ledger, Turn
from interlock.approvals.proposal import Proposal, read_proposal, read_request, text_of
from interlock.approvals.standing import Void, check_requesters, check_valid, missing
from interlock.approvals.states import OPEN, Event, WrongState
from interlock.core.errors import BadInput, Forbidden, InterlockError, NotFound, NotServed, Refused
from interlock.core.identity import Principal
from interlock.core.identity.people import Identified
from interlock.core.policy.halt import HALT
from interlock.core.redaction import Redactor

SYSTEM = "interlock"
"""Who moves a change when no person does."""
RESUME_LOGIN = timedelta(minutes=5)
_REFUSALS = (BadInput, Refused, NotSent, Answered, Stale, NotFound, NotServed, Forbidden)


class Office:
    """Previews and decides."""

    def __init__(
        self,
        ledger: Ledger,
        desk: Desk,
        rules: Rules,
        doors: Doors,
        signer: Signer,
        redactor: Redactor,
        *,
        approved: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Nothing is read yet.

        Args:
            ledger: where changes are kept.
            desk: shows them.
            rules: what is in force now.
            doors: the clusters.
            signer: the key of the approvals side.
            redactor: cleans what goes onto a card.
            approved: is told of each change that may now be executed.
        """
        self._ledger = ledger
        self._desk = desk
        self._rules = rules
        self._drafter = Drafter(ledger, doors, redactor)
        self._signer = signer
        self._redactor = redactor
        self._approved = approved

    def propose(self, id: str) -> Change:
        """Preview a request, and make a proposal of it or refuse it, on record.

        Raises:
            WrongState: when it is no open request.
            Unreachable: when the cluster does not answer; the request stays, to be tried again.
        """
        kept, _ = self._ledger.get(id)
        if kept.state != "REQUESTED":
            raise WrongState(kept.state, "propose")
        try:
            made = self._drafter.made(kept, read_request(kept.request), self._rules())
        except _REFUSALS as error:
            self._refused(id, error)
            return self._desk.change(id)
        card = made.card
        with self._ledger.turn(id) as turn:
            if turn.halted():
                turn.move("revoke", by=SYSTEM, note=f"changes are halted: {turn.halted()}")
            else:
                turn.move(
                    "propose",
                    by=SYSTEM,
                    text=card.text(),
                    said=self._said(made.proposal),
                    digest=made.proposal.digest,
                    proposal=made.proposal.canonical(),
                    card=self._signer.sealed_card(id, made.proposal.digest, card.as_json()),
                    expires_at=text_of(made.proposal.expires_at),
                )
        return self._desk.change(id)

    def decide(self, decider: Decider, id: str, digest: str, verdict: SaidOf, reason: str) -> Change:
        """Take one person's decision.

        Args:
            decider: who, by what login.
            id: the change.
            digest: the whole digest of what they were shown.
            verdict: approve or deny; one deny ends it.
            reason: why, in their words.

        Raises:
            NotSignedIn: when the login is not fresh enough for this.
            Refused: when this person may not decide this, or decided already.
            WrongState: when there is nothing to decide (any more).
        """
        said = self._redactor.clean_text(reason.strip()[:1_000])
        force, now, ended = self._rules(), self._ledger.clock.now(), ""
        # Before the row is held: this may ask a directory, and nobody else's turn waits for that.
        self._check(decider, id, digest, verdict, force)
        with self._ledger.turn(id) as turn:
            self._signer.check_card(id, turn.kept.digest, turn.kept.card)
            proposal = _open_proposal(turn.kept, digest, turn.halted())
            try:
                check_valid(proposal, force, now)
                self._decided(turn, decider, proposal, verdict, said, force)
            except Void as over:
                turn.move(over.event, by=SYSTEM, note=over.message)
                ended = over.message
        if ended:
            raise Refused(ended, rule="void", hint="request the change again")
        change = self._desk.change(id)
        if change.state == "APPROVED":
            self._approved(id)
        return change

    def may(self, decider: Decider, id: str) -> str:
        """Why this person could not approve this change now; '' when they could. Nothing is kept of the question."""
        kept, signed = self._ledger.get(id)
        force, now = self._rules(), self._ledger.clock.now()
        try:
            if kept.state != "PROPOSED":
                raise WrongState(kept.state, "vote")
            if why := self._ledger.halted():
                raise Refused(f"changes are halted: {why}", rule=HALT)
            self._signer.check_card(id, kept.digest, kept.card)
            proposal = read_proposal(kept.proposal, kept.digest)
            check_valid(proposal, force, now)
            check_decider(decider, proposal, force, "approve", now)
            decided = self._signer.all_opened(signed, kept.id, kept.digest)
            if decider.who.principal.id in {each.principal for each in decided}:
                raise Refused("you have decided on this already", rule="one-decision-each")
        except InterlockError as error:
            return error.message
        return ""

    def revoke(self, who: Identified, id: str, reason: str) -> Change:
        """Take a change back: one of its requesters, or somebody who may decide it. A running drain stops between two steps.

        Raises:
            Refused: when they may not.
            WrongState: when it is over.
        """
        force = self._rules()
        said = self._redactor.clean_text(reason.strip()[:1_000])
        with self._ledger.turn(id) as turn:
            self._check_revoker(turn.kept, who, force)
            if turn.kept.state == "CLAIMED" and turn.kept.plan is not None:
                turn.keep(cancelled_by=who.principal.id)
                turn.record("change.cancel", {"change": id, "by": who.principal.id, "reason": said})
            else:
                turn.move("revoke", by=who.principal.id, note=f"revoked: {said}" if said else "revoked")
        return self._desk.change(id)

    def settle(self, decider: Decider, id: str, *, applied: bool, reason: str) -> Change:
        """Say what became of a change whose outcome nobody could read.

        Raises:
            Refused: when this person may not decide this.
            WrongState: when its outcome is known.
        """
        force = self._rules()
        said = self._redactor.clean_text(reason.strip()[:1_000])
        with self._ledger.turn(id) as turn:
            event: Event = "succeed" if applied else "fail"
            if turn.kept.state != "OUTCOME_UNKNOWN":
                raise WrongState(turn.kept.state, event)
            proposal = read_proposal(turn.kept.proposal, turn.kept.digest)
            check_decider(decider, proposal, force, "settle", self._ledger.clock.now())
            outcome: dict[str, JsonValue] = {
                "changed": applied,
                "verified": False,
                "evidence": f"a person settled it: {said}",
                "inverse": None,
            }
            turn.move(event, by=decider.who.principal.id, note=f"settled by hand: {said}", outcome=outcome)
        return self._desk.change(id)

    def halt(self, who: Principal, reason: str) -> int:
        """Stop everything: nothing is executed, what is open is void. How many changes that ended.

        Raises:
            BadInput: without a reason.
        """
        self._desk.halt(who, reason)
        return self._voided()

    def _voided(self) -> int:
        """End what is open while everything is halted, whoever halted it."""
        why, count = self._ledger.halted(), 0
        # Until nothing is left: what moved while the pages were read may have been passed over.
        while why and (more := self._ended("revoke", f"halted: {why}", lambda kept: True)):
            count += more
        return count

    def resume(self, decider: Decider, reason: str) -> None:
        """Go on after a halt. What was void stays void.

        Raises:
            Refused: when this person may not decide at high risk.
        """
        last, force = self._ledger.newest_halt(), self._rules()
        what = What("resume", "high", "*", "")
        check_person(decider, force)
        check_login(decider, RESUME_LOGIN, force, self._ledger.clock.now())
        force.check(decider.who.principal, "decide", what)
        self._voided()
        said = self._redactor.clean_text(reason.strip()[:500])
        self._ledger.lift(said, by=decider.who.principal.id, last=last)
        if again := self._ledger.halted():
            raise Refused(f"changes were halted again meanwhile: {again}", rule=HALT)

    def sweep(self) -> int:
        """End what has expired, what the policy has outgrown and what a halt voids; how many changes that were."""
        now = self._ledger.clock.now()
        over = self._voided() + self._ended("expire", "its time is over", lambda kept: kept.expires_at <= now)
        force = self._rules()
        return over + self._ended(
            "revoke",
            "the policy changed after this was proposed",
            lambda kept: bool(kept.proposal) and _policy_of(kept) != force.version,
        )

    def waiting(self) -> list[str]:
        """The requests that have no proposal yet, oldest first."""
        return [kept.id for kept in reversed(self._ledger.in_states({"REQUESTED"}))]

    def _refused(self, id: str, error: InterlockError) -> None:
        hint = f" ({error.hint})" if error.hint else ""
        note = self._redactor.clean_text(f"{error.message}{hint}")
        with self._ledger.turn(id) as turn:
            turn.move("refuse", by=SYSTEM, note=note)

    def _said(self, proposal: Proposal) -> Mapping[str, JsonValue]:
        cleaned, _ = self._redactor.clean_value(dict(proposal.args))
        return {
            "digest": proposal.digest,
            "action": proposal.action,
            "args": cleaned,
            "target": str(proposal.target),
            "risk": proposal.risk,
            "source": proposal.source,
            "diff": proposal.diff,
            "policy": proposal.policy,
            "requesters": list(proposal.requesters),
            "solo": proposal.solo,
            "break_glass": proposal.break_glass,
        }

    def _check(self, decider: Decider, id: str, digest: str, verdict: SaidOf, force: Force) -> None:
        kept, _ = self._ledger.get(id)
        self._signer.check_card(id, kept.digest, kept.card)
        proposal = _open_proposal(kept, digest, self._ledger.halted())
        check_decider(decider, proposal, force, verdict, self._ledger.clock.now())

    def _decided(
        self, turn: Turn, decider: Decider, proposal: Proposal, verdict: SaidOf, reason: str, force: Force
    ) -> None:
        kept, who = turn.kept, decider.who.principal.id
        if kept.state == "APPROVED" and verdict == "approve":
            raise WrongState(kept.state, "vote")
        made = Decision(
            change=kept.id,
            digest=kept.digest,
            principal=who,
            verdict=verdict,
            reason=reason,
            at=self._ledger.clock.now(),
            channel=decider.channel,
            login_at=decider.login_at,
            acr=decider.acr,
            alias=decider.who.alias,
        )
        turn.decide(made, self._signer.signed(made))
        if verdict == "deny":
            turn.move("deny", by=who, note=f"denied: {reason}" if reason else "denied")
            return
        check_requesters(proposal, force)
        lacking = missing(proposal, self._signer.all_opened(turn.decisions(), kept.id, kept.digest), force)
        said: dict[str, JsonValue] = {
            "channel": decider.channel,
            "acr": decider.acr,
            "alias_known": decider.who.known,
            "groups": [*sorted(force.groups_of(who))],
        }
        if lacking:
            turn.move("vote", by=who, note=lacking, said=said)
        else:
            turn.move("approve", by=who, said=said, text="approved")

    def _check_revoker(self, kept: Kept, who: Identified, force: Force) -> None:
        request = read_request(kept.request)
        mine = who.principal.id in {force.canonical(each) for each in request.requesters}
        action: Action[Any] = find_action(request.action)
        args = action.parse(request.args)
        what = What(request.action, action.risk(args), kept.cluster, kept.namespace)
        if not mine:
            if not who.known:
                raise Refused(
                    f"nobody vouches for {who.alias}",
                    rule="unmapped",
                    hint="add the person to identity.people",
                )
            force.check(who.principal, "decide", what)

    def _ended(self, event: Event, note: str, over: Callable[[Kept], bool]) -> int:
        count = 0
        for kept in self._ledger.in_states(OPEN, limit=None):
            if not over(kept):
                continue
            with self._ledger.turn(kept.id) as turn:
                # Looked at again under its lock: it may have moved since.
                if turn.kept.state == kept.state and over(turn.kept):
                    turn.move(event, by=SYSTEM, note=note)
                    count += 1
        return count


def _open_proposal(kept: Kept, digest: str, halted: str) -> Proposal:
    if kept.state not in ("PROPOSED", "APPROVED"):
        raise WrongState(kept.state, "vote")
    if halted:
        raise Refused(f"changes are halted: {halted}", rule=HALT, hint="interlock resume")
    if digest != kept.digest:
        raise Refused("this is not the proposal that you were shown", rule="digest", hint="look at it again")
    return read_proposal(kept.proposal, kept.digest)


def _policy_of(kept: Kept) -> str:
    try:
        return read_proposal(kept.proposal, kept.digest).policy
    except Refused:
        return ""
