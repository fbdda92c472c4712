"""Builds the replay that the sixty questions are asked of: about 300 objects, the same ones each time.

Only raw objects as an API server would hand them out; the answers are nobody's here, `oracle` reads them from the files.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import JsonValue

from interlock.core.clock import format_time
from interlock.core.replay.kinds import BUILT_IN
from interlock.evals.questions import workloads as data
from interlock.evals.questions.builder import NOW, Builder, at, is_ready, owned_by
from interlock.evals.questions.pods import Object, condition, pod, template
from interlock.evals.questions.surroundings import surround
from interlock.evals.questions.workloads import Workload

RECORDED = (
    "namespaces nodes pods services endpoints configmaps secrets events persistentvolumes persistentvolumeclaims "
    "resourcequotas serviceaccounts apps/deployments apps/replicasets apps/statefulsets apps/daemonsets batch/jobs "
    "batch/cronjobs autoscaling/horizontalpodautoscalers networking.k8s.io/ingresses storage.k8s.io/storageclasses"
)


def build(folder: Path) -> Path:
    """Writes the replay and returns its folder."""
    made = Builder()
    _places(made)
    for workload in data.WORKLOADS:
        _workload(made, workload)
    surround(made)
    _write(made, folder)
    return folder


def _places(made: Builder) -> None:
    for name, days in data.NAMESPACES.items():
        made.add("namespaces", "", name, days * 1440, status={"phase": "Active"}, spec={})
        made.add("serviceaccounts", name, "default", days * 1440)
    for space, name in sorted({(w.namespace, w.account) for w in data.WORKLOADS if w.account != "default"}):
        made.add("serviceaccounts", space, name, 100_000)
    for name, kubelet, days, zone, state in data.NODES:
        ready = "False" if state == "notready" else "True"
        role: dict[str, JsonValue] = (
            {"node-role.kubernetes.io/control-plane": ""} if state == "control" else {}
        )
        taints: list[JsonValue] = (
            [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}] if state == "tainted" else []
        )
        spec: Object = {"unschedulable": True} if state == "cordoned" else {}
        made.add(
            "nodes",
            "",
            name,
            days * 1440,
            labels={"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"zone-{zone}", **role},
            spec={**spec, **({"taints": taints} if taints else {})},
            status={
                "conditions": [
                    condition("MemoryPressure", "False", at(9000)),
                    condition("Ready", ready, at(33 if state == "notready" else days * 1440)),
                ],
                "nodeInfo": {"kubeletVersion": kubelet},
                "capacity": {"cpu": "8", "memory": "32Gi", "pods": "110"},
                "allocatable": {"cpu": "7800m", "memory": "30Gi", "pods": "110"},
            },
        )


def _workload(made: Builder, w: Workload) -> None:
    labels: dict[str, JsonValue] = {"app": w.name, "team": w.team, "tier": w.tier}
    ready = sum(is_ready(w, n) for n in range(w.replicas))
    body = template(w, w.image)
    resource = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}[w.kind]
    status: Object = {"replicas": w.replicas, "updatedReplicas": w.replicas, "readyReplicas": ready}
    if w.kind == "DaemonSet":
        status = {
            "desiredNumberScheduled": w.replicas,
            "currentNumberScheduled": w.replicas,
            "numberReady": ready,
        }
        status |= {"numberAvailable": ready, "updatedNumberScheduled": w.replicas}
    elif w.kind == "Deployment":
        status |= {"availableReplicas": ready, "unavailableReplicas": w.replicas - ready}
    spec: Object = {"selector": {"matchLabels": {"app": w.name}}, "template": body}
    if w.kind != "DaemonSet":
        spec["replicas"] = w.replicas
    revision: dict[str, JsonValue] = (
        {"deployment.kubernetes.io/revision": "2"} if w.kind == "Deployment" else {}
    )
    top = made.add(
        resource,
        w.namespace,
        w.name,
        w.hours * 60,
        labels=labels,
        annotations=revision,
        spec=spec,
        status=status,
    )
    owner, stem = top, w.name
    if w.kind == "Deployment":
        owner = _replica_sets(made, w, top, labels)
        meta = owner["metadata"]
        assert isinstance(meta, dict)
        stem = str(meta["name"])
    for number in range(w.replicas):
        name = f"{w.name}-{number}" if w.kind == "StatefulSet" else f"{stem}-{made.letters(5)}"
        born = min(w.rolled_minutes, w.hours * 60) - number * 0.5
        kind = "ReplicaSet" if w.kind == "Deployment" else w.kind
        place = made.node_for(w, number)
        inside = pod(w, number, place, at(born), at)
        made.add(
            "pods", w.namespace, name, born, labels=labels, ownerReferences=owned_by(kind, owner), **inside
        )


def _replica_sets(made: Builder, w: Workload, top: Object, labels: dict[str, JsonValue]) -> Object:
    newest: Object = {}
    for revision, image, minutes in ((1, w.before, w.hours * 60 - 1), (2, w.image, w.rolled_minutes)):
        count = w.replicas if revision == 2 else 0
        newest = made.add(
            "replicasets",
            w.namespace,
            f"{w.name}-{made.letters(9)}",
            min(minutes, w.hours * 60),
            labels=labels,
            annotations={"deployment.kubernetes.io/revision": str(revision)},
            ownerReferences=owned_by("Deployment", top),
            spec={
                "replicas": count,
                "selector": {"matchLabels": {"app": w.name}},
                "template": template(w, image),
            },
            status={"replicas": count},
        )
    return newest


def _write(made: Builder, folder: Path) -> None:
    cluster = folder / "cluster"
    kinds = [BUILT_IN[_key(name)] for name in RECORDED.split()]
    for (resource, space), items in made.objects.items():
        kind = next(k for k in kinds if k.plural == resource)
        place = cluster / space / f"{kind.qualified}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        full = [{"apiVersion": kind.group_version, "kind": kind.kind, **item} for item in items]
        place.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": full}, indent=1))
    account = {
        "formatVersion": 1,
        "version": {"gitVersion": "v1.29.6", "major": "1", "minor": "29"},
        "namespaces": sorted(data.NAMESPACES),
        "resources": [
            {"group": k.group, "version": k.version, "kind": k.kind, "plural": k.plural, "singular": k.kind.lower(),
             "namespaced": k.namespaced, "shortNames": list(k.short_names), "namespaces": None} for k in kinds
        ],
        "notRecorded": [],
    }  # fmt: skip
    (cluster / "recorded.json").write_text(json.dumps(account, indent=1))
    (folder / "replay.yaml").write_text(f"now: {format_time(NOW)}\ncluster: cluster\n")


def _key(name: str) -> tuple[str, str]:
    group, slash, plural = name.partition("/")
    return (group, plural) if slash else ("", name)
