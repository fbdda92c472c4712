"""Events of either API shape (core/v1 and events.k8s.io) read to one form, and that form as a line.

core/v1 counts in `count` between `firstTimestamp` and `lastTimestamp`; newer writers leave those empty and use
`eventTime` with a `series`. Both shapes come mixed in one list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from interlock.core.clock import format_time
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.reader import ClusterReads, Listing
from interlock.core.errors import NotServed
from interlock.tools.kubernetes.tables import one_line

_LAST = (("series", "lastObservedTime"), ("lastTimestamp",), ("deprecatedLastTimestamp",), ("eventTime",))
_FIRST = (("firstTimestamp",), ("deprecatedFirstTimestamp",), ("eventTime",))
_CREATED = ("metadata", "creationTimestamp")
_NEVER = datetime.min.replace(tzinfo=UTC)
MOST = 10_000
"""Events read at most; sorting by time needs them all."""


@dataclass(frozen=True)
class KubeEvent:
    """What happened to which object, how often, from when to when."""

    raw: KubeObject
    type: str
    reason: str
    message: str
    count: int
    first: datetime | None
    last: datetime | None
    kind: str
    namespace: str
    name: str

    @property
    def at(self) -> datetime:
        """When it was seen last, for sorting; an event without any time is the oldest."""
        return self.last or _NEVER

    def data(self) -> dict[str, JsonValue]:
        """The event as data."""
        return {
            "first": format_time(self.first) if self.first else None,
            "last": format_time(self.last) if self.last else None,
            "type": self.type,
            "reason": self.reason,
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "count": self.count,
            "message": self.message,
        }


def read_event(raw: KubeObject) -> KubeEvent:
    """One event, of whichever shape."""
    about = raw.node("involvedObject") or raw.node("regarding")
    counts = (raw.number("series", "count"), raw.number("count"), raw.number("deprecatedCount"))
    return KubeEvent(
        raw=raw,
        type=raw.text("type") or "Normal",
        reason=raw.text("reason"),
        message=one_line(raw.text("message") or raw.text("note")),
        count=max(1, *(count or 0 for count in counts)),
        first=_time(raw, _FIRST),
        last=_time(raw, _LAST),
        kind=about.text("kind"),
        namespace=about.text("namespace") or raw.namespace,
        name=about.text("name"),
    )


def list_events(
    cluster: ClusterReads, namespace: str | None, *, name: str = "", limit: int = MOST
) -> tuple[Listing, list[KubeEvent]]:
    """The events of a namespace or of all, newest last; with `name` those about objects of that name.

    Raises:
        NotServed: when the cluster holds events in neither shape.
    """
    found = _listed(cluster, namespace, name, limit)
    if name and not found.objects:
        # Recordings hold both shapes in one list, of which the selector knows one.
        found = _listed(cluster, namespace, "", limit)
    return found, sorted(map(read_event, found.objects), key=lambda e: (e.at, e.raw.name))


def _listed(cluster: ClusterReads, namespace: str | None, name: str, limit: int) -> Listing:
    try:
        fields = f"involvedObject.name={name}" if name else ""
        return cluster.list("events", namespace, fields=fields, limit=limit)
    except NotServed:
        fields = f"regarding.name={name}" if name else ""
        return cluster.list("events.events.k8s.io", namespace, fields=fields, limit=limit)


def event_text(data: JsonValue) -> str:
    """`TIME TYPE REASON Kind/name xCOUNT: message`, one an event; the namespace at the end where there are several."""
    node = Node(data if isinstance(data, dict) else {})
    events = node.nodes("events")
    if not events:
        return f"0 events found: {node.text('about')}"
    several = len({event.text("namespace") for event in events}) > 1
    return "\n".join(_line(event, several=several) for event in events)


def _line(event: Node, *, several: bool) -> str:
    about = f"{event.text('kind')}/{event.text('name')}"
    when = event.text("last") or "unknown-time"
    where = f" (namespace {event.text('namespace')})" if several else ""
    head = f"{when} {event.text('type')} {event.text('reason') or '-'} {about} x{event.text('count')}"
    return f"{head}: {one_line(event.text('message'))}{where}"


def _time(raw: KubeObject, paths: Iterable[tuple[str, ...]]) -> datetime | None:
    return next((at for path in (*paths, _CREATED) if (at := raw.time(*path))), None)
