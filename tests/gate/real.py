"""The gate before a real API server with its controllers: the real mutator, real access reviews, a kubelet by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from acting.stage import NAME, Stage, credential, reader
from cluster.harness import KubeCluster
from gate.world import HEADER, PEOPLE, Moving, World

from interlock.approvals.changes import Change
from interlock.approvals.doors import Door
from interlock.approvals.executor import Credentials, Executor
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.previewer import ClusterPreviewer
from interlock.approvals.rights import Reviewed
from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.store import Store

RBAC = "rbac.authorization.k8s.io/v1"
TWO = [{"name": "two", "quorum": 2}]


@dataclass
class Running(Moving):
    """The machine's time, which a test may move on."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def pass_by(self, **time: float) -> None:
        self.ahead += timedelta(**time)


class Kubelet(threading.Event):
    """What an executor waits with: while it waits, the kubelet and whoever else is asked to do their work."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.also: list[Callable[[], object]] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.stage.tick(0)
        for work in self.also:
            work()
        return self.is_set()


class RealWorld(World):
    """One gate before one namespace of the real server. Every change needs two people."""

    def __init__(self, store: Store, folder: Path, stage: Stage, alertmanager: str = "") -> None:
        self.stage = stage
        self.kubelet = Kubelet(stage)
        self.alertmanager = Endpoint(alertmanager) if alertmanager else None
        pki = stage.cluster.root / "pki"
        login = (str(pki / "admin.crt"), str(pki / "admin.key"))
        admin = Endpoint(stage.cluster.url, ca_file=str(stage.cluster.ca_file), client_cert=login)
        self.reviews = HttpTransport(admin)
        header = {**HEADER, "environments": {"live": {"clusters": [NAME]}}, "changes": {"rules": TWO}}
        super().__init__(store, folder, header=header, clock=Running())

    def open(self, cluster: str) -> Door:
        """The door to the real server."""
        sight = replace(self.stage.sight, clock=self.clock)
        return Door(sight, Reviewed(self.reviews.review, users(self.stage.namespace)), self.stage.previewer)

    def another(self, **more: Any) -> Executor:
        """An executor with the real mutator."""
        held = Credentials(self.stage.endpoint, self.alertmanager)
        options = {"verify_within": timedelta(seconds=25), "stop": self.kubelet} | more
        return Executor(self.ledger, self.rules, self, self.signer, lambda _: held, self.redactor, **options)

    def ask(self, name: str, given: Mapping[str, Any], by: str = "ana") -> Change:
        """Ask for a change."""
        return self.desk.request(self.who(by), name, given, reason="the runbook says so")

    def agreed(self, asked: Change, *people: str) -> Change:
        """Two people approve what was asked for."""
        assert asked.state == "PROPOSED", asked.note
        for who in people or ("ben", "cho"):
            asked = self.say(who, asked)
        assert asked.state == "APPROVED", asked.note
        return asked

    def done(self, asked: Change) -> Change:
        """Two people approve it, and it is carried out."""
        agreed = self.agreed(asked)
        self.executor.run(agreed.id)
        return self.desk.change(agreed.id)

    def states(self, change: Change) -> list[str]:
        """Every state it was in, in order."""
        return [each.state for each in self.ledger.history(change.id)]

    def close(self) -> None:
        """Close the connections."""
        self.reviews.close()


@contextmanager
def real_stage(cluster: KubeCluster, namespace: str) -> Iterator[Stage]:
    """A namespace with the credential that the permits say; the people of the gate hold the same rights."""
    endpoint = credential(cluster, namespace)
    people(cluster, namespace, *users(namespace).values())
    with (
        closing(reader(cluster)) as reads,
        closing(HttpMutator(endpoint)) as mutator,
        closing(ClusterPreviewer(endpoint)) as previewer,
    ):
        stage = Stage(cluster, namespace, endpoint, reads, mutator, previewer)
        yield stage
        stage.clear()


def users(namespace: str) -> dict[str, str]:
    """The people as users of the cluster: in each namespace others, so that no test gives rights to another's."""
    return {person: f"{person.removeprefix('oidc:')}@{namespace}" for person in PEOPLE}


def people(cluster: KubeCluster, namespace: str, *users: str) -> None:
    """Let these users, and nobody else, do what the permits say."""
    role = f"interlock-{namespace}"
    subjects = [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"} for user in users]
    cluster.apply(
        {
            "apiVersion": RBAC,
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"people-{namespace}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": subjects,
        }
    )
