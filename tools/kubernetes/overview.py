"""What a namespace or a cluster looks like in exact numbers: one statement a line, each with its own subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.permitted import is_partial
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, NotServed
from interlock.tools.kubernetes.columns import condition, node_status, pressures
from interlock.tools.kubernetes.eventlines import KubeEvent, list_events
from interlock.tools.kubernetes.pod_status import pod_status
from interlock.tools.kubernetes.select import SEEN

COUNTED = (
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "services",
    "persistentvolumeclaims",
    "resourcequotas",
    "horizontalpodautoscalers.autoscaling",
)
NAMED = 30
"""Objects named one by one; beyond that only their number is told."""


@dataclass(frozen=True)
class Overview:
    """The statements, and what could not be looked at."""

    lines: tuple[str, ...]
    limits: tuple[str, ...]


def overview(cluster: ClusterReads, namespace: str) -> Overview:
    """Counts by kind, pods by status, what is not ready, warnings by reason; nodes when all namespaces are meant."""
    limits: list[str] = []
    where = f"namespace {namespace}" if namespace else f"cluster {cluster.name}"
    reads = _Reads(cluster, namespace)
    pods = reads.objects("pods")
    kinds = {kind: reads.objects(kind) for kind in COUNTED}
    lines = (
        [*_pods(reads.told(where, "pods"), pods or ()), *_by_namespace(pods or ())]
        if pods is not None
        else []
    )
    lines += [
        f"{reads.told(where, kind)}: {len(items)} {_plain(kind)}"
        for kind, items in kinds.items()
        if items is not None
    ]
    lines += _named(
        [line for items in kinds.values() for item in items or () for line in _workload(item)], limits
    )
    lines += _warnings(where, cluster, namespace, limits)
    if not namespace:
        lines += _nodes(reads.objects("nodes"), limits)
    return Overview(tuple(lines), (*reads.limits(), *limits))


class _Reads:
    """Lists kinds and keeps apart those that are not held and those that may not be seen."""

    def __init__(self, cluster: ClusterReads, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace or None
        self._absent: list[str] = []
        self._partial: set[str] = set()

    def objects(self, kind: str) -> tuple[KubeObject, ...] | None:
        """The objects, or None when they cannot be seen, which is not the same as none."""
        try:
            listing = self._cluster.list(kind, self._namespace)
            self._partial |= {kind} if is_partial(listing.warnings) else set()
            return listing.objects
        except NotServed:
            self._absent.append(_plain(kind))
        except Forbidden:
            pass  # The registry names every refusal in the same words.
        return None

    def told(self, where: str, kind: str) -> str:
        """The place of a number, and whether it is the whole of it."""
        return f"{where}{SEEN if kind in self._partial else ''}"

    def limits(self) -> list[str]:
        """What could not be looked at."""
        return [f"not looked at, not held here: {', '.join(self._absent)}"] if self._absent else []


def _plain(kind: str) -> str:
    return kind.partition(".")[0]


def _pods(where: str, pods: Sequence[KubeObject]) -> Iterator[str]:
    yield f"{where}: {len(pods)} pods"
    statuses = [(pod, pod_status(pod)) for pod in pods]
    for word, count in sorted(Counter(status.word for _, status in statuses).items()):
        yield f"{where}: {count} pods with status {word}"
    troubled = [(pod, status) for pod, status in statuses if not status.calm]
    for pod, status in troubled[:NAMED]:
        yield f"{pod}: status {status.word}, {status.ready}/{status.total} containers ready, {status.restarts} restarts"
    if len(troubled) > NAMED:
        yield f"{where}: {len(troubled) - NAMED} more pods that are not well are not named here"


def _by_namespace(pods: Sequence[KubeObject]) -> Iterator[str]:
    counts = Counter(pod.namespace for pod in pods)
    if len(counts) > 1:
        yield from (f"namespace {name}: {count} pods" for name, count in sorted(counts.items()))


def _workload(item: KubeObject) -> Iterator[str]:
    """A statement for a workload that is not as it should be."""
    state = _NOT_READY.get(item.resource)
    said = state(item) if state else ""
    if said:
        yield f"{item}: {said}"


def _replicas(item: KubeObject) -> str:
    wanted, ready = item.number("spec", "replicas"), item.number("status", "readyReplicas") or 0
    wanted = 1 if wanted is None else wanted
    return f"{ready}/{wanted} replicas ready" if ready < wanted else ""


def _daemons(item: KubeObject) -> str:
    wanted, ready = (
        item.number("status", "desiredNumberScheduled") or 0,
        item.number("status", "numberReady") or 0,
    )
    return f"{ready}/{wanted} pods ready" if ready < wanted else ""


def _job(item: KubeObject) -> str:
    return (
        f"failed, {item.number('status', 'failed') or 0} failed pods"
        if condition(item, "Failed") == "True"
        else ""
    )


def _claim(item: KubeObject) -> str:
    phase = item.text("status", "phase")
    return f"phase {phase}" if phase and phase != "Bound" else ""


_NOT_READY: dict[str, Callable[[KubeObject], str]] = {
    "deployments.apps": _replicas,
    "statefulsets.apps": _replicas,
    "daemonsets.apps": _daemons,
    "jobs.batch": _job,
    "persistentvolumeclaims": _claim,
}


def _warnings(where: str, cluster: ClusterReads, namespace: str, limits: list[str]) -> Iterator[str]:
    try:
        listing, events = list_events(cluster, namespace or None)
    except (NotServed, Forbidden) as error:
        limits.append(f"events were not looked at: {error.message}")
        return
    if not listing.complete:
        limits.append(f"only {len(events)} events were read")
    warnings = [event for event in events if event.type != "Normal"]
    yield f"{where}: {len(warnings)} Warning events"
    for reason, group in sorted(_by_reason(warnings).items()):
        seen = sum(event.count for event in group)
        yield f"{where}: {len(group)} Warning events with reason {reason}, seen {seen} times"


def _by_reason(events: Sequence[KubeEvent]) -> dict[str, list[KubeEvent]]:
    grouped: dict[str, list[KubeEvent]] = {}
    for event in events:
        grouped.setdefault(event.reason or "-", []).append(event)
    return grouped


def _nodes(nodes: tuple[KubeObject, ...] | None, limits: list[str]) -> list[str]:
    if nodes is None:
        return []
    states = [(node, node_status(node), pressures(node)) for node in nodes]
    ready = sum(state.startswith("Ready") for _, state, _ in states)
    odd = [
        f"{node}: {state}{', ' if pressing else ''}{', '.join(pressing)}"
        for node, state, pressing in states
        if state != "Ready" or pressing
    ]
    return [f"nodes: {ready}/{len(nodes)} Ready", *_named(odd, limits)]


def _named(lines: list[str], limits: list[str]) -> list[str]:
    if len(lines) > NAMED:
        limits.append(f"{len(lines) - NAMED} more objects that are not ready are not named")
    return lines[:NAMED]
