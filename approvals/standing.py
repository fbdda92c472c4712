"""Whether a proposal still stands: everything that is looked at when somebody decides, and all of it again at execution.

Guarantee: what holds is held against the rules, groups and people as they are now, never as they were; whatever cannot
be told now holds nothing up for good, and lets nothing through.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from interlock.approvals.decisions import Decision
from interlock.approvals.force import Force, what_of
from interlock.approvals.proposal import Proposal
from interlock.core.errors import InterlockError
from interlock.core.identity import PrincipalKind
from interlock.core.policy.ask import Act
from interlock.core.policy.changes import Need, frozen, met, need, over_cap

HOUR = timedelta(hours=1)


class Void(InterlockError):
    """The proposal is over; `event` is how."""

    def __init__(self, message: str, event: Literal["expire", "revoke", "deny", "stale"]) -> None:
        super().__init__(message, hint="request the change again")
        self.event: Literal["expire", "revoke", "deny", "stale"] = event


class NotNow(InterlockError):
    """The proposal stands, but may not run at this moment."""


def check_valid(proposal: Proposal, force: Force, now: datetime) -> None:
    """Nothing about the proposal itself has run out.

    Raises:
        Void: when it has expired, or was made under other rules.
    """
    if now >= proposal.expires_at:
        raise Void(f"the proposal expired {proposal.expires_at:%Y-%m-%d %H:%M} UTC", "expire")
    if (proposal.policy, proposal.solo) != (force.version, force.solo):
        raise Void("the policy changed after this was proposed", "revoke")


def check_requesters(proposal: Proposal, force: Force) -> None:
    """Who asked may still ask.

    Raises:
        Void: when policy no longer lets them.
        Unreachable: when the policy cannot tell.
    """
    who, what = force.canonical(proposal.requesters[0]), what_of(proposal)
    kind: PrincipalKind = "service" if proposal.automated else "person"
    acts: tuple[Act, ...] = ("request", "breakGlass") if proposal.break_glass else ("request",)
    for act in acts:
        if not force.allows(who, act, what, kind=kind):
            raise Void(f"its requester may no longer {act} {proposal.action} there", "revoke")


def missing(proposal: Proposal, decisions: Sequence[Decision], force: Force) -> str | None:
    """What of the quorum is missing now, in a sentence; None when it holds.

    Raises:
        Void: when somebody denied it.
        Unreachable: when the policy cannot tell who may decide.
    """
    denied = next((each for each in decisions if each.verdict == "deny"), None)
    if denied:
        raise Void(f"it was denied: {denied.reason}", "deny")
    asked = {force.canonical(each) for each in proposal.requesters}
    people = {force.canonical(each.alias or each.principal) for each in decisions}
    counted = {
        who: force.groups_of(who)
        for who in sorted(people)
        if (proposal.solo or who not in asked) and force.allows(who, "decide", what_of(proposal))
    }
    return met(need_of(proposal, force), counted)


def need_of(proposal: Proposal, force: Force) -> Need:
    """Who has to agree, by the rules as they are now."""
    return need(force.changes, force.case_of(proposal))


def check_moment(proposal: Proposal, force: Force, now: datetime, executed: Sequence[datetime]) -> None:
    """This may run at this moment.

    Raises:
        NotNow: in a freeze, or when as much has run as may.
    """
    case = force.case_of(proposal)
    freeze = frozen(force.changes, case, now)
    if freeze:
        until = f" until {freeze.until:%Y-%m-%d %H:%M} UTC" if freeze.until else ""
        raise NotNow(f"{freeze.name} freezes such changes{until}")
    over = over_cap(force.changes, case, executed, now)
    if over:
        raise NotNow(over)
