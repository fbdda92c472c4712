"""What stands around the workloads of the questions' cluster: jobs, settings, network, storage, events."""

from __future__ import annotations

import json

from pydantic import JsonValue

from interlock.evals.questions import workloads as data
from interlock.evals.questions.builder import Builder, at, is_ready, meta_of, owned_by
from interlock.evals.questions.pods import Object, condition, pod
from interlock.evals.questions.workloads import Workload


def surround(made: Builder) -> None:
    """Adds all of it."""
    for part in (_jobs, _config, _network, _storage, _events):
        part(made)


def _jobs(made: Builder) -> None:
    for space, name, schedule, suspended, image, minutes, ended in data.CRON_JOBS:
        spec: Object = {
            "schedule": schedule,
            "suspend": suspended,
            "jobTemplate": {"spec": _job_spec(name, image)},
        }
        status: Object = {"lastScheduleTime": at(minutes)}
        cron = made.add("cronjobs", space, name, 60_000, labels={"app": name}, spec=spec, status=status)
        _job(made, space, f"{name}-{29000000 - minutes}", image, minutes, ended, owned_by("CronJob", cron))
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
        ownerReferences=owned_by("Job", job),
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
                groups[is_ready(w, number)].append({"ip": f"10.0.{place}.{number}"})
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
        newest = [s for s in sets if str(meta_of(s)["name"]).startswith(f"{name}-")][-1]
        text = f"Scaled up replica set {meta_of(newest)['name']} to {after} from {before}"
        _event(made, space, "Normal", "ScalingReplicaSet", "Deployment", name, minutes, text)
    for (resource, space), items in sorted(made.objects.items()):
        for item in items if resource == "pods" else ():
            name = str(meta_of(item)["name"])
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
