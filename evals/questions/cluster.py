"""Builds the replay that the sixty questions are asked of: about 300 objects, the same ones each time.

Only raw objects as an API server would hand them out; the answers are nobody's here, `oracle` reads them from the files.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from interlock.core.clock import format_time
from interlock.core.replay.kinds import BUILT_IN
from interlock.evals.questions import workloads as data
from interlock.evals.questions.pods import condition, pod, template
from interlock.evals.questions.workloads import Workload

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SEED = 7
RECORDED = (
    "namespaces nodes pods services endpoints configmaps secrets events persistentvolumes persistentvolumeclaims "
    "resourcequotas serviceaccounts apps/deployments apps/replicasets apps/statefulsets apps/daemonsets batch/jobs "
    "batch/cronjobs autoscaling/horizontalpodautoscalers networking.k8s.io/ingresses storage.k8s.io/storageclasses"
)
Object = dict[str, JsonValue]


class Builder:
    """Collects objects by resource and namespace."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)
        self.objects: dict[tuple[str, str], list[Object]] = {}
        self._uid = 0
        self._turn = 0

    def add(self, resource: str, namespace: str, name: str, minutes: float, **body: JsonValue) -> Object:
        """One object, created so many minutes ago. `labels`, `annotations` and `owner` go into its metadata."""
        self._uid += 1
        meta: Object = {"name": name, "uid": f"uid-{self._uid:04d}", "resourceVersion": str(1000 + self._uid)}
        meta["creationTimestamp"] = at(minutes)
        if namespace:
            meta["namespace"] = namespace
        for key in ("labels", "annotations", "managedFields", "ownerReferences"):
            if body.get(key):
                meta[key] = body.pop(key)
            else:
                body.pop(key, None)
        made: Object = {"metadata": meta, **body}
        self.objects.setdefault((resource, namespace), []).append(made)
        return made

    def node_for(self, workload: Workload, number: int) -> str:
        """Pods of a DaemonSet go to one node each; all others go round the workers."""
        if workload.kind == "DaemonSet":
            return ("control-01", *data.PLACED)[number]
        self._turn += 1
        return data.PLACED[self._turn * 5 % 6 if self._turn % 4 else 2]

    def letters(self, count: int) -> str:
        """A suffix as controllers give it."""
        return "".join(self.random.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(count))


def at(minutes: float) -> str:
    """A time so many minutes before now."""
    return format_time(NOW - timedelta(minutes=minutes))


def build(folder: Path) -> Path:
    """Writes the replay and returns its folder."""
    made = Builder()
    _places(made)
    for workload in data.WORKLOADS:
        _workload(made, workload)
    _jobs(made)
    _config(made)
    _network(made)
    _storage(made)
    _events(made)
    _write(made, folder)
    return folder


def _owner(kind: str, owner: Object) -> list[JsonValue]:
    meta = owner["metadata"]
    assert isinstance(meta, dict)
    version = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
    return [
        {"apiVersion": version, "kind": kind, "name": meta["name"], "uid": meta["uid"], "controller": True}
    ]


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
    ready = sum(_is_ready(w, n) for n in range(w.replicas))
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
            "pods", w.namespace, name, born, labels=labels, ownerReferences=_owner(kind, owner), **inside
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
            ownerReferences=_owner("Deployment", top),
            spec={
                "replicas": count,
                "selector": {"matchLabels": {"app": w.name}},
                "template": template(w, image),
            },
            status={"replicas": count},
        )
    return newest


def _is_ready(w: Workload, number: int) -> bool:
    return w.states.get(number, "") in ("", "oomed")


def _jobs(made: Builder) -> None:
    for space, name, schedule, suspended, image, minutes, ended in data.CRON_JOBS:
        spec: Object = {
            "schedule": schedule,
            "suspend": suspended,
            "jobTemplate": {"spec": _job_spec(name, image)},
        }
        status: Object = {"lastScheduleTime": at(minutes)}
        cron = made.add("cronjobs", space, name, 60_000, labels={"app": name}, spec=spec, status=status)
        _job(made, space, f"{name}-{29000000 - minutes}", image, minutes, ended, _owner("CronJob", cron))
    for space, name, image, minutes, ended in data.ONE_OFF_JOBS:
        _job(made, space, name, image, minutes, ended, [])


