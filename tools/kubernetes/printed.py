"""What can be told of an object from the cells its server prints: states and counts, without the object itself.

The cells are what `kubectl get` shows. What they leave open is left out: a pod's phase, images, settings, conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import JsonValue

from interlock.core.clusters.discovery import ResourceType
from interlock.core.clusters.forms import Row
from interlock.core.clusters.objects import KubeObject
from interlock.tools.kubernetes.attributes import ENDED, Attributes, common, controller_of

_OF_METADATA = frozenset({"name", "namespace", "owner", "created", "age", "minutes"})
_POD = frozenset({"status", "ready", "finished", "containers ready", "restarts", "node"})
_TOLD: Mapping[str, frozenset[str]] = {
    "pods": _POD,
    "nodes": frozenset({"status", "ready", "cordoned", "version"}),
    "deployments.apps": frozenset({"replicas", "ready replicas", "ready"}),
    "statefulsets.apps": frozenset({"replicas", "ready replicas", "ready"}),
}


def tells(resource: str, attributes: set[str], *, metadata: bool) -> bool:
    """Whether cells (and metadata, where it comes with them) are enough for all of these attributes."""
    return resource in _TOLD and attributes <= _TOLD[resource] | (_OF_METADATA if metadata else frozenset())


def object_of(row: Row, kind: ResourceType) -> KubeObject:
    """The object of a row as far as it is known: its metadata, or its name alone."""
    name = row.cells.get("name")
    return row.item or KubeObject({"kind": kind.kind, "metadata": {"name": name}}, kind.full_name)


def printed(row: Row, kind: ResourceType, now: datetime) -> Attributes:
    """Every attribute that a row tells."""
    own = _KINDS[kind.full_name](row)
    about = common(row.item, now) if row.item else {"name": row.cells.get("name")}
    return {key: value for key, value in {**about, **own}.items() if value is not None}


def _pod(row: Row) -> Attributes:
    ready, total = _fraction(row.cells.get("ready"))
    whole = ready == total and total > 0
    return {
        "status": _text(row.cells.get("status")),
        "finished": row.ended in ENDED,
        "ready": None if row.ended == "Succeeded" else whole and row.ended != "Failed",
        "containers ready": f"{ready}/{total}",
        "restarts": _leading(row.cells.get("restarts")),
        "node": _text(row.cells.get("node")),
        "owner": (controller_of(row.item) or None) if row.item else None,
    }


def _node(row: Row) -> Attributes:
    words = (_text(row.cells.get("status")) or "").split(",")
    return {
        "status": ",".join(words),
        "ready": "Ready" in words,
        "cordoned": "SchedulingDisabled" in words,
        "version": _text(row.cells.get("version")),
    }


def _workload(row: Row) -> Attributes:
    ready, wanted = _fraction(row.cells.get("ready"))
    return {"replicas": wanted, "ready replicas": ready, "ready": ready >= wanted}


def _fraction(cell: JsonValue) -> tuple[int, int]:
    ready, _, total = str(cell).partition("/")
    return (int(ready), int(total)) if ready.isdigit() and total.isdigit() else (0, 0)


def _leading(cell: JsonValue) -> int:
    """`3`, or from 1.22 on `3 (5m ago)`."""
    first = str(cell).split(" ")[0]
    return int(first) if first.isdigit() else 0


def _text(cell: JsonValue) -> str | None:
    return None if cell in (None, "", "<none>") else str(cell)


_KINDS: Mapping[str, Callable[[Row], Attributes]] = {
    "pods": _pod,
    "nodes": _node,
    "deployments.apps": _workload,
    "statefulsets.apps": _workload,
}
