"""The word kubectl shows for a pod, with its ready and restart counts, computed from the raw object.

Follows what kubectl's `get pods` documents: a container's waiting or exit reason stands above the pod's phase, init
containers above containers, a deletion above both. Sidecars (init containers that are always restarted) count as ready.
"""

from __future__ import annotations

from dataclasses import dataclass

from interlock.core.clusters.objects import Node

CALM = frozenset({"Running", "Completed", "Succeeded"})


@dataclass(frozen=True)
class PodStatus:
    """One pod in a line of a table."""

    word: str
    ready: int
    total: int
    restarts: int

    @property
    def calm(self) -> bool:
        """True when neither the word nor a container that is not ready asks for attention."""
        return self.word in CALM and (self.ready == self.total or self.word != "Running")


def pod_status(pod: Node) -> PodStatus:
    """The status of a pod as kubectl words it."""
    sidecars = {
        c.text("name") for c in pod.nodes("spec", "initContainers") if c.text("restartPolicy") == "Always"
    }
    total = len(pod.nodes("spec", "containers")) or len(pod.nodes("status", "containerStatuses"))
    init = _init(pod, sidecars)
    if init.word and not _is_true(pod, "Initialized"):
        word, ready, restarts = init.word, init.ready, init.restarts
    else:
        main = _main(pod)
        word, ready, restarts = main.word, init.ready + main.ready, init.sidecar_restarts + main.restarts
    return PodStatus(_deleted(pod) or word or _phase(pod), ready, total + len(sidecars), restarts)


@dataclass(frozen=True)
class _Part:
    word: str
    ready: int
    restarts: int
    sidecar_restarts: int = 0


def _init(pod: Node, sidecars: set[str]) -> _Part:
    word, ready, restarts, of_sidecars = "", 0, 0, 0
    statuses = pod.nodes("status", "initContainerStatuses")
    for place, status in enumerate(statuses):
        restarts += status.number("restartCount") or 0
        if status.text("name") in sidecars:
            of_sidecars += status.number("restartCount") or 0
            if status.flag("started"):
                ready += bool(status.flag("ready"))
                continue
        word = _init_word(status, place, len(pod.nodes("spec", "initContainers")) or len(statuses))
        if word:
            break
    return _Part(word, ready, restarts, of_sidecars)


def _init_word(status: Node, place: int, total: int) -> str:
    ended, waits = status.node("state", "terminated"), status.text("state", "waiting", "reason")
    if ended:
        return f"Init:{_ended(ended)}" if ended.number("exitCode") else ""
    if waits and waits != "PodInitializing":
        return f"Init:{waits}"
    return f"Init:{place}/{total}"


def _main(pod: Node) -> _Part:
    word, ready, restarts = "", 0, 0
    for status in reversed(pod.nodes("status", "containerStatuses")):
        restarts += status.number("restartCount") or 0
        ended, waits = status.node("state", "terminated"), status.text("state", "waiting", "reason")
        if waits or ended:
            word = waits or _ended(ended)
        elif status.flag("ready") and "running" in status.node("state").raw:
            ready += 1
    if word == "Completed" and ready:
        word = "Running" if _is_true(pod, "Ready") else "NotReady"
    return _Part(word, ready, restarts)


def _ended(ended: Node) -> str:
    if ended.text("reason"):
        return ended.text("reason")
    signal = ended.number("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{ended.number('exitCode') or 0}"


def _deleted(pod: Node) -> str:
    if not pod.text("metadata", "deletionTimestamp"):
        return ""
    if pod.text("status", "reason") == "NodeLost":
        return "Unknown"
    return "" if pod.text("status", "phase") in ("Succeeded", "Failed") else "Terminating"


def _phase(pod: Node) -> str:
    for condition in pod.nodes("status", "conditions"):
        if condition.text("type") == "PodScheduled" and condition.text("reason") == "SchedulingGated":
            return "SchedulingGated"
    return pod.text("status", "reason") or pod.text("status", "phase") or "Unknown"


def _is_true(pod: Node, kind: str) -> bool:
    return any(
        c.text("type") == kind and c.text("status") == "True" for c in pod.nodes("status", "conditions")
    )
