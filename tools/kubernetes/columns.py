"""Which columns a list of a kind shows, wide like kubectl's. A new kind is one function and one line in `_KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import JsonValue

from interlock.core.clock import ago
from interlock.core.clusters.objects import KubeObject, Node
from interlock.tools.kubernetes.objects import secret_keys
from interlock.tools.kubernetes.pod_status import pod_status

Cells = dict[str, JsonValue]
_WIDE = ("node", "selector", "taints", "used", "keys", "message", "images")
"""Columns that stand last, so that a long cell does not push the others out of sight."""
_ROLE = "node-role.kubernetes.io/"


def columns_and_rows(
    resource: str, items: tuple[KubeObject, ...], now: datetime
) -> tuple[list[str], list[Cells]]:
    """The columns of a kind and one row an object; without a kind only what metadata tells."""
    cells = _KINDS.get(resource, _other) if resource else lambda _: {}
    rows = [_row(item, cells(item), now) for item in items]
    names = list(rows[0]) if rows else ["namespace", "name", "age"]
    if rows and not any(item.namespace for item in items):
        names.remove("namespace")
    return names, rows


def images(template: Node) -> list[str]:
    """The images of a pod template's (or a pod's) containers, in their order."""
    return [c.text("image") for c in template.nodes("spec", "containers")]


def node_roles(node: KubeObject) -> list[str]:
    """The roles its labels name."""
    return sorted(label.removeprefix(_ROLE) for label in node.labels if label.startswith(_ROLE))


def condition(holder: Node, kind: str) -> str:
    """The status of a condition, '' when it has none of that type."""
    return next(
        (c.text("status") for c in holder.nodes("status", "conditions") if c.text("type") == kind), ""
    )


def pressures(node: Node) -> list[str]:
    """The conditions that are true beside Ready: MemoryPressure, DiskPressure, NetworkUnavailable, ..."""
    found = node.nodes("status", "conditions")
    return [c.text("type") for c in found if c.text("type") != "Ready" and c.text("status") == "True"]


def node_status(node: KubeObject) -> str:
    """Ready or NotReady (Unknown when it says nothing), with SchedulingDisabled when it is cordoned."""
    word = {"True": "Ready", "False": "NotReady", "Unknown": "NotReady"}.get(
        condition(node, "Ready"), "Unknown"
    )
    return f"{word},SchedulingDisabled" if node.flag("spec", "unschedulable") else word


def _row(item: KubeObject, cells: Cells, now: datetime) -> Cells:
    age = ago(now, item.created) if item.created else None
    wide = {key: value for key, value in cells.items() if key in _WIDE}
    short = {key: value for key, value in cells.items() if key not in _WIDE}
    return {"namespace": item.namespace, "name": item.name, **short, "age": age, **wide}


def _template(item: KubeObject) -> list[JsonValue]:
    return list(images(item.node("spec", "template")))


def _of(item: KubeObject, status: str, wanted: str = "replicas", default: int = 1) -> str:
    desired = item.number("spec", wanted)
    return f"{item.number('status', status) or 0}/{default if desired is None else desired}"


def _pod(item: KubeObject) -> Cells:
    status = pod_status(item)
    return {
        "ready": f"{status.ready}/{status.total}",
        "status": status.word,
        "restarts": status.restarts,
        "node": item.text("spec", "nodeName"),
        "images": list(images(item)),
    }


def _deployment(item: KubeObject) -> Cells:
    return {
        "ready": _of(item, "readyReplicas"),
        "up-to-date": item.number("status", "updatedReplicas"),
        "available": item.number("status", "availableReplicas"),
        "images": _template(item),
    }


def _replica_set(item: KubeObject) -> Cells:
    owner = item.controller
    return {
        "ready": _of(item, "readyReplicas"),
        "revision": item.annotations.get("deployment.kubernetes.io/revision"),
        "owner": f"{owner[0]}/{owner[1]}" if owner else None,
        "images": _template(item),
    }


def _stateful_set(item: KubeObject) -> Cells:
    return {
        "ready": _of(item, "readyReplicas"),
        "up-to-date": item.number("status", "updatedReplicas"),
        "images": _template(item),
    }


def _daemon_set(item: KubeObject) -> Cells:
    status = item.node("status")
    return {
        "desired": status.number("desiredNumberScheduled"),
        "ready": status.number("numberReady"),
        "up-to-date": status.number("updatedNumberScheduled"),
        "available": status.number("numberAvailable"),
        "images": _template(item),
    }


def _job(item: KubeObject) -> Cells:
    word = next((w for w in ("Failed", "Complete", "Suspended") if condition(item, w) == "True"), "Running")
    return {
        "status": word,
        "completions": _of(item, "succeeded", "completions"),
        "failed": item.number("status", "failed") or 0,
        "images": _template(item),
    }


def _cron_job(item: KubeObject) -> Cells:
    return {
        "schedule": item.text("spec", "schedule"),
        "suspend": bool(item.flag("spec", "suspend")),
        "active": len(item.nodes("status", "active")),
        "last-schedule": item.text("status", "lastScheduleTime"),
    }


def _node(item: KubeObject) -> Cells:
    return {
        "status": node_status(item),
        "roles": list(node_roles(item)),
        "version": item.text("status", "nodeInfo", "kubeletVersion"),
        "pressure": list(pressures(item)),
        "taints": [f"{t.text('key')}:{t.text('effect')}" for t in item.nodes("spec", "taints")],
    }


def _service(item: KubeObject) -> Cells:
    ports: list[JsonValue] = [
        f"{p.text('port')}/{p.text('protocol') or 'TCP'}" for p in item.nodes("spec", "ports")
    ]
    selector = item.strings("spec", "selector")
    return {
        "type": item.text("spec", "type"),
        "cluster-ip": item.text("spec", "clusterIP"),
        "ports": ports,
        "selector": [f"{key}={value}" for key, value in sorted(selector.items())],
    }


def _endpoints(item: KubeObject) -> Cells:
    subsets = item.nodes("subsets")
    ready = sum(len(s.nodes("addresses")) for s in subsets)
    return {"addresses": ready, "not-ready": sum(len(s.nodes("notReadyAddresses")) for s in subsets)}


def _endpoint_slice(item: KubeObject) -> Cells:
    endpoints = item.nodes("endpoints")
    # The API defines an absent `ready` as ready.
    ready = sum(e.flag("conditions", "ready") is not False for e in endpoints)
    service = item.labels.get("kubernetes.io/service-name")
    return {"service": service, "addresses": ready, "not-ready": len(endpoints) - ready}


def _claim(item: KubeObject) -> Cells:
    return {
        "status": item.text("status", "phase"),
        "volume": item.text("spec", "volumeName"),
        "capacity": item.text("status", "capacity", "storage"),
        "storageclass": item.text("spec", "storageClassName"),
    }


def _volume(item: KubeObject) -> Cells:
    claim = item.node("spec", "claimRef")
    return {
        "status": item.text("status", "phase"),
        "capacity": item.text("spec", "capacity", "storage"),
        "claim": f"{claim.text('namespace')}/{claim.text('name')}" if claim else None,
        "storageclass": item.text("spec", "storageClassName"),
    }


def _autoscaler(item: KubeObject) -> Cells:
    target = item.node("spec", "scaleTargetRef")
    return {
        "target": f"{target.text('kind')}/{target.text('name')}",
        "min": item.number("spec", "minReplicas"),
        "max": item.number("spec", "maxReplicas"),
        "replicas": item.number("status", "currentReplicas"),
        "desired": item.number("status", "desiredReplicas"),
    }


def _quota(item: KubeObject) -> Cells:
    used, hard = (
        item.strings("status", "used"),
        item.strings("status", "hard") or item.strings("spec", "hard"),
    )
    return {"used": [f"{name}={used.get(name, '?')}/{most}" for name, most in sorted(hard.items())]}


def _budget(item: KubeObject) -> Cells:
    return {
        "min-available": item.text("spec", "minAvailable"),
        "max-unavailable": item.text("spec", "maxUnavailable"),
        "allowed-disruptions": item.number("status", "disruptionsAllowed"),
        "healthy": f"{item.number('status', 'currentHealthy') or 0}/{item.number('status', 'desiredHealthy') or 0}",
    }


def _ingress(item: KubeObject) -> Cells:
    rules = item.nodes("spec", "rules")
    return {"class": item.text("spec", "ingressClassName"), "hosts": [r.text("host") or "*" for r in rules]}


def _config_map(item: KubeObject) -> Cells:
    return {"keys": [*sorted({*item.node("data").raw, *item.node("binaryData").raw})]}


def _secret(item: KubeObject) -> Cells:
    return {"type": item.text("type"), "keys": list(secret_keys(item))}


def _event(item: KubeObject) -> Cells:
    about = item.node("involvedObject") or item.node("regarding")
    return {
        "type": item.text("type"),
        "reason": item.text("reason"),
        "object": f"{about.text('kind')}/{about.text('name')}",
        "message": item.text("message") or item.text("note"),
    }


def _other(item: KubeObject) -> Cells:
    """The few status fields that many kinds share; those an object does not have stay empty."""
    ready = condition(item, "Ready") or condition(item, "Available")
    return {"status": item.text("status", "phase") or item.text("status", "state"), "ready": ready}


_KINDS: Mapping[str, Callable[[KubeObject], Cells]] = {
    "pods": _pod,
    "deployments.apps": _deployment,
    "replicasets.apps": _replica_set,
    "statefulsets.apps": _stateful_set,
    "daemonsets.apps": _daemon_set,
    "jobs.batch": _job,
    "cronjobs.batch": _cron_job,
    "nodes": _node,
    "services": _service,
    "endpoints": _endpoints,
    "endpointslices.discovery.k8s.io": _endpoint_slice,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "horizontalpodautoscalers.autoscaling": _autoscaler,
    "resourcequotas": _quota,
    "poddisruptionbudgets.policy": _budget,
    "ingresses.networking.k8s.io": _ingress,
    "configmaps": _config_map,
    "secrets": _secret,
    "events": _event,
    "events.events.k8s.io": _event,
}
