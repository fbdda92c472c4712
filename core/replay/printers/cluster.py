"""Nodes, namespaces, events and other things of the cluster as a whole."""

from __future__ import annotations

from datetime import datetime

from interlock.core.replay.printers.cells import (
    NONE,
    UNKNOWN,
    Cell,
    Column,
    Json,
    Printer,
    age,
    at,
    columns,
    items,
    name,
    number,
    since,
    table,
    text,
)

ROLE_PREFIX = "node-role.kubernetes.io/"
ROLE_LABEL = "kubernetes.io/role"


def _node(n: Json, now: datetime) -> list[Cell]:
    info = table(n, "status", "nodeInfo")
    shown = [name(n), _readiness(n), _roles(n), age(n, now), text(info, "kubeletVersion")]
    system = [text(info, key) or UNKNOWN for key in ("osImage", "kernelVersion", "containerRuntimeVersion")]
    return [*shown, _address(n, "InternalIP"), _address(n, "ExternalIP"), *system]


def _readiness(n: Json) -> str:
    ready = next((c for c in items(n, "status", "conditions") if at(c, "type") == "Ready"), None)
    word = "Unknown" if ready is None else "Ready" if at(ready, "status") == "True" else "NotReady"
    return word + (",SchedulingDisabled" if at(n, "spec", "unschedulable") else "")


def _roles(n: Json) -> str:
    labels = table(n, "metadata", "labels")
    roles = {key.removeprefix(ROLE_PREFIX) for key in labels if key.startswith(ROLE_PREFIX)}
    roles.add(str(labels.get(ROLE_LABEL) or ""))
    return ",".join(sorted(roles - {""})) or NONE


def _address(n: Json, kind: str) -> str:
    return next((text(a, "address") for a in items(n, "status", "addresses") if at(a, "type") == kind), NONE)


def _namespace(n: Json, now: datetime) -> list[Cell]:
    return [name(n), text(n, "status", "phase"), age(n, now)]


def event_cells(e: Json, now: datetime) -> list[Cell]:
    """One event of the core group."""
    first = since(at(e, "firstTimestamp") or at(e, "eventTime"), now)
    last = since(at(e, "lastTimestamp"), now) if at(e, "lastTimestamp") else first
    count = number(e, "count") or 1
    if at(e, "series"):
        last, count = since(at(e, "series", "lastObservedTime"), now), number(e, "series", "count") + 1
    source = _source(table(e, "source"), text(e, "reportingComponent"), text(e, "reportingInstance"))
    return _event(e, "involvedObject", (last, first), source, text(e, "message"), count)


def _new_event(e: Json, now: datetime) -> list[Cell]:
    """One event of events.k8s.io, whose fields have other names."""
    core = {
        **e,
        "involvedObject": table(e, "regarding"),
        "message": text(e, "note"),
        "source": table(e, "deprecatedSource"),
        "count": number(e, "deprecatedCount"),
        "firstTimestamp": at(e, "deprecatedFirstTimestamp"),
        "lastTimestamp": at(e, "deprecatedLastTimestamp"),
        "reportingComponent": text(e, "reportingController"),
    }
    return event_cells(core, now)


def _event(e: Json, about: str, times: tuple[str, str], source: str, message: str, count: int) -> list[Cell]:
    target = text(e, about, "kind").lower()
    target += f"/{text(e, about, 'name')}" if text(e, about, "name") else ""
    shown: list[Cell] = [times[0], text(e, "type"), text(e, "reason"), target, text(e, about, "fieldPath")]
    return [*shown, source, message.strip(), times[1], count, name(e)]


def _source(source: Json, controller: str, instance: str) -> str:
    component, host = text(source, "component") or controller, text(source, "host") or instance
    return f"{component}, {host}" if host else component


def _lease(lease: Json, now: datetime) -> list[Cell]:
    return [name(lease), text(lease, "spec", "holderIdentity"), age(lease, now)]


def _priority(p: Json, now: datetime) -> list[Cell]:
    return [name(p), number(p, "value"), bool(at(p, "globalDefault")), age(p, now)]


def _runtime(r: Json, now: datetime) -> list[Cell]:
    return [name(r), text(r, "handler"), age(r, now)]


def _webhooks(w: Json, now: datetime) -> list[Cell]:
    return [name(w), len(items(w, "webhooks")), age(w, now)]


def _api_service(a: Json, now: datetime) -> list[Cell]:
    service = table(a, "spec", "service")
    where = f"{text(service, 'namespace')}/{text(service, 'name')}" if service else "Local"
    state = next((c for c in items(a, "status", "conditions") if at(c, "type") == "Available"), None)
    word = text(state, "status") or "Unknown"
    reason = text(state, "reason")
    return [name(a), where, f"{word} ({reason})" if word != "True" and reason else word, age(a, now)]


_EVENT = [
    *columns("Last Seen|Type|Reason|Object||Subobject|Source")[1:],
    *columns("Message||First Seen|Count")[1:],
    Column("Name", format="name", priority=1),
]
PRINTERS = {
    ("", "nodes"): Printer(
        columns(
            "Status|Roles|Age|Version||Internal-IP|External-IP|OS-Image|Kernel-Version|Container-Runtime"
        ),
        _node,
    ),
    ("", "namespaces"): Printer(columns("Status|Age"), _namespace),
    ("", "events"): Printer(_EVENT, event_cells),
    ("events.k8s.io", "events"): Printer(_EVENT, _new_event),
    ("coordination.k8s.io", "leases"): Printer(columns("Holder|Age"), _lease),
    ("scheduling.k8s.io", "priorityclasses"): Printer(
        columns("Value:integer|Global-Default:boolean|Age"), _priority
    ),
    ("node.k8s.io", "runtimeclasses"): Printer(columns("Handler|Age"), _runtime),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"): Printer(
        columns("Webhooks:integer|Age"), _webhooks
    ),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"): Printer(
        columns("Webhooks:integer|Age"), _webhooks
    ),
    ("apiregistration.k8s.io", "apiservices"): Printer(columns("Service|Available|Age"), _api_service),
}
