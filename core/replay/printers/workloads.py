"""Workloads: what keeps pods running, and jobs."""

from __future__ import annotations

from datetime import datetime

from interlock.core.replay.printers.cells import (
    NONE,
    Cell,
    Json,
    Printer,
    age,
    at,
    columns,
    containers,
    human_duration,
    instant,
    items,
    name,
    number,
    pairs,
    selector,
    selector_text,
    since,
    table,
    text,
    yes_no,
)

TEMPLATE = ("spec", "template", "spec", "containers")


def _deployment(d: Json, now: datetime) -> list[Cell]:
    ready = f"{number(d, 'status', 'readyReplicas')}/{number(d, 'spec', 'replicas')}"
    updated, available = number(d, "status", "updatedReplicas"), number(d, "status", "availableReplicas")
    return [name(d), ready, updated, available, age(d, now), *containers(d, *TEMPLATE), _selector(d)]


def _selector(obj: Json) -> str:
    return selector_text(table(obj, "spec", "selector"))


def _replica_set(r: Json, now: datetime) -> list[Cell]:
    return [*_replicas(r, now), *containers(r, *TEMPLATE), selector(table(r, "spec", "selector"))]


def _replication_controller(r: Json, now: datetime) -> list[Cell]:
    return [*_replicas(r, now), *containers(r, *TEMPLATE), pairs(at(r, "spec", "selector"))]


def _replicas(r: Json, now: datetime) -> list[Cell]:
    status = table(r, "status")
    desired = number(r, "spec", "replicas")
    return [name(r), desired, number(status, "replicas"), number(status, "readyReplicas"), age(r, now)]


def _stateful_set(s: Json, now: datetime) -> list[Cell]:
    ready = f"{number(s, 'status', 'readyReplicas')}/{number(s, 'spec', 'replicas')}"
    return [name(s), ready, age(s, now), *containers(s, *TEMPLATE)]


def _daemon_set(d: Json, now: datetime) -> list[Cell]:
    counts = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled")
    numbers: list[Cell] = [number(d, "status", count) for count in (*counts, "numberAvailable")]
    nodes = pairs(at(d, *TEMPLATE[:3], "nodeSelector"))
    return [
        name(d),
        *numbers,
        nodes,
        age(d, now),
        *containers(d, *TEMPLATE),
        selector(table(d, "spec", "selector")),
    ]


def _job(j: Json, now: datetime) -> list[Cell]:
    shown: list[Cell] = [name(j), _completions(j), _duration(j, now), age(j, now)]
    return [*shown, *containers(j, *TEMPLATE), selector(table(j, "spec", "selector"))]


def _completions(j: Json) -> str:
    succeeded, wanted = number(j, "status", "succeeded"), at(j, "spec", "completions")
    if wanted is not None:
        return f"{succeeded}/{wanted}"
    parallel = number(j, "spec", "parallelism")
    return f"{succeeded}/1 of {parallel}" if parallel > 1 else f"{succeeded}/1"


def _duration(j: Json, now: datetime) -> str:
    start, end = instant(at(j, "status", "startTime")), instant(at(j, "status", "completionTime"))
    return human_duration((end or now) - start) if start else ""


def _cron_job(c: Json, now: datetime) -> list[Cell]:
    last = at(c, "status", "lastScheduleTime")
    shown: list[Cell] = [name(c), text(c, "spec", "schedule"), yes_no(at(c, "spec", "suspend"))]
    shown += [len(items(c, "status", "active")), since(last, now) if last else NONE, age(c, now)]
    job = ("spec", "jobTemplate", "spec")
    return [*shown, *containers(c, *job, *TEMPLATE[1:]), selector(table(c, *job, "selector"))]


def _pod_template(t: Json, _now: datetime) -> list[Cell]:
    return [
        name(t),
        *containers(t, "template", "spec", "containers"),
        pairs(at(t, "template", "metadata", "labels")),
    ]


def _revision(r: Json, now: datetime) -> list[Cell]:
    owners = items(r, "metadata", "ownerReferences")
    owner = next((o for o in owners if at(o, "controller")), None)
    return [name(r), _owner(owner) if owner else NONE, number(r, "revision"), age(r, now)]


def _owner(owner: Json) -> str:
    group = text(owner, "apiVersion").rpartition("/")[0]
    return f"{text(owner, 'kind')}{'.' if group else ''}{group}".lower() + f"/{text(owner, 'name')}"


_REPLICAS = columns("Desired:integer|Current:integer|Ready:integer|Age||Containers|Images|Selector")
_DAEMON = (
    "Desired:integer|Current:integer|Ready:integer|Up-to-date:integer|Available:integer|Node Selector|Age"
)
PRINTERS = {
    ("apps", "deployments"): Printer(
        columns("Ready|Up-to-date|Available|Age||Containers|Images|Selector"), _deployment
    ),
    ("apps", "replicasets"): Printer(_REPLICAS, _replica_set),
    ("", "replicationcontrollers"): Printer(_REPLICAS, _replication_controller),
    ("apps", "statefulsets"): Printer(columns("Ready|Age||Containers|Images"), _stateful_set),
    ("apps", "daemonsets"): Printer(columns(_DAEMON + "||Containers|Images|Selector"), _daemon_set),
    ("batch", "jobs"): Printer(columns("Completions|Duration|Age||Containers|Images|Selector"), _job),
    ("batch", "cronjobs"): Printer(
        columns("Schedule|Suspend:boolean|Active:integer|Last Schedule|Age||Containers|Images|Selector"),
        _cron_job,
    ),
    ("", "podtemplates"): Printer(columns("Containers|Images|Pod Labels"), _pod_template),
    ("apps", "controllerrevisions"): Printer(columns("Controller|Revision|Age"), _revision),
}
