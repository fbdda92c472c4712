"""recent_changes: what was rolled out, scaled, created or edited within a window, newest first, over a namespace or all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, JsonValue

from interlock.core.clock import format_time
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, NotServed
from interlock.core.evidence import QueryLocator
from interlock.tools.changes.history import EARLIER, REVISION
from interlock.tools.changes.templates import template_diff
from interlock.tools.kubernetes.eventlines import list_events
from interlock.tools.kubernetes.names import missing_namespace
from interlock.tools.tool import Args, Context, Result, Tool

What = Literal["rollout", "scaling", "creation", "edit", "node"]
ALL: tuple[What, ...] = ("rollout", "scaling", "creation", "edit", "node")
CREATED = ("deployments.apps", "statefulsets.apps", "daemonsets.apps", "cronjobs.batch", "services", "configmaps",
           "secrets", "horizontalpodautoscalers.autoscaling", "persistentvolumeclaims", "namespaces", "nodes")  # fmt: skip
EDITED = ("configmaps", "secrets")
WHOLE = ("nodes",)
"""Read once and whole, since their conditions are asked for as well."""
MOST_FIELDS = 3


class RecentArgs(Args):
    """Which window."""

    minutes: int = Field(60, ge=1, le=43_200, description="how far back")
    namespace: str = Field("", description="empty: all namespaces")
    what: tuple[What, ...] = Field(
        (), description="rollout, scaling, creation, edit, node; empty: all of them"
    )
    cluster: str = Field("", description="empty: the default cluster")


@dataclass(frozen=True)
class Recent:
    """One change."""

    at: datetime
    text: str


class RecentChanges(Tool[RecentArgs]):
    """Finds changes by time."""

    name = "recent_changes"
    title = "What changed within a window"
    description = (
        "Every rollout (with what it changed), scaling, new object, edit of a ConfigMap or Secret, and change of a "
        "node's conditions within the last minutes, newest first, each with its time."
    )
    systems = ("kubernetes",)
    cost = "moderate"
    args = RecentArgs

    def run(self, args: RecentArgs, context: Context) -> Result:
        """Look at everything that carries a time."""
        cluster = context.cluster(args.cluster)
        if args.namespace and (unknown := missing_namespace(cluster, args.namespace)):
            raise unknown
        since = context.clock.now() - timedelta(minutes=args.minutes)
        reads = _Reads(cluster, args.namespace)
        found = [
            change
            for what in args.what or ALL
            for change in _FINDERS[what](reads)
            if since <= change.at <= context.clock.now()
        ]
        found.sort(key=lambda change: (change.at, change.text), reverse=True)
        where = f" in namespace {args.namespace}" if args.namespace else ""
        named = " and ".join(args.what) or "any kind"
        head = f"changes of {named}{where} since {format_time(since)}: {len(found)}"
        lines: list[JsonValue] = [head, *(f"{format_time(c.at)} {c.text}" for c in found)]
        return Result(
            kind="report",
            subject="",
            data={"count": len(found), "lines": lines},
            locators=(QueryLocator(system="kubernetes", query=head.partition(":")[0]),),
            limits=tuple(reads.limits),
            summary=f"{len(found)} changes",
        )

    def render(self, data: JsonValue) -> str:
        """One change a line."""
        return "\n".join(Node(data if isinstance(data, dict) else {}).names("lines"))


class _Reads:
    """Lists kinds, and keeps apart those that could not be read."""

    def __init__(self, cluster: ClusterReads, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace or None
        self.limits: list[str] = []

    def objects(self, kind: str, *, whole: bool = True) -> Iterable[KubeObject]:
        """The objects of a kind, or their metadata, which tells when they were made and by whom edited."""
        read = self.cluster.list if whole or kind in WHOLE else self.cluster.metadata
        try:
            return read(kind, self.namespace).objects
        except (NotServed, Forbidden) as error:
            self.limits.append(f"not looked at: {error.message}")
            return ()


def _rollouts(reads: _Reads) -> Iterator[Recent]:
    by_owner: dict[tuple[str, str], list[KubeObject]] = {}
    for item in reads.objects("replicasets.apps"):
        if item.controller and item.controller[0] == "Deployment":
            by_owner.setdefault((item.namespace, item.controller[1]), []).append(item)
    for (space, name), sets in by_owner.items():
        sets.sort(key=lambda s: int(s.annotations.get(REVISION, "0") or 0))
        newest, before = sets[-1], sets[-2] if len(sets) > 1 else None
        back = EARLIER in newest.annotations
        at = _went_back(reads, space, name) if back else newest.created
        if at and before:
            how = "went back to an earlier revision as" if back else "rolled out"
            number = newest.annotations.get(REVISION)
            yield Recent(at, f"Deployment {space}/{name} {how} revision {number}{_what(before, newest)}")


def _went_back(reads: _Reads, space: str, name: str) -> datetime | None:
    """A ReplicaSet that was rolled back to is older than the rollback; its Deployment says when that was done."""
    held = (d for d in reads.objects("deployments.apps") if (d.namespace, d.name) == (space, name))
    found = next(held, None)
    conditions = found.nodes("status", "conditions") if found else []
    return next((c.time("lastUpdateTime") for c in conditions if c.text("type") == "Progressing"), None)


def _what(before: KubeObject, after: KubeObject) -> str:
    changes = template_diff(before.node("spec", "template").raw, after.node("spec", "template").raw)
    said = [str(change) for change in changes]
    more = f" and {len(said) - MOST_FIELDS} more fields" if len(said) > MOST_FIELDS else ""
    return f": {', '.join(said[:MOST_FIELDS])}{more}" if said else ""


def _scalings(reads: _Reads) -> Iterator[Recent]:
    try:
        _, events = list_events(reads.cluster, reads.namespace)
    except (NotServed, Forbidden) as error:
        reads.limits.append(f"not looked at: {error.message}")
        return
    for event in events:
        if event.reason in ("ScalingReplicaSet", "SuccessfulRescale") and event.last:
            yield Recent(
                event.last, f"{event.kind} {event.namespace}/{event.name} {event.reason}: {event.message}"
            )


def _creations(reads: _Reads) -> Iterator[Recent]:
    kinds = [k for k in CREATED if not (reads.namespace and k in ("namespaces", "nodes"))]
    for kind in kinds:
        yield from (
            Recent(item.created, f"{item} created")
            for item in reads.objects(kind, whole=False)
            if item.created
        )


def _edits(reads: _Reads) -> Iterator[Recent]:
    for kind in EDITED:
        for item in reads.objects(kind, whole=False):
            times = [
                (at, m.text("manager"))
                for m in item.nodes("metadata", "managedFields")
                if (at := m.time("time"))
            ]
            newest = max(times, default=None)
            if newest and newest[0] != item.created:
                yield Recent(newest[0], f"{item} edited by {newest[1]}")


def _nodes(reads: _Reads) -> Iterator[Recent]:
    for item in reads.objects("nodes") if not reads.namespace else ():
        for condition in item.nodes("status", "conditions"):
            at = condition.time("lastTransitionTime")
            if at:
                yield Recent(
                    at, f"{item} condition {condition.text('type')} became {condition.text('status')}"
                )


_FINDERS: dict[What, Callable[[_Reads], Iterator[Recent]]] = {
    "rollout": _rollouts,
    "scaling": _scalings,
    "creation": _creations,
    "edit": _edits,
    "node": _nodes,
}


TOOL = RecentChanges()
