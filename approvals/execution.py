"""What is looked at once more before a claim, and what an execution came to. Pure but for reads; the executor acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from interlock.approvals.action import Action
from interlock.approvals.catalogue import find_action
from interlock.approvals.decisions import Decision, Signed, Signer
from interlock.approvals.doors import Door, Doors
from interlock.approvals.errors import Answered, NotSent, Stale
from interlock.approvals.force import Force, Rules
from interlock.approvals.ledger import Kept, Ledger
from interlock.approvals.proposal import Proposal, read_proposal
from interlock.approvals.recorded import claimed, ended
from interlock.approvals.rights import needed
from interlock.approvals.standing import NotNow, Void, check_moment, check_requesters, check_valid, missing
from interlock.approvals.steps import StepsAction
from interlock.approvals.verbs import Previewer
from interlock.approvals.words import Args, Intent
from interlock.core.errors import (
    BadInput,
    Forbidden,
    InterlockError,
    NotFound,
    NotServed,
    Refused,
    UnknownName,
    Unreachable,
)
from interlock.core.policy.changes import owned_allowed
from interlock.core.untrusted import Untrusted


@dataclass(frozen=True)
class Ready:
    """A proposal that stands, with all that it needs to be carried out."""

    proposal: Proposal
    action: Action[Any]
    args: Args
    door: Door
    previewer: Previewer
    force: Force
    owned: bool


@dataclass(frozen=True)
class Judge:
    """Opens what is kept and holds it against what is so now."""

    ledger: Ledger
    rules: Rules
    signer: Signer
    doors: Doors

    def ready(self, kept: Kept, signed: Sequence[Signed]) -> Ready:
        """Everything that was checked when it was decided, once more, and the world as it is now.

        Raises:
            Void: when it is over.
            NotNow: when it cannot be told, or not run, at this moment.
        """
        proposal, decisions = self._opened(kept, signed)
        try:
            force = self._standing(proposal, decisions)
            if claimed(self.ledger.audit, kept.digest, proposal.record):
                raise Void("the record says that this was executed before", "revoke")
            self._check_open(kept.digest, proposal)
            ready = self._at(proposal, force)
            _check_world(ready)
            # A dry run may take half a minute: a rule, a role or the time may have run out meanwhile.
            return replace(ready, force=self._standing(proposal, decisions))
        except Unreachable as error:
            raise NotNow(error.message) from None

    def resumable(self, kept: Kept, signed: Sequence[Signed]) -> Ready:
        """A run that died, to be gone on with: still agreed on; what its own steps moved, and its age, are no matter.

        Raises:
            Void: when people no longer agree on it.
            NotNow: when that cannot be told now.
        """
        force = self._force()
        proposal, decisions = self._opened(kept, signed)
        self._check_open(kept.digest, proposal)
        try:
            _check_agreed(proposal, decisions, force)
            return self._at(proposal, force)
        except Unreachable as error:
            raise NotNow(error.message) from None

    def readable(self, kept: Kept) -> Ready:
        """What was claimed, to be looked at only: whoever agrees or not, what happened happened.

        Raises:
            Refused: when the proposal is not what its digest names.
            InterlockError: when the cluster cannot be opened.
        """
        return self._at(read_proposal(kept.proposal, kept.digest), self.rules())

    def in_steps(self, kept: Kept) -> bool:
        """Whether it is carried out in steps: by its proposal, whatever else stands in its row."""
        with suppress(Refused, UnknownName):
            return isinstance(find_action(read_proposal(kept.proposal, kept.digest).action), StepsAction)
        return False

    def _standing(self, proposal: Proposal, decisions: Sequence[Decision]) -> Force:
        force, now = self._force(), self.ledger.clock.now()
        check_valid(proposal, force, now)
        _check_agreed(proposal, decisions, force)
        check_moment(proposal, force, now, ())
        return force

    def _force(self) -> Force:
        try:
            return self.rules()
        except InterlockError as error:
            raise NotNow(f"there are no rules in force: {error.message}") from None

    def _opened(self, kept: Kept, signed: Sequence[Signed]) -> tuple[Proposal, tuple[Decision, ...]]:
        try:
            self.signer.check_card(kept.id, kept.digest, kept.card)
            proposal = read_proposal(kept.proposal, kept.digest)
            decisions = self.signer.all_opened(signed, kept.id, kept.digest)
        except Refused as forged:
            raise Void(forged.message, "revoke") from None
        if proposal.id != kept.id:
            raise Void("the proposal is of another change", "revoke")
        return proposal, decisions

    def _check_open(self, digest: str, proposal: Proposal) -> None:
        if ended(self.ledger.audit, digest, proposal.record):
            raise Void("the record says that this has ended", "revoke")

    def _at(self, proposal: Proposal, force: Force) -> Ready:
        action = find_action(proposal.action)
        try:
            door = self.doors.open(proposal.target.cluster)
        except InterlockError as error:
            raise NotNow(error.message) from None
        if proposal.source == "replay" or door.previewer is None:
            raise Void("this was proposed on a replay: it can never run on a cluster", "revoke")
        owned = owned_allowed(force.changes, force.case_of(proposal))
        return Ready(proposal, action, action.parse(proposal.args), door, door.previewer, force, owned)


def _check_agreed(proposal: Proposal, decisions: Sequence[Decision], force: Force) -> None:
    check_requesters(proposal, force)
    lacking = missing(proposal, decisions, force)
    if lacking:
        raise Void(f"the quorum does not hold: {lacking}", "revoke")


def _check_world(ready: Ready) -> None:
    """The requester may, and the change is the one that was approved: same object, same fields read, same difference."""
    proposal, action, args, door, force = ready.proposal, ready.action, ready.args, ready.door, ready.force
    asking = force.canonical(proposal.requesters[0])
    try:
        seen = action.look(args, door.sight)
        door.rights.check(asking, sorted(force.groups_of(asking)), needed(action, args, seen))
        preview = action.preview(args, door.sight, ready.previewer, allow_owned=ready.owned)
    except (BadInput, NotFound, NotServed, Forbidden, Answered, Stale) as error:
        raise Void(f"it cannot be made any more: {error.message}", "stale") from None
    except Refused as error:
        raise Void(error.message, "revoke") from None
    except NotSent as error:
        raise NotNow(error.message) from None
    moved = proposal.preconditions.moved(preview.preconditions)
    if moved:
        raise Void(f"{proposal.target} is not what was approved: {', '.join(moved)} moved", "stale")
    if preview.diff.digest != proposal.diff:
        raise Void("the same change would change something else now", "stale")


@dataclass(frozen=True)
class End:
    """How an execution ended."""

    changed: bool | None
    verified: bool
    evidence: Untrusted
    note: str
    intent: Intent | None = None

    def outcome(self, evidence: str) -> dict[str, JsonValue]:
        """As it is kept, with the evidence redacted."""
        inverse = self.intent.inverse if self.intent and self.changed else None
        return {
            "changed": self.changed,
            "verified": self.verified,
            "evidence": evidence,
            "inverse": {"action": inverse.action, "args": dict(inverse.args), "reason": inverse.reason}
            if inverse
            else None,
        }
