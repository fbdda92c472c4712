"""Calls through the real registry, over replays served by the real replay server, with a store of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from fakes.kube_api import KubeApi, Served
from fakes.replays import NOW, Json, Make, MakeCalls, Serve, Tree

from interlock.core.audit import AuditLog
from interlock.core.clock import Clock, FixedClock
from interlock.core.clusters.connect import from_url
from interlock.core.clusters.reader import ClusterReads
from interlock.core.identity import Principal
from interlock.core.policy import LocalReadPolicy
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import serve
from interlock.core.store import Store, open_default
from interlock.core.store.evidence import EvidenceStore
from interlock.tools.registry import Calls, Wiring

ANA = Principal("local:ana")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite store."""
    opened = open_default(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def calls(store: Store) -> MakeCalls:
    """Makes the door to the tools from a cluster reader, backends and a clock."""

    def make(*backends: object, cluster: ClusterReads | None = None, clock: Clock | None = None) -> Calls:
        clock = clock or FixedClock(NOW)
        wiring = Wiring(
            policy=LocalReadPolicy(),
            redactor=Redactor(),
            clock=clock,
            clusters={cluster.name: cluster} if cluster else {},
            default_cluster=cluster.name if cluster else "",
            backends=backends,
            evidence=EvidenceStore(store),
            audit=AuditLog(store, clock),
        )
        return Calls(wiring, ANA, "conversation-1")

    return make


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An empty replay folder."""
    return Tree(tmp_path / "replay")


@pytest.fixture
def served() -> Iterator[Serve]:
    """Serves replays and fakes over HTTP and gives readers of them; every server stops with the test."""
    with ExitStack() as stack:

        def start(what: Replay | KubeApi) -> ClusterReads:
            fake = isinstance(what, KubeApi)
            url = stack.enter_context(Served(what)) if fake else stack.enter_context(serve(what)).url
            return stack.enter_context(closing(from_url("toy", url)))

        yield start


VERSIONS = {
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "ControllerRevision": "apps/v1",
    "Job": "batch/v1",
}


@pytest.fixture
def make_object() -> Make:
    """Makes a Kubernetes object with the metadata every object has."""

    def make(kind: str, name: str, namespace: str = "shop", **parts: Any) -> Json:
        metadata: Json = {"name": name, "uid": f"uid-{kind}-{name}", "resourceVersion": "7"}
        metadata["creationTimestamp"] = "2026-03-02T10:00:00Z"
        metadata |= {"namespace": namespace} if namespace else {}
        metadata |= parts.pop("metadata", {})
        return {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, **parts}

    return make


@pytest.fixture
def make_pod(make_object: Make) -> Make:
    """Makes a pod with one container in a given state; by default one that runs and is ready."""

    def make(name: str, namespace: str = "shop", state: Json | None = None, **status: Any) -> Json:
        running = {"running": {"startedAt": "2026-03-02T10:00:05Z"}}
        container = {
            "name": "api",
            "ready": state is None,
            "restartCount": 0,
            "state": state or running,
            **status,
        }
        spec = {"nodeName": "node-1", "containers": [{"name": "api", "image": "shop/api:1.4"}]}
        whole = {"phase": "Running", "containerStatuses": [container]}
        return make_object("Pod", name, namespace, spec=spec, status=whole)

    return make
