"""Calls through the real registry, over replays served by the real replay server, with a store of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

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

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ANA = Principal("local:ana")
Json = dict[str, Any]
MakeCalls = Callable[..., Calls]


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


@dataclass(frozen=True)
class Tree:
    """A replay folder that a test fills."""

    folder: Path

    def objects(self, namespace: str, resource: str, *items: Json) -> Tree:
        """Record objects of one resource (`pods`, `replicasets.apps`) in a namespace ('' for cluster-scoped)."""
        file = self.folder / "cluster" / namespace / f"{resource}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)}))
        return self

    def log(self, namespace: str, pod: str, name: str, content: bytes) -> Tree:
        """Record the log of a container."""
        file = self.folder / "cluster" / namespace / pod / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return self

    def replay(self, now: datetime = NOW) -> Replay:
        """The replay this folder is."""
        manifest = {"now": now.isoformat(), "cluster": "cluster"}
        (self.folder / "replay.yaml").write_text(yaml.safe_dump(manifest))
        return Replay.load(self.folder)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An empty replay folder."""
    return Tree(tmp_path / "replay")


@pytest.fixture
def served() -> Iterator[Callable[[Replay], ClusterReads]]:
    """Serves replays and gives readers of them; every server stops with the test."""
    with ExitStack() as stack:

        def start(replay: Replay) -> ClusterReads:
            return from_url("toy", stack.enter_context(serve(replay)).url)

        yield start


def made(kind: str, name: str, namespace: str = "shop", **parts: Any) -> Json:
    """A Kubernetes object with the metadata every object has."""
    metadata: Json = {"name": name, "uid": f"uid-{kind}-{name}", "resourceVersion": "7"}
    metadata["creationTimestamp"] = "2026-03-02T10:00:00Z"
    metadata |= {"namespace": namespace} if namespace else {}
    metadata |= parts.pop("metadata", {})
    versions: Mapping[str, str] = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1"}
    return {"apiVersion": versions.get(kind, "v1"), "kind": kind, "metadata": metadata, **parts}


@pytest.fixture
def make_object() -> Callable[..., Json]:
    """Makes a Kubernetes object with the metadata every object has."""
    return made
