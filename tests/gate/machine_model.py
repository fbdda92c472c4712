"""What must be so of a change, reckoned from the world alone: who asked, who agreed, what rules, what object, what time.

Nothing of the gate is called here. The model is told what is on record (that something happened) and holds it against the
people, roles, rules, clock and objects that the test itself set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gate.board import Board, Key

HOUR = timedelta(hours=1)
KINDS = {"scale": "deployments.apps", "annotate": "deployments.apps", "evict-pod": "pods", "drain": "nodes"}
LOGIN = {"low": 8 * 3600, "medium": 3600, "high": 300}


@dataclass(frozen=True)
class Rulebook:
    """The rules of changes, as the test writes them into the bundle and as the model reads them."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    rules: str = ""
    quorum: int = 1
    """Of medium risk."""
    owners: bool = False
    """One of the owners has to agree."""
    frozen: tuple[tuple[datetime, datetime], ...] = ()
    hourly: int = 20
    minutes: int = 60
    """How long a proposal holds."""
    banned: str = ""
    """Who may not decide."""


@dataclass
class Case:
    """One change as the test knows it."""

    action: str
    args: Mapping[str, Any]
    asked: frozenset[str]
    """Everybody who fed it, by the id they came by and by the canonical one at the time."""
    first: str
    automated: bool
    glass: bool
    id: str = ""
    state: str = "REQUESTED"
    digest: str = ""
    book: Rulebook | None = None
    expires: datetime | None = None
    snapshots: list[object] = field(default_factory=list)
    plan: frozenset[str] = frozenset()
    yes: set[str] = field(default_factory=set)
    """By the ids they came by."""
    denied: bool = False
    forged: bool = False
    """Its proposal is not the one that was made."""
    spoiled: bool = False
    """Somebody wrote a decision that nobody made: whatever else speaks for it."""
    bent: bool = False
    """Its row was put back after it had ended."""
    claims: int = 0
    claimed_at: datetime | None = None
    sent: list[str] = field(default_factory=list)
    landed: list[Key] = field(default_factory=list)
    stopped: bool = False
    """Halted or cancelled after it was claimed: no further step may begin."""
    nothing: bool = False
    """It is on record that it changed nothing."""

    @property
    def risk(self) -> str:
        """By its kind."""
        if self.action == "scale":
            return "medium" if self.args["replicas"] else "high"
        return {"annotate": "low", "evict-pod": "medium", "drain": "high"}[self.action]

    @property
    def key(self) -> Key:
        """The object it is about."""
        return KINDS[self.action], self.args.get("namespace", ""), self.args["name"]


@dataclass
class Facts:
    """The world as the test set it."""

    board: Board
    now: Callable[[], datetime]
    aliases: dict[str, str] = field(default_factory=dict)
    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    book: Rulebook = field(default_factory=lambda: Rulebook("plain"))
    halted: bool = False
    silent: bool = False
    """The directory does not answer."""
    unfit: set[str] = field(default_factory=set)
    """Whom the cluster itself does not let."""
    owned: set[str] = field(default_factory=set)
    """Objects that GitOps keeps."""
    claims: list[tuple[str, datetime]] = field(default_factory=list)

    def canonical(self, id: str) -> str:
        """The one id of a person."""
        return self.aliases.get(id, id)

    def may_decide(self, person: str) -> bool:
        """By role and by rule."""
        return "sre" in self.roles.get(person, frozenset()) and person != self.book.banned

    def may_ask(self, case: Case) -> bool:
        """Whether who asked may still."""
        if case.automated:
            return True
        return "sre" in self.roles.get(self.canonical(case.first), frozenset())

    def quorum(self, case: Case) -> int:
        """How many have to agree now."""
        base = {"low": 1, "medium": self.book.quorum, "high": 2}[case.risk]
        return max(base, 2 if case.automated or case.glass else 1)

    def requesters(self, case: Case) -> set[str]:
        """Everybody who fed it, as people are known now."""
        return {self.canonical(each) for each in case.asked}

    def agreed(self, case: Case) -> list[str]:
        """What is missing of the quorum now; empty when it holds."""
        mine = {self.canonical(each) for each in case.yes} - self.requesters(case)
        count = {each for each in mine if self.may_decide(each)}
        said = [] if len(count) >= self.quorum(case) else [f"only {sorted(count)} agreed"]
        if self.book.owners and not any("owners" in self.roles.get(each, frozenset()) for each in count):
            said.append("no owner agreed")
        if case.denied:
            said.append("denied")
        if not self.may_ask(case):
            said.append("its requester may not ask any more")
        return said

    def against(self, case: Case, *, moved: bool = True) -> list[str]:
        """Everything that speaks against executing it at this moment."""
        now, said = self.now(), self.agreed(case)
        facts = {
            "forged": case.forged,
            "executed before": bool(case.claims),
            "expired": case.expires is None or now >= case.expires,
            "made under other rules": case.book is None or case.book.name != self.book.name,
            "halted": self.halted,
            "frozen": self.freezes(case, now),
            "over the cap": self.made_lately(now) >= self.book.hourly,
            "not let by the cluster": self.canonical(case.first) in self.unfit,
            "kept by GitOps": case.key[2] in self.owned,
            "the directory is silent": self.silent,
            "moved": moved and self.look(case) not in case.snapshots,
        }
        return said + [name for name, holds in facts.items() if holds]

    def freezes(self, case: Case, now: datetime) -> bool:
        """Whether a freeze holds."""
        return any(since <= now < until for since, until in self.book.frozen) and not case.glass

    def made_lately(self, now: datetime) -> int:
        """Executions within the hour."""
        return sum(at > now - HOUR for _, at in self.claims)

    def look(self, case: Case) -> object:
        """Identity and the fields that the change depends on, straight from the objects."""
        held = self.board.objects.get(case.key)
        if held is None:
            return None
        meta = held["metadata"]
        read: Any = {
            "scale": lambda: held["spec"].get("replicas"),
            "annotate": lambda: meta["annotations"].get("note"),
            "evict-pod": lambda: held["spec"]["nodeName"],
            "drain": lambda: (
                bool(held["spec"].get("unschedulable")),
                *sorted(self.pods_on(case.args["name"])),
            ),
        }[case.action]()
        return meta["uid"], meta["generation"], read

    def pods_on(self, node: str) -> frozenset[str]:
        """The uids of a node's pods."""
        return frozenset(
            held["metadata"]["uid"]
            for (kind, _, _), held in self.board.objects.items()
            if kind == "pods" and held["spec"].get("nodeName") == node
        )

    def there(self, case: Case) -> bool:
        """Whether what was asked for is how it is."""
        held = self.board.objects.get(case.key)
        if case.action == "evict-pod":
            return held is None
        assert held is not None
        if case.action == "scale":
            return bool(held["spec"]["replicas"] == case.args["replicas"])
        if case.action == "annotate":
            return bool(held["metadata"]["annotations"].get("note") == case.args["annotations"]["note"])
        return bool(held["spec"].get("unschedulable")) and not (self.pods_on(case.args["name"]) & case.plan)
