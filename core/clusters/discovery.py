"""Which kinds a server holds, asked of the server itself, only as far as needed, and asked again after a few minutes.

A server from 1.26 on tells everything in two requests (aggregated discovery); an older one is asked group by group. Each
kind is read in the version its group prefers, except where `RICHER` says that another one tells more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from interlock.core.clusters.objects import Node
from interlock.core.clusters.transport import JSON, Transport
from interlock.core.errors import Forbidden, NotServed, UnknownName, Unreachable

AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)
KEPT_SECONDS = 300.0
"""How long discovery is believed: a new custom kind shows up within this time."""
RICHER = {"horizontalpodautoscalers.autoscaling": ("v2", "v2beta2", "v2beta1")}
"""Versions taken before the preferred one: autoscaling/v1 keeps metrics and conditions in annotations."""
_BUILT_IN: dict[str, str] = {
    "": "pods po pod services svc service endpoints ep nodes no node namespaces ns namespace events ev event "
    "configmaps cm configmap secrets secret persistentvolumes pv persistentvolume persistentvolumeclaims pvc "
    "persistentvolumeclaim serviceaccounts sa serviceaccount resourcequotas quota resourcequota limitranges limits "
    "limitrange replicationcontrollers rc replicationcontroller",
    "apps": "deployments deploy deployment replicasets rs replicaset statefulsets sts statefulset daemonsets ds "
    "daemonset controllerrevisions controllerrevision",
    "batch": "jobs job cronjobs cj cronjob",
    "autoscaling": "horizontalpodautoscalers hpa horizontalpodautoscaler",
    "networking.k8s.io": "ingresses ing ingress networkpolicies netpol networkpolicy ingressclasses ingressclass",
    "policy": "poddisruptionbudgets pdb poddisruptionbudget",
    "storage.k8s.io": "storageclasses sc storageclass",
    "discovery.k8s.io": "endpointslices endpointslice",
}
_GROUP_OF = {name: group for group, names in _BUILT_IN.items() for name in names.split()}


@dataclass(frozen=True)
class ResourceType:
    """A kind as the server serves it."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Plural with group, such as `deployments.apps`; plain for the core group."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def base(self) -> str:
        """The path under which the version of the group lives."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def answers_to(self, name: str) -> bool:
        """True when `name` (plural, singular, kind, short or full name; any case) means this kind."""
        name = name.lower()
        return name in {self.plural, self.kind.lower(), self.full_name, *self.short_names}


@dataclass
class _Known:
    """What was learned at one time; swapped as a whole, so that a thread that reads it is not disturbed."""

    at: float
    aggregated: bool | None = None
    versions: dict[str, list[str]] | None = None
    types: dict[str, list[ResourceType]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


class Discovery:
    """Asks a server for its kinds and believes the answer for five minutes. One per cluster and principal."""

    def __init__(self, transport: Transport, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._known = _Known(monotonic())

    @property
    def problems(self) -> list[str]:
        """The groups whose kinds could not be read, and why; an API behind a broken service is one."""
        return [f"{group}: {why}" for group, why in self._known.problems.items()]

    def resolve(self, name: str) -> ResourceType:
        """The kind that `name` means.

        Raises:
            NotServed: when it is a known kind that this server does not hold.
            UnknownName: when nothing is called so.
        """
        known = self._current()
        plural, _, group = name.lower().partition(".")
        guess = group if "." in name else _GROUP_OF.get(plural)
        found = _named(self._group(known, guess), name) if guess is not None else None
        if found is None and "." not in name:
            found = _named(self._all(known), name)
        if found:
            return found
        if guess is not None:
            raise NotServed(f"this server does not hold {name}")
        raise UnknownName(
            "kind", name, {n for t in self._all(known) for n in (t.plural, t.kind.lower(), *t.short_names)}
        )

    def all(self) -> list[ResourceType]:
        """Every kind in the version it is read in; core first."""
        return list(self._all(self._current()))

    def _current(self) -> _Known:
        now = self._monotonic()
        if now - self._known.at > KEPT_SECONDS:
            self._known = _Known(now, aggregated=self._known.aggregated)
        return self._known

    def _all(self, known: _Known) -> Iterable[ResourceType]:
        return [kind for group in ["", *self._groups(known)] for kind in self._group(known, group)]

    def _groups(self, known: _Known) -> dict[str, list[str]]:
        if known.versions is None:
            listed = self._root(known, "/apis")
            if known.aggregated:
                known.types |= {g.text("metadata", "name"): _merged(g) for g in listed.nodes("items")}
                known.versions = {g.text("metadata", "name"): [] for g in listed.nodes("items")}
            else:
                known.versions = {g.text("name"): _versions(g) for g in listed.nodes("groups")}
        return known.versions

    def _group(self, known: _Known, group: str) -> list[ResourceType]:
        versions = self._groups(known).get(group, []) if group else ["v1"]
        if group not in known.types and not group:
            self._core(known)
        if group not in known.types:
            read = [kind for version in versions for kind in self._read(known, group, version)]
            known.types[group] = _chosen(read)
        return known.types[group]

    def _core(self, known: _Known) -> None:
        """Take the core kinds from the aggregated form where the server has it."""
        if known.aggregated is False:
            return
        try:
            listed = self._root(known, "/api")
        except (NotServed, Forbidden):
            return
        if known.aggregated:
            known.types[""] = [kind for group in listed.nodes("items") for kind in _merged(group)]

    def _root(self, known: _Known, path: str) -> Node:
        accept = JSON if known.aggregated is False else AGGREGATED
        listed = Node(self._transport.get(path, accept=accept).json())
        known.aggregated = listed.text("kind") == "APIGroupDiscoveryList"
        return listed

    def _read(self, known: _Known, group: str, version: str) -> list[ResourceType]:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        try:
            listed = Node(self._transport.get(path).json())
        except NotServed:
            return []
        except (Unreachable, Forbidden) as error:
            # One API behind a broken service must not hide the kinds of all others.
            if not group:
                raise
            known.problems[group] = error.message
            return []
        return [
            _type(group, version, item) for item in listed.nodes("resources") if "/" not in item.text("name")
        ]


def _named(kinds: Iterable[ResourceType], name: str) -> ResourceType | None:
    return next((kind for kind in kinds if kind.answers_to(name)), None)


def _chosen(kinds: Iterable[ResourceType]) -> list[ResourceType]:
    """Each kind once: in the first version it comes in, or the richest one."""
    found: dict[str, ResourceType] = {}
    for kind in kinds:
        held = found.setdefault(kind.plural, kind)
        if _rank(kind) < _rank(held):
            found[kind.plural] = kind
    return list(found.values())


def _rank(kind: ResourceType) -> int:
    richer = RICHER.get(kind.full_name, ())
    return richer.index(kind.version) if kind.version in richer else len(richer)


def _versions(group: Node) -> list[str]:
    preferred = group.text("preferredVersion", "version")
    others = [v.text("version") for v in group.nodes("versions")]
    return [preferred, *(v for v in others if v != preferred)] if preferred else others


def _type(group: str, version: str, item: Node) -> ResourceType:
    return ResourceType(
        group=group,
        version=version,
        plural=item.text("name"),
        kind=item.text("kind"),
        namespaced=bool(item.flag("namespaced")),
        short_names=tuple(item.names("shortNames")),
        verbs=tuple(item.names("verbs")),
    )


def _merged(group: Node) -> list[ResourceType]:
    """The kinds of an APIGroupDiscovery, whose versions stand in the order of preference."""
    name = group.text("metadata", "name")
    kinds = (
        ResourceType(
            group=name,
            version=version.text("version"),
            plural=item.text("resource"),
            kind=item.text("responseKind", "kind"),
            namespaced=item.text("scope") == "Namespaced",
            short_names=tuple(item.names("shortNames")),
            verbs=tuple(item.names("verbs")),
        )
        for version in group.nodes("versions")
        for item in version.nodes("resources")
    )
    return _chosen(kinds)
