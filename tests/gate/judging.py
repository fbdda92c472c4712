"""A proposal, the rules in force and people, as plain values: what judges a change is tested without a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from interlock.approvals.canonical import Digest
from interlock.approvals.decisions import Decider, Decision
from interlock.approvals.force import Force
from interlock.approvals.proposal import Proposal
from interlock.approvals.words import Preconditions, Target
from interlock.core.identity import Principal
from interlock.core.identity.people import Identified
from interlock.core.policy.ask import FAILED, Ask, Ruling
from interlock.core.policy.changes import Changes

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FOUR = ("ana", "ben", "cho", "dan")
ALIASES = {"slack:ana": "ana", "slack:ben": "ben"}


@dataclass
class Says:
    """A policy that allows these people these acts, fails for those, and keeps what it was asked."""

    may: dict[str, set[str]] = field(default_factory=lambda: {who: {"request", "decide"} for who in FOUR})
    fails: set[str] = field(default_factory=set)
    asked: list[tuple[Principal, Ask]] = field(default_factory=list)
    by_namespace: bool = False

    def rule(self, principal: Principal, ask: Ask) -> Ruling:
        self.asked.append((principal, ask))
        if principal.id in self.fails:
            return Ruling(allowed=False, rule=FAILED)
        allowed = ask.act in self.may.get(principal.id, ())
        return Ruling(allowed, "permit" if allowed else "no-permit")


def force(
    policy: Says | None = None,
    changes: Mapping[str, Any] | None = None,
    groups: Mapping[str, set[str]] | None = None,
    **values: Any,
) -> Force:
    """The rules in force: the four may request and decide, `prod` is in `live`."""
    held = groups or {}
    known: Callable[[str], bool] = lambda who: who in {*FOUR, *ALIASES}  # noqa: E731
    made = Force(
        policy=policy or Says(),
        changes=Changes.model_validate(changes or {}),
        version="v1",
        groups_of=lambda who: frozenset(held.get(who, ())),
        environments_of=lambda cluster: frozenset({"live"} if cluster == "prod" else ()),
        canonical=lambda who: ALIASES.get(who, who),
        known=known,
    )
    return replace(made, **values)


PROPOSAL = Proposal(
    id="chg-1",
    action="scale",
    args={"replicas": 2},
    target=Target("prod", "deployments.apps", "shop", "web"),
    risk="medium",
    source="dry run",
    preconditions=Preconditions("uid-1", 3, Digest("f" * 64)),
    diff=Digest("d" * 64),
    pods=3,
    requesters=("ana",),
    automated=False,
    break_glass=False,
    owned=False,
    solo=False,
    policy="v1",
    record=7,
    made_at=NOW,
    expires_at=NOW + timedelta(hours=1),
    nonce="n" * 32,
)


def proposal(**values: Any) -> Proposal:
    """A proposal of Ana's, with other values."""
    return replace(PROPOSAL, **values)


def decision(who: str, verdict: Any = "approve", **values: Any) -> Decision:
    """What one person decided of it."""
    made = Decision("chg-1", PROPOSAL.digest, who, verdict, "looks right", NOW, "web", NOW, "mfa")
    return replace(made, **values)


def decider(who: str = "ben", **values: Any) -> Decider:
    """Somebody who just signed in on the page."""
    known = values.pop("known", True)
    kind = values.pop("kind", "person")
    given = Identified(Principal(who, kind, surface="web"), known=known, alias=f"oidc:{who}")
    return replace(Decider(given, NOW, "mfa", "web"), **values)
