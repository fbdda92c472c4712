"""A recorded cluster that holds the questions' live objects, as a deployment of their code would show them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

NOW = "2026-11-20T09:00:00Z"
_GROUPS = {
    "Deployment": ("apps/v1", "deployments.apps"),
    "DaemonSet": ("apps/v1", "daemonsets.apps"),
    "StatefulSet": ("apps/v1", "statefulsets.apps"),
    "Pod": ("v1", "pods"),
    "ConfigMap": ("v1", "configmaps"),
    "Namespace": ("v1", "namespaces"),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", "rolebindings.rbac.authorization.k8s.io"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets.policy"),
    "ServiceMonitor": ("monitoring.coreos.com/v1", "servicemonitors.monitoring.coreos.com"),
    "ClusterRole": ("rbac.authorization.k8s.io/v1", "clusterroles.rbac.authorization.k8s.io"),
    "APIService": ("apiregistration.k8s.io/v1", "apiservices.apiregistration.k8s.io"),
    "CustomResourceDefinition": (
        "apiextensions.k8s.io/v1",
        "customresourcedefinitions.apiextensions.k8s.io",
    ),
}


class Owner(TypedDict):
    """An owner reference."""

    apiVersion: str
    kind: str
    name: str


class Live(TypedDict, total=False):
    """An object as questions.yaml writes it."""

    kind: str
    name: str
    namespace: str
    labels: dict[str, str]
    annotations: dict[str, str]
    owners: list[Owner]


def write(folder: Path, objects: Iterable[Live]) -> Path:
    """Write a replay of these objects."""
    held: dict[Path, list[dict[str, object]]] = {}
    listed = list(objects)
    spaces: list[Live] = [
        {"kind": "Namespace", "name": n} for n in sorted({o.get("namespace", "") for o in listed} - {""})
    ]
    for item in [*spaces, *listed]:
        version, resource = _GROUPS[item["kind"]]
        file = folder / "cluster" / item.get("namespace", "") / f"{resource}.json"
        held.setdefault(file, []).append(
            {"apiVersion": version, "kind": item["kind"], "metadata": _metadata(item)}
        )
    for file, items in held.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        head = items[0]
        file.write_text(
            json.dumps(
                {
                    "apiVersion": head["apiVersion"],
                    "kind": f"{head['kind']}List",
                    "metadata": {"resourceVersion": "1"},
                    "items": items,
                }
            )
        )
    (folder / "replay.yaml").write_text(f"now: {NOW}\ncluster: cluster\n")
    return folder


def _metadata(item: Live) -> dict[str, object]:
    meta: dict[str, object] = {
        "name": item["name"],
        "uid": f"uid-{item['kind']}-{item['name']}".lower(),
        "resourceVersion": "1",
    }
    meta |= {key: item[key] for key in ("namespace", "labels", "annotations") if key in item}
    if owners := item.get("owners"):
        meta["ownerReferences"] = [
            {**o, "uid": f"uid-{o['kind']}-{o['name']}".lower(), "controller": True} for o in owners
        ]
    return meta
