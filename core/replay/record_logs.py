"""Which logs a recording takes: those of every container of troubled pods, this run and the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.redaction import Redactor

WhichLogs = Literal["troubled", "all", "none"]
STATUS_FIELDS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
CONTAINER_FIELDS = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True)
class WantedLog:
    """One container's log."""

    namespace: str
    pod: str
    container: str
    previous: bool

    @property
    def path(self) -> str:
        """Its file in the recording."""
        return f"{self.namespace}/{self.pod}/{self.container}{'.previous' if self.previous else ''}.log"


def wanted_logs(pods: list[KubeObject], which: WhichLogs) -> Iterator[WantedLog]:
    """The logs to take, in the order of the pods."""
    for pod in pods:
        if which == "all" or (which == "troubled" and is_troubled(pod)):
            yield from _of_pod(pod)


def is_troubled(pod: KubeObject) -> bool:
    """Not ready (a finished pod need not be), restarted, pending or failed."""
    phase = pod.text("status", "phase")
    if any(status.number("restartCount") for status in _statuses(pod)):
        return True
    return phase != "Succeeded" and not (phase == "Running" and _is_ready(pod))


def _is_ready(pod: KubeObject) -> bool:
    conditions = pod.nodes("status", "conditions")
    return any(c.text("type") == "Ready" and c.text("status") == "True" for c in conditions)


def _of_pod(pod: KubeObject) -> Iterator[WantedLog]:
    by_name = {status.text("name"): status for status in _statuses(pod)}
    for field in CONTAINER_FIELDS:
        for container in pod.nodes("spec", field):
            name = container.text("name")
            status = by_name.get(name, Node({}))
            if _started(status) or (not status and pod.text("spec", "nodeName")):
                yield WantedLog(pod.namespace, pod.name, name, previous=False)
            if _ran(status):
                yield WantedLog(pod.namespace, pod.name, name, previous=True)


def _started(status: Node) -> bool:
    return any(status.value("state", state) is not None for state in ("running", "terminated")) or _ran(
        status
    )


def _ran(status: Node) -> bool:
    return bool(status.value("lastState", "terminated") or status.number("restartCount"))


def _statuses(pod: KubeObject) -> list[Node]:
    return [status for field in STATUS_FIELDS for status in pod.nodes("status", field)]


def clean_log(text: str, redactor: Redactor) -> str:
    """A log without its secrets. Stamps are taken off meanwhile: they would hide a key that spans lines."""
    parts = [line.partition(" ") for line in text.split("\n")]
    cleaned = redactor.clean_text("\n".join(rest for _, _, rest in parts)).split("\n")
    if len(cleaned) != len(parts):
        return redactor.clean_text(text)
    return "\n".join(stamp + space + line for (stamp, space, _), line in zip(parts, cleaned, strict=True))
