"""Collects the objects of the questions' cluster: names, uids, times, owners and places, the same ones each time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from interlock.core.clock import format_time
from interlock.evals.questions import workloads as data
from interlock.evals.questions.pods import Object
from interlock.evals.questions.workloads import Workload

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SEED = 7


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


def owned_by(kind: str, owner: Object) -> list[JsonValue]:
    """The owner references of what this object controls."""
    meta = owner["metadata"]
    assert isinstance(meta, dict)
    version = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
    return [
        {"apiVersion": version, "kind": kind, "name": meta["name"], "uid": meta["uid"], "controller": True}
    ]


def meta_of(item: Object) -> dict[str, JsonValue]:
    """Its metadata."""
    meta = item["metadata"]
    assert isinstance(meta, dict)
    return meta


def is_ready(w: Workload, number: int) -> bool:
    """Whether the pod of that number is ready."""
    return w.states.get(number, "") in ("", "oomed")
