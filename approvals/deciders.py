"""Who may decide: a known person, freshly signed in, over an allowed channel, who did not ask for it, and whom policy lets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from interlock.approvals.decisions import Decider, SaidOf
from interlock.approvals.force import Force, what_of
from interlock.approvals.proposal import Proposal
from interlock.approvals.standing import need_of
from interlock.core.errors import NotSignedIn, Refused

SKEW = timedelta(seconds=60)
"""How far a login may seem to lie ahead of our clock."""


def check_decider(
    decider: Decider, proposal: Proposal, force: Force, verdict: SaidOf | Literal["settle"], now: datetime
) -> None:
    """Let somebody decide. To deny, which is the safe way, no fresh login is asked, and no channel is too weak.

    Raises:
        Refused: naming the rule that says no.
        NotSignedIn: when the login is not fresh enough.
    """
    need = need_of(proposal, force)
    check_person(decider, force)
    who = decider.who.principal.id
    if (
        verdict == "approve"
        and not force.solo
        and who in {force.canonical(each) for each in proposal.requesters}
    ):
        raise Refused(
            f"{who} asked for this, or fed the conversation that did",
            rule="own-request",
            hint="somebody else decides; you may take it back",
        )
    force.check(decider.who.principal, "decide", what_of(proposal))
    if verdict == "deny":
        return
    if decider.channel not in need.channels:
        raise Refused(
            f"this is not decided over {decider.channel}, but over {' or '.join(sorted(need.channels))}",
            rule=need.rule,
        )
    check_login(decider, need.login_within, force, now)


def check_person(decider: Decider, force: Force) -> None:
    """Let people decide for whom somebody vouches.

    Raises:
        Refused: for everybody else.
    """
    who = decider.who
    if who.principal.kind != "person" or not who.principal.id:
        raise Refused("only people decide", rule="people-decide")
    if not who.known and not force.solo:
        raise Refused(
            f"nobody vouches for {who.alias}", rule="unmapped", hint="add the person to identity.people"
        )


def check_login(decider: Decider, within: timedelta, force: Force, now: datetime) -> None:
    """Let a login count that is fresh.

    Raises:
        NotSignedIn: for an older one, and where there was none.
    """
    if decider.login_at is None:
        if force.solo:
            return
        raise NotSignedIn("this needs a fresh login", hint="sign in again")
    age = now - decider.login_at
    if age > within or age < -SKEW:
        raise NotSignedIn("the login is not fresh enough for this", hint="sign in again")
