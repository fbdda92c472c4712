"""kubernetes_events: what happened to the objects of a namespace, or to one of them, oldest first."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.core.clusters.reader import ClusterReads, Listing
from interlock.core.errors import Forbidden, NotServed
from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.eventlines import KubeEvent, event_text, list_events
from interlock.tools.kubernetes.list import cut
from interlock.tools.kubernetes.names import find_object, missing_namespace
from interlock.tools.kubernetes.objects import locator
from interlock.tools.tool import Args, Context, Result, Tool

LOCATED = 50


class EventsArgs(Args):
    """Which events."""

    namespace: str = Field("", description="empty: all namespaces")
    kind: str = Field("", description="only about objects of this kind")
    name: str = Field("", description="only about the object of this name")
    warnings_only: bool = Field(False, description="leave out those of type Normal")
    limit: int = Field(50, ge=1, le=1000, description="the newest ones, at most so many")
    cluster: str = Field("", description="empty: the default cluster")


class KubernetesEvents(Tool[EventsArgs]):
    """Reads events."""

    name = "kubernetes_events"
    title = "Read Kubernetes events"
    description = (
        "Events in the order of when they were last seen, newest last: `TIME TYPE REASON Kind/name xCOUNT: message`. "
        "Clusters keep events for about an hour only, so none is no proof that nothing happened."
    )
    systems = ("kubernetes",)
    args = EventsArgs

    def run(self, args: EventsArgs, context: Context) -> Result:
        """Read them."""
        cluster = context.cluster(args.cluster)
        kind = _kind(cluster, args.kind)
        listing, events = list_events(cluster, args.namespace or None, name=args.name)
        chosen = [event for event in events if _wanted(event, args, kind)]
        if not chosen:
            _check_names(cluster, args)
        shown = chosen[-args.limit :]
        about = _about(args)
        data: dict[str, JsonValue] = {
            "about": about,
            "found": len(chosen),
            "events": [e.data() for e in shown],
        }
        query = QueryLocator(system="kubernetes", query=f"events {about}")
        places = dict.fromkeys(locator(cluster.name, event.raw) for event in shown[-LOCATED:])
        return Result(
            kind="event",
            subject=_subject(shown),
            data=data,
            locators=tuple(places) or (query,),
            limits=_limits(listing, len(chosen), len(shown)),
            summary=f"{len(shown)} events",
        )

    def render(self, data: JsonValue) -> str:
        """One line an event."""
        return event_text(data)


def _kind(cluster: ClusterReads, kind: str) -> str:
    try:
        return cluster.discovery.resolve(kind).kind.lower() if kind else ""
    except NotServed:
        # Events may be about kinds that were not recorded.
        return kind.lower()


def _wanted(event: KubeEvent, args: EventsArgs, kind: str) -> bool:
    if args.warnings_only and event.type == "Normal":
        return False
    if args.name and event.name != args.name:
        return False
    return not kind or event.kind.lower() == kind


def _check_names(cluster: ClusterReads, args: EventsArgs) -> None:
    """No event: is it because of a wrong name?"""
    if args.namespace and (no := missing_namespace(cluster, args.namespace)):
        raise no
    if args.kind and args.name:
        try:
            find_object(cluster, args.kind, args.name, args.namespace)
        except (NotServed, Forbidden):
            return


def _limits(listing: Listing, chosen: int, shown: int) -> tuple[str, ...]:
    older = (f"{chosen - shown} older events left out by the limit",) if chosen > shown else ()
    return (*cut(listing), *older)


def _subject(events: list[KubeEvent]) -> str:
    about = {(event.kind, event.namespace, event.name) for event in events}
    if len(about) != 1:
        return ""
    kind, namespace, name = about.pop()
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def _about(args: EventsArgs) -> str:
    warned = "warnings " if args.warnings_only else ""
    thing = (
        f"about {args.kind or 'objects'} {args.name}".rstrip() if args.kind or args.name else "about anything"
    )
    return f"{warned}{thing} in {f'namespace {args.namespace}' if args.namespace else 'all namespaces'}"


TOOL = KubernetesEvents()
