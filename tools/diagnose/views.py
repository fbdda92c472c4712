"""Pods, containers and events as the checks see them: sparse recordings answer empty values, never errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from interlock.core.clusters.objects import KubeObject, Node, Ref


@dataclass(frozen=True)
class Container:
    """A container: what the spec asks for and what the status says became of it."""

    spec: Node
    status: Node
    init: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.spec.text("name") or self.status.text("name")

    @property
    def image(self) -> str:
        """The image the spec names."""
        return self.spec.text("image") or self.status.text("image")

    @property
    def waiting(self) -> str:
        """Why it waits, or ''."""
        return self.status.text("state", "waiting", "reason")

    @property
    def message(self) -> str:
        """What the status says about the waiting."""
        return self.status.text("state", "waiting", "message")

    @property
    def restarts(self) -> int:
        """How often it was restarted."""
        return self.status.number("restartCount") or 0

    @property
    def ready(self) -> bool:
        """Whether it is ready."""
        return bool(self.status.flag("ready"))

    @property
    def running_since(self) -> datetime | None:
        """Since when it runs, or None."""
        return self.status.time("state", "running", "startedAt")

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return isinstance(self.status.value("state", "running"), dict)

    @property
    def ended(self) -> Node:
        """How it ended last: the present termination, or the one before the present run."""
        return self.status.node("state", "terminated") or self.status.node("lastState", "terminated")

    @property
    def memory_limit(self) -> str:
        """Its memory limit, or ''."""
        return self.spec.text("resources", "limits", "memory")


@dataclass(frozen=True)
class Pod:
    """A pod and the workload it belongs to."""

    raw: KubeObject
    workload: Ref
    containers: tuple[Container, ...]

    @property
    def ref(self) -> Ref:
        """Its reference."""
        return Ref("Pod", self.raw.namespace, self.raw.name)

    @property
    def phase(self) -> str:
        """Its phase."""
        return self.raw.text("status", "phase")

    @property
    def node(self) -> str:
        """The node it was bound to, or ''."""
        return self.raw.text("spec", "nodeName")

    @property
    def template_hash(self) -> str:
        """Which pod template it was made from, or ''."""
        return self.raw.labels.get("pod-template-hash") or self.raw.labels.get("controller-revision-hash", "")

    @property
    def replicaset(self) -> str:
        """The ReplicaSet that owns it, or ''."""
        owner = self.raw.controller
        return owner[1] if owner and owner[0] == "ReplicaSet" else ""

    @property
    def deleting(self) -> datetime | None:
        """When it was (or will be) deleted, or None."""
        return self.raw.time("metadata", "deletionTimestamp")

    @property
    def done(self) -> bool:
        """Whether it ended as it should."""
        return self.phase == "Succeeded"

    @property
    def ready(self) -> bool:
        """Whether it is Ready."""
        condition = self.condition("Ready")
        return condition.text("status") == "True" if condition else False

    def condition(self, kind: str) -> Node:
        """A condition, empty when it has none of that type."""
        return condition(self.raw, kind)


@dataclass(frozen=True)
class Event:
    """An event of the API, of either of its two shapes."""

    raw: KubeObject

    @property
    def about(self) -> Ref:
        """The object it is about."""
        about = self.raw.node("involvedObject") or self.raw.node("regarding")
        return Ref(about.text("kind"), about.text("namespace"), about.text("name"))

    @property
    def reason(self) -> str:
        """Its reason."""
        return self.raw.text("reason")

    @property
    def message(self) -> str:
        """Its message."""
        return self.raw.text("message") or self.raw.text("note")

    @property
    def warning(self) -> bool:
        """Whether it warns."""
        return self.raw.text("type") == "Warning"

    @property
    def count(self) -> int:
        """How often it was seen."""
        return self.raw.number("series", "count") or self.raw.number("count") or 1

    @property
    def last(self) -> datetime | None:
        """When it was seen last."""
        return next(self._times(("series", "lastObservedTime"), ("lastTimestamp",), ("eventTime",)), None)

    @property
    def first(self) -> datetime | None:
        """When it was seen first."""
        return next(self._times(("firstTimestamp",), ("eventTime",)), None) or self.last

    def _times(self, *paths: tuple[str, ...]) -> Iterator[datetime]:
        for path in (*paths, ("metadata", "creationTimestamp")):
            at = self.raw.time(*path)
            if at:
                yield at


def condition(holder: Node, kind: str) -> Node:
    """A status condition by its type, empty when there is none."""
    return next((c for c in holder.nodes("status", "conditions") if c.text("type") == kind), Node({}))


def containers_of(raw: KubeObject) -> tuple[Container, ...]:
    """Init containers first, then the others, each with its status; statuses without a spec are kept too."""
    found: list[Container] = []
    for spec_key, status_key, init in (
        ("initContainers", "initContainerStatuses", True),
        ("containers", "containerStatuses", False),
    ):
        statuses = {s.text("name"): s for s in raw.nodes("status", status_key)}
        specs = raw.nodes("spec", spec_key)
        found += [Container(spec, statuses.pop(spec.text("name"), Node({})), init) for spec in specs]
        found += [Container(Node({}), status, init) for status in statuses.values()]
    return tuple(found)