def _job_spec(name: str, image: str) -> Object:
    inside: Object = {"containers": [{"name": name, "image": image}], "restartPolicy": "Never"}
    return {
        "completions": 1,
        "backoffLimit": 0,
        "template": {"metadata": {"labels": {"app": name}}, "spec": inside},
    }


def _job(
    made: Builder, space: str, name: str, image: str, minutes: float, ended: str, owner: list[JsonValue]
) -> None:
    status: Object = {"startTime": at(minutes)}
    if ended == "Running":
        status |= {"active": 1}
    else:
        status |= {"succeeded" if ended == "Complete" else "failed": 1}
        status["conditions"] = [condition(ended, "True", at(minutes - 2))]
    if ended == "Complete":
        status["completionTime"] = at(minutes - 2)
    spec = _job_spec(name.rpartition("-2")[0] or name, image)
    job = made.add("jobs", space, name, minutes, ownerReferences=owner, spec=spec, status=status)
    state = {"Complete": "completed", "Failed": "failed", "Running": ""}[ended]
    shape = Workload(space, name, 1, image, kind="Job", cpu="", memory="", limit="", readiness=False, liveness=False,
                     states={0: state}, team="batch", tier="batch")  # fmt: skip
    inside = pod(shape, 0, made.node_for(shape, 0), at(minutes), at)
    made.add(
        "pods",
        space,
        f"{name}-{made.letters(5)}",
        minutes,
        labels={"job-name": name},
        ownerReferences=_owner("Job", job),
        **inside,
    )


