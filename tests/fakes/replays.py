"""A replay folder that a test fills, and the types of the fixtures that serve and question it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from interlock.core.clusters.reader import ClusterReads
from interlock.core.replay.manifest import Replay
from interlock.tools.registry import Calls

from .kube_api import KubeApi

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Json = dict[str, Any]
Make: TypeAlias = Callable[..., Json]
MakeCalls: TypeAlias = Callable[..., Calls]
Serve: TypeAlias = Callable[[Replay | KubeApi], ClusterReads]


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
