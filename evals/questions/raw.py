"""Reads the raw JSON of a replay with plain Python, for the oracle. Imports nothing of the product."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

Raw = dict[str, Any]
ENDED = ("Succeeded", "Failed")
NOW = datetime.fromisoformat("2026-11-23T10:00:00+00:00")


class Files:
    """The raw objects by resource."""

    def __init__(self, folder: Path) -> None:
        self.kinds: dict[str, list[Raw]] = {}
        for path in sorted((folder / "cluster").rglob("*.json")):
            if path.name != "recorded.json":
                kind = path.name.split(".")[0]
                self.kinds.setdefault(kind, []).extend(json.loads(path.read_text())["items"])

    def __getitem__(self, kind: str) -> list[Raw]:
        return self.kinds.get(kind, [])

    def of(self, kind: str, namespace: str) -> list[Raw]:
        """Those of one namespace."""
        return [item for item in self[kind] if space(item) == namespace]

    def one(self, kind: str, name: str, namespace: str = "") -> Raw:
        """The only one so called."""
        found = [i for i in self[kind] if i["metadata"]["name"] == name and namespace in ("", space(i))]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} {kind} are called {name}")
        return found[0]


def space(item: Raw) -> str:
    """Its namespace."""
    return str(item["metadata"].get("namespace", ""))


def full(item: Raw) -> str:
    """`namespace/name`, or the name."""
    name = str(item["metadata"]["name"])
    return f"{space(item)}/{name}" if space(item) else name


def names(items: list[Raw]) -> set[str]:
    """Their names."""
    return {full(item) for item in items}


def born(item: Raw) -> datetime:
    """When it was created."""
    return datetime.fromisoformat(item["metadata"]["creationTimestamp"])


def word(pod: Raw) -> str:
    """The STATUS column of `kubectl get pods`, for pods with one container."""
    status = pod["status"]
    for container in status.get("containerStatuses", []):
        state = container["state"]
        for key in ("waiting", "terminated"):
            if key in state:
                return str(state[key]["reason"])
    return str(status.get("reason") or status["phase"])


def is_ready(pod: Raw) -> bool:
    """Whether its Ready condition holds."""
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


def restarts(pod: Raw) -> int:
    """Restarts of all its containers."""
    return sum(c["restartCount"] for c in pod["status"].get("containerStatuses", []))


def app(pod: Raw) -> str:
    """Its label `app`."""
    return str(pod["metadata"].get("labels", {}).get("app", ""))


def containers(workload: Raw) -> list[Raw]:
    """Its template's containers."""
    return list(workload["spec"]["template"]["spec"]["containers"])


def images(workload: Raw) -> list[str]:
    """Their images."""
    return [c["image"] for c in containers(workload)]


def says(holder: Raw, kind: str) -> str:
    """The status of a condition."""
    return next((c["status"] for c in holder["status"].get("conditions", []) if c["type"] == kind), "")


def replica_sets(files: Files, name: str, namespace: str) -> list[Raw]:
    """Those of one Deployment, the oldest revision first."""
    found = [
        s for s in files.of("replicasets", namespace) if s["metadata"]["ownerReferences"][0]["name"] == name
    ]
    return sorted(found, key=lambda s: int(s["metadata"]["annotations"]["deployment.kubernetes.io/revision"]))


def owners_since(files: Files, since: timedelta) -> set[str]:
    """Deployments whose newest ReplicaSet is younger."""
    found = set()
    for item in files["deployments"]:
        newest = replica_sets(files, item["metadata"]["name"], space(item))[-1]
        if born(newest) >= NOW - since:
            found.add(full(item))
    return found


def strings(value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Every key with its string value, wherever it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield key, inner
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def refers(spec: Raw, holder: str, key: str, name: str) -> bool:
    """Whether the pod spec holds an object `holder` with `key: name`."""

    def walk(value: Any) -> bool:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            inner = value.get(holder)
            if isinstance(inner, dict) and inner.get(key) == name:
                return True
            return any(walk(v) for v in value.values())
        return isinstance(value, list) and any(walk(v) for v in value)

    return walk(spec)


def uses_secret(spec: Raw, name: str) -> bool:
    """Whether a pod spec names the Secret, as a volume or in the environment."""
    return any(
        refers(spec, holder, key, name)
        for holder, key in (("secret", "secretName"), ("secretKeyRef", "name"), ("secretRef", "name"))
    )


def uses_config(spec: Raw, name: str) -> bool:
    """Whether a pod spec names the ConfigMap, as a volume or in the environment."""
    return any(
        refers(spec, holder, "name", name) for holder in ("configMap", "configMapRef", "configMapKeyRef")
    )


def template_spec(workload: Raw) -> Raw:
    """Its template's pod spec."""
    found: Raw = workload["spec"]["template"]["spec"]
    return found
