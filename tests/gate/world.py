"""The gate with real parts (store, record, policy bundle, key) and a board for a cluster: several people, several executors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from gate.board import Board, DryRuns, Writes

from interlock.approvals.changes import Change
from interlock.approvals.decisions import Decider, SaidOf, Signer
from interlock.approvals.desk import Desk
from interlock.approvals.doors import Door
from interlock.approvals.executor import Credentials, Executor
from interlock.approvals.ledger import Ledger
from interlock.approvals.live import LiveRules
from interlock.approvals.office import Office
from interlock.approvals.rights import Access
from interlock.approvals.sight import Sight
from interlock.approvals.worker import Worker
from interlock.core.audit import AuditLog
from interlock.core.audit.keys import open_key
from interlock.core.clusters.http import Endpoint
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import Refused, UnknownName
from interlock.core.identity import Principal
from interlock.core.identity.people import People
from interlock.core.redaction import Redactor
from interlock.core.settings import Settings
from interlock.core.store import Store
from interlock.core.surroundings import Dependant, Owner

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PEOPLE = {
    "oidc:ana": ("slack:T1/ANA", "local:ana"),
    "oidc:ben": ("slack:T1/BEN", "local:ben"),
    "oidc:cho": (),
    "oidc:dan": (),
    "oidc:eve": (),
}
HEADER: dict[str, Any] = {
    "version": 1,
    "name": "test",
    "second_signature": "off",
    "environments": {"live": {"clusters": ["prod"]}},
    "groups": {"sre": ["oidc:ana", "oidc:ben", "oidc:cho", "oidc:dan"], "owners": ["oidc:cho"]},
    "changes": {},
}
RULES = """
@id("sre-read") permit (principal in Interlock::Group::"sre", action == Interlock::Action::"read", resource);
@id("sre-request") permit (principal in Interlock::Group::"sre", action == Interlock::Action::"request", resource);
@id("sre-decide") permit (principal in Interlock::Group::"sre", action == Interlock::Action::"decide", resource);
@id("sre-glass") permit (principal in Interlock::Group::"sre", action == Interlock::Action::"breakGlass", resource);
@id("bot-request") permit (principal == Interlock::Service::"service:bot", action == Interlock::Action::"request", resource);
"""


@dataclass
class Moving:
    """A clock that a test moves."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Around:
    """Surroundings that a test says."""

    owned: dict[str, Owner] = field(default_factory=dict)

    def owner(self, cluster: str, subject: KubeObject) -> Owner | None:
        return self.owned.get(subject.name)

    def dependants(self, cluster: str, subject: KubeObject) -> Sequence[Dependant]:
        return ()


@dataclass
class Allowed:
    """The cluster's own reviews: who may not."""

    refused: set[str] = field(default_factory=set)
    asked: list[tuple[str, tuple[Access, ...]]] = field(default_factory=list)

    def check(self, requester: str, groups: Sequence[str], needed: Sequence[Access]) -> None:
        self.asked.append((requester, tuple(needed)))
        if requester in self.refused:
            raise Refused(f"the cluster does not let {requester}", rule="cluster-rights")


class World:
    """One gate. `executors` share its store; `board` is the cluster `prod`."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        *,
        solo: bool = False,
        header: dict[str, Any] | None = None,
        clock: Moving | None = None,
    ) -> None:
        self.store = store
        self.folder = folder
        self.clock = clock or Moving()
        self.board = Board()
        self.around = Around()
        self.rights = Allowed()
        self.recorded: set[str] = set()
        self.waits = False
        self.audit = AuditLog(store, self.clock)
        self.signer = Signer(open_key(folder / "approvals.key"))
        self.redactor = Redactor()
        self.solo = solo
        self.bundle(header or HEADER)
        self.ledger = Ledger(store, self.audit, self.clock)
        self.restart(PEOPLE)

    def restart(self, people: Mapping[str, Sequence[str]]) -> None:
        """Go on as a process whose settings say who is whom."""
        self.people = People(people)
        settings = Settings({"policy": {"bundle": str(self.folder / "policy")}})
        self.rules = LiveRules(settings, self.store, self.audit, self.clock, self.people, solo=self.solo)
        self.desk = Desk(self.ledger, self.rules, self.redactor, asked=self._proposed)
        self.office = Office(self.ledger, self.desk, self.rules, self, self.signer, self.redactor)
        self.executor = self.another()

    def _proposed(self, id: str) -> Change:
        return self.desk.change(id) if self.waits else self.office.propose(id)

    def bundle(self, header: dict[str, Any], rules: str = RULES) -> None:
        """Write the policy, in place of what there is."""
        folder = self.folder / "policy"
        folder.mkdir(exist_ok=True)
        (folder / "policy.yaml").write_text(yaml.safe_dump(header))
        (folder / "rules.cedar").write_text(rules)

    def changes(self, **changes: Any) -> None:
        """Write the policy with these rules of changes."""
        self.bundle({**HEADER, "changes": changes})

    def open(self, cluster: str) -> Door:
        """The doors of the gate."""
        if cluster not in {self.board.name, *self.recorded}:
            raise UnknownName("cluster", cluster, [self.board.name])
        sight = Sight(self.clock, self.around, self.board)
        previewer = None if cluster in self.recorded else DryRuns(self.board)
        return Door(sight, self.rights, previewer)

    def another(self, **more: Any) -> Executor:
        """One more executor on the same store."""
        return Executor(
            self.ledger,
            more.pop("rules", self.rules),
            more.pop("doors", self),
            self.signer,
            more.pop("credentials", lambda _: Credentials(Endpoint("http://127.0.0.1:1"))),
            self.redactor,
            verify_within=more.pop("verify_within", timedelta(seconds=0)),
            mutator=more.pop("mutator", lambda _: Writes(self.board)),
            **more,
        )

    def worker(self) -> Worker:
        """A worker, not started."""
        import threading

        return Worker(self.ledger, self.office, self.executor, every=60, stop=threading.Event())

    def who(self, name: str, surface: str = "web") -> Principal:
        """A person, by the name before the alias."""
        return Principal(f"oidc:{name}", surface=surface)

    def decider(self, name: str, *, age: float = 0, channel: str = "web", alias: str = "") -> Decider:
        """Somebody freshly signed in."""
        presented = Principal(alias or f"oidc:{name}", surface=channel)
        at = self.clock.now() - timedelta(seconds=age)
        return Decider(self.people.identified(presented), at, "", channel)  # type: ignore[arg-type]

    def scale(self, by: str = "ana", replicas: int = 2, **more: Any) -> Change:
        """Ask for the Deployment `web` to be scaled."""
        args = {
            "cluster": "prod",
            "namespace": "shop",
            "kind": "Deployment",
            "name": "web",
            "replicas": replicas,
        }
        return self.desk.request(self.who(by), "scale", args, reason="load is low", **more)

    def say(self, name: str, change: Change, verdict: SaidOf = "approve", **more: Any) -> Change:
        """Somebody decides what they are shown."""
        shown = self.desk.change(change.id)
        return self.office.decide(self.decider(name, **more), change.id, shown.digest, verdict, "looks right")

    def approved(self, by: str = "ana", *others: str, **more: Any) -> Change:
        """A change that is approved and not executed."""
        change = self.scale(by, **more)
        for other in others or ("ben",):
            change = self.say(other, change)
        return change

    def state(self, change: Change) -> str:
        return self.desk.change(change.id).state


def renamed(change: Change, **values: Any) -> Change:
    """The same with other values."""
    return replace(change, **values)
