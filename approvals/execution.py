"""What is looked at once more before a claim, and what an execution came to. Pure but for reads; the executor acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from interlock.approvals.action import Action
from interlock.approvals.catalogue import find_action
from interlock.approvals.decisions import Signed, Signer
from interlock.approvals.doors import Door, Doors
from interlock.approvals.errors import Answered, NothingToDo, NotSent, Stale
from interlock.approvals.force import Force
from interlock.approvals.ledger import Kept, Ledger
from interlock.approvals.proposal import Proposal, read_proposal
from interlock.approvals.rights import needed
from interlock.approvals.standing import NotNow, Void, check_requesters, check_valid, missing
from interlock.approvals.words import Args, Intent
from interlock.core.errors import BadInput, Forbidden, NotFound, NotServed, Refused, Unreachable
from interlock.core.policy.changes import owned_allowed
from interlock.core.untrusted import Untrusted


@dataclass(frozen=True)
class Ready:
    """A proposal that stands, with all that it needs to be carried out."""

    proposal: Proposal
    action: Action[Any]
    args: Args
    door: Door
    force: Force
    owned: bool


def check_ready(
    ledger: Ledger,
    kept: Kept,
    signed: list[Signed],
    force: Force,
    signer: Signer,
    doors: Doors,
    *,
    again: bool = False,
) -> Ready:
    """Everything that was checked when it was decided, once more, and the world as it is now.

    Args:
        ledger: the changes.
        kept: the row.
        signed: the decisions on it.
        force: the rules as they are now.
        signer: the key that signed the decisions.
        doors: the clusters.
        again: a run is gone on with: what its own steps moved, and its age, are no matter.

    Raises:
        Void: when it is over.
        NotNow: when it cannot be told, or not run, at this moment.
    """
    try:
        proposal = read_proposal(kept.proposal, kept.digest)
        decisions = signer.all_opened(signed, kept.id, kept.digest)
    except Refused as forged:
        raise Void(forged.message, "revoke") from None
    if proposal.id != kept.id:
        raise Void("the proposal is of another change", "revoke")
    try:
        if not again:
            check_valid(proposal, force, ledger.clock.now())
            if ledger.claimed_on_record(kept.digest, proposal.record):
                raise Void("the record says that this was executed before", "revoke")
        check_requesters(proposal, force)
        lacking = missing(proposal, decisions, force)
        if lacking:
            raise Void(f"the quorum does not hold any more: {lacking}", "revoke")
        return _seen(proposal, force, doors, again=again)
    except Unreachable as error:
        raise NotNow(error.message) from None


def _seen(proposal: Proposal, force: Force, doors: Doors, *, again: bool) -> Ready:
    action = find_action(proposal.action)
    args = action.parse(proposal.args)
    door = doors.open(proposal.target.cluster)
    previewer = door.previewer
    if proposal.source == "replay" or previewer is None:
        raise Void("this was proposed on a replay: it can never run on a cluster", "revoke")
    ready = Ready(proposal, action, args, door, force, owned_allowed(force.changes, force.case_of(proposal)))
    if again:
        return ready
    asking = force.canonical(proposal.requesters[0])
    try:
        seen = action.look(args, door.sight)
        door.rights.check(asking, sorted(force.groups_of(asking)), needed(action, args, seen))
        preview = action.preview(args, door.sight, previewer, allow_owned=ready.owned)
    except NothingToDo as error:
        raise Void(error.message, "stale") from None
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
    return ready


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
