"""What can be asked of an object of each kind, as plain attributes: the one place where a field gets its everyday name.

A value is a string, a number, a boolean or a list of strings; what an object does not have is absent, never guessed.
A new kind is one function and one line in `_KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import JsonValue

from interlock.core.clock import ago, format_time
from interlock.core.clusters.objects import KubeObject, Node
from interlock.tools.kubernetes.columns import condition, images, node_roles, node_status, pressures
from interlock.tools.kubernetes.features import missing_features
from interlock.tools.kubernetes.objects import secret_keys
from interlock.tools.kubernetes.pod_status import pod_status

Attributes = dict[str, JsonValue]
ENDED = ("Succeeded", "Failed")
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def attributes(item: KubeObject, now: datetime) -> Attributes:
    """Every attribute of an object that has a value."""
    own = _KINDS.get(item.resource, _other)(item)
    return {key: value for key, value in {**common(item, now), **own}.items() if value is not None}


def common(item: KubeObject, now: datetime) -> Attributes:
    """What the metadata of any object tells."""
    told: Attributes = {"name": item.name, "namespace": item.namespace}
    if item.created:
        minutes = int((now - item.created).total_seconds() // 60)
        told |= {"created": format_time(item.created), "age": ago(now, item.created), "minutes": minutes}
    return told


def tags(names: list[str]) -> list[str]:
    """The tags of images; one without a tag is `latest`, one by digest has none."""
    tails = [name.rpartition("/")[2] for name in names if "@" not in name]
    return [tail.partition(":")[2] or "latest" for tail in tails]


def controller_of(item: KubeObject) -> str:
    """The workload above an object; a ReplicaSet stands for the Deployment whose hash its name ends in."""
    owner = item.controller
    if owner is None:
        return ""
    kind, name = owner
    return name.rpartition("-")[0] if kind == "ReplicaSet" and "-" in name else name


def _pod(item: KubeObject) -> Attributes:
    status = pod_status(item)
    ended = [c.text("lastState", "terminated", "reason") for c in item.nodes("status", "containerStatuses")]
    ended += [c.text("state", "terminated", "reason") for c in item.nodes("status", "containerStatuses")]
    phase = item.text("status", "phase")
    whole = status.ready == status.total and status.total > 0
    return {
        "status": status.word,
        "phase": phase,
        "finished": phase in ENDED,
        "ready": None if phase == "Succeeded" else whole and phase != "Failed",
        "containers ready": f"{status.ready}/{status.total}",
        "restarts": status.restarts,
        "node": item.text("spec", "nodeName") or None,
        "owner": controller_of(item) or None,
        "ended by": [reason for reason in dict.fromkeys(ended) if reason],
        **_template(item),
    }


def _template(holder: Node) -> Attributes:
    names = images(holder)
    account = holder.text("spec", "serviceAccountName")
    return {
        "image": list(names),
        "tag": list(tags(names)),
        "service account": account or None,
        "missing": list(missing_features(holder)),
    }


def _workload(item: KubeObject) -> Attributes:
    wanted = item.number("spec", "replicas")
    wanted = 1 if wanted is None else wanted
    ready = item.number("status", "readyReplicas") or 0
    if item.resource == "daemonsets.apps":
        wanted = item.number("status", "desiredNumberScheduled") or 0
        ready = item.number("status", "numberReady") or 0
    return {
        "replicas": wanted,
        "ready replicas": ready,
        "ready": ready >= wanted,
        **_template(item.node("spec", "template")),
    }


def _node(item: KubeObject) -> Attributes:
    return {
        "status": node_status(item),
        "ready": condition(item, "Ready") == "True",
        "cordoned": bool(item.flag("spec", "unschedulable")),
        "version": item.text("status", "nodeInfo", "kubeletVersion") or None,
        "roles": list(node_roles(item)),
        "pressure": list(pressures(item)),
        "taint": [f"{t.text('key')}:{t.text('effect')}" for t in item.nodes("spec", "taints")],
    }


def _job(item: KubeObject) -> Attributes:
    word = next((w for w in ("Failed", "Complete", "Suspended") if condition(item, w) == "True"), "Running")
    ended = item.time("status", "completionTime")
    return {
        "status": word,
        "owner": controller_of(item) or None,
        "completed at": format_time(ended) if ended else None,
        **_template(item.node("spec", "template")),
    }


def _cron_job(item: KubeObject) -> Attributes:
    return {
        "schedule": item.text("spec", "schedule"),
        "suspended": bool(item.flag("spec", "suspend")),
        "last run": item.text("status", "lastScheduleTime") or None,
        **_template(item.node("spec", "jobTemplate", "spec", "template")),
    }


def _service(item: KubeObject) -> Attributes:
    ports = [f"{p.text('port')}/{p.text('protocol') or 'TCP'}" for p in item.nodes("spec", "ports")]
    selector = item.strings("spec", "selector")
    return {
        "type": item.text("spec", "type") or None,
        "ports": list(ports),
        "selector": [f"{key}={value}" for key, value in sorted(selector.items())],
    }


def _ingress(item: KubeObject) -> Attributes:
    rules = item.nodes("spec", "rules")
    paths = [path for rule in rules for path in rule.nodes("http", "paths")]
    names = [p.text("backend", "service", "name") or p.text("backend", "serviceName") for p in paths]
    names.append(item.text("spec", "defaultBackend", "service", "name"))
    return {
        "hosts": [rule.text("host") or "*" for rule in rules],
        "backend": [f"{item.namespace}/{name}" for name in dict.fromkeys(names) if name],
    }


def _claim(item: KubeObject) -> Attributes:
    size = item.text("status", "capacity", "storage") or item.text("spec", "resources", "requests", "storage")
    return {
        "status": item.text("status", "phase"),
        "bound": item.text("status", "phase") == "Bound",
        "size": size or None,
        "storage class": item.text("spec", "storageClassName") or None,
        "volume": item.text("spec", "volumeName") or None,
    }


def _volume(item: KubeObject) -> Attributes:
    claim = item.node("spec", "claimRef")
    return {
        "status": item.text("status", "phase"),
        "bound": item.text("status", "phase") == "Bound",
        "size": item.text("spec", "capacity", "storage") or None,
        "storage class": item.text("spec", "storageClassName") or None,
        "claim": f"{claim.text('namespace')}/{claim.text('name')}" if claim else None,
    }


def _autoscaler(item: KubeObject) -> Attributes:
    most, now = item.number("spec", "maxReplicas"), item.number("status", "currentReplicas")
    target = item.node("spec", "scaleTargetRef")
    return {
        "target": f"{target.text('kind')} {target.text('name')}",
        "minimum": item.number("spec", "minReplicas"),
        "maximum": most,
        "replicas": now,
        "at maximum": now is not None and most is not None and now >= most,
    }


def _quota(item: KubeObject) -> Attributes:
    used = item.strings("status", "used")
    hard = item.strings("status", "hard") or item.strings("spec", "hard")
    return {"used": [f"{name} {used.get(name, '?')} of {most}" for name, most in sorted(hard.items())]}


def _secret(item: KubeObject) -> Attributes:
    return {"type": item.text("type") or None, "keys": list(secret_keys(item))}


def _config_map(item: KubeObject) -> Attributes:
    return {"keys": [*sorted({*item.node("data").raw, *item.node("binaryData").raw})]}


def _storage_class(item: KubeObject) -> Attributes:
    return {"default": item.annotations.get(_DEFAULT_CLASS) == "true", "type": item.text("provisioner")}


def _other(item: KubeObject) -> Attributes:
    return {"status": item.text("status", "phase") or None}


_KINDS: Mapping[str, Callable[[KubeObject], Attributes]] = {
    "pods": _pod,
    "deployments.apps": _workload,
    "statefulsets.apps": _workload,
    "daemonsets.apps": _workload,
    "jobs.batch": _job,
    "cronjobs.batch": _cron_job,
    "nodes": _node,
    "services": _service,
    "ingresses.networking.k8s.io": _ingress,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "horizontalpodautoscalers.autoscaling": _autoscaler,
    "resourcequotas": _quota,
    "secrets": _secret,
    "configmaps": _config_map,
    "storageclasses.storage.k8s.io": _storage_class,
}