def _config(made: Builder) -> None:
    written = {(space, name): minutes for space, name, minutes in data.CHANGED_BY_HAND}
    for space, names in data.CONFIG_MAPS.items():
        for name in names:
            marks: list[JsonValue] = []
            if (space, name) in written:
                when = at(written[space, name])
                marks = [{"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "time": when}]
            made.add(
                "configmaps",
                space,
                name,
                50_000,
                managedFields=marks,
                data={"settings.yaml": "level: info\n"},
            )
    for space, secrets in data.SECRETS.items():
        for name, keys in secrets:
            kind = "kubernetes.io/tls" if "tls.crt" in keys else "Opaque"
            made.add(
                "secrets",
                space,
                name,
                70_000,
                type=kind,
                data=dict.fromkeys(keys.split(), "cGxhY2Vob2xkZXI="),
            )
    for space, name, limits in data.QUOTAS:
        hard: Object = {key: most for key, (_, most) in limits.items()}
        used: Object = {key: now for key, (now, _) in limits.items()}
        made.add(
            "resourcequotas", space, name, 40_000, spec={"hard": hard}, status={"hard": hard, "used": used}
        )


def _network(made: Builder) -> None:
    by_name = {(w.namespace, w.name): w for w in data.WORKLOADS}
    for place, (space, name, target) in enumerate(data.SERVICES):
        spec: Object = {"type": "ClusterIP", "clusterIP": f"10.96.0.{10 + place}", "ports": [{"port": 80}]}
        made.add("services", space, name, 80_000, spec={**spec, "selector": {"app": target or name}})
        w = by_name.get((space, target))
        groups: dict[bool, list[JsonValue]] = {True: [], False: []}
        for number in range(w.replicas if w else 0):
            assert w
            if w.states.get(number) not in ("pending", "evicted", "creating", "pull", "config"):
                groups[_is_ready(w, number)].append({"ip": f"10.0.{place}.{number}"})
        subset: Object = {"addresses": groups[True]} if groups[True] else {}
        subset |= {"notReadyAddresses": groups[False]} if groups[False] else {}
        subsets: list[JsonValue] = [{**subset, "ports": [{"port": 80}]}] if subset else []
        made.add("endpoints", space, name, 80_000, subsets=subsets)
    for space, name, host, target in data.INGRESSES:
        backend: Object = {"service": {"name": target, "port": {"number": 80}}}
        path: Object = {"path": "/", "pathType": "Prefix", "backend": backend}
        rules: list[JsonValue] = [{"host": host, "http": {"paths": [path]}}]
        made.add("ingresses", space, name, 80_000, spec={"ingressClassName": "nginx", "rules": rules})
    for space, name, least, most, current, desired in data.AUTOSCALERS:
        target_ref: Object = {"kind": "Deployment", "name": name, "apiVersion": "apps/v1"}
        made.add(
            "horizontalpodautoscalers",
            space,
            name,
            30_000,
            spec={"scaleTargetRef": target_ref, "minReplicas": least, "maxReplicas": most},
            status={"currentReplicas": current, "desiredReplicas": desired},
        )


def _storage(made: Builder) -> None:
    for name, default in data.STORAGE_CLASSES:
        marks: dict[str, JsonValue] = (
            {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
        )
        made.add("storageclasses", "", name, 500_000, annotations=marks, provisioner="ebs.csi.example")
    claims = [*data.CLAIMS]
    for w in data.WORKLOADS:
        if w.kind == "StatefulSet" and w.claim:
            claims += [
                (w.namespace, f"{w.claim}-{w.name}-{n}", "100Gi", "fast", True) for n in range(w.replicas)
            ]
    for space, name, size, kind, bound in claims:
        asked: Object = {"storageClassName": kind, "resources": {"requests": {"storage": size}}}
        volume = f"pv-{made.letters(6)}"
        if not bound:
            made.add("persistentvolumeclaims", space, name, 20_000, spec=asked, status={"phase": "Pending"})
            continue
        held: Object = {"phase": "Bound", "capacity": {"storage": size}}
        made.add(
            "persistentvolumeclaims", space, name, 20_000, spec={**asked, "volumeName": volume}, status=held
        )
        claim: Object = {"kind": "PersistentVolumeClaim", "namespace": space, "name": name}
        spec: Object = {"capacity": {"storage": size}, "claimRef": claim, "storageClassName": kind}
        made.add("persistentvolumes", "", volume, 20_000, spec=spec, status={"phase": "Bound"})


def _events(made: Builder) -> None:
    for space, name, before, after, minutes in data.SCALED:
        sets = made.objects["replicasets", space]
        newest = [s for s in sets if str(_meta(s)["name"]).startswith(f"{name}-")][-1]
        text = f"Scaled up replica set {_meta(newest)['name']} to {after} from {before}"
        _event(made, space, "Normal", "ScalingReplicaSet", "Deployment", name, minutes, text)
    for (resource, space), items in sorted(made.objects.items()):
        for item in items if resource == "pods" else ():
            name = str(_meta(item)["name"])
            status = item["status"]
            words = json.dumps(status)
            if "CrashLoopBackOff" in words:
                text = "Back-off restarting failed container"
                _event(made, space, "Warning", "BackOff", "Pod", name, 3, text)
            if "ImagePullBackOff" in words:
                _event(made, space, "Warning", "Failed", "Pod", name, 4, "Failed to pull image: not found")
            if '"Unschedulable"' in words:
                text = "0/8 nodes are available: 8 Insufficient cpu"
                _event(made, space, "Warning", "FailedScheduling", "Pod", name, 6, text)


def _event(
    made: Builder, space: str, level: str, reason: str, kind: str, name: str, minutes: float, text: str
) -> None:
    made.add(
        "events",
        space,
        f"{name}.{made.letters(10)}",
        minutes,
        type=level,
        reason=reason,
        message=text,
        count=1,
        firstTimestamp=at(minutes),
        lastTimestamp=at(minutes),
        involvedObject={"kind": kind, "namespace": space, "name": name},
    )


def _meta(item: Object) -> dict[str, JsonValue]:
    meta = item["metadata"]
    assert isinstance(meta, dict)
    return meta


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
