"""Which kinds a server holds, asked of the server itself and only as far as needed."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.core.clusters.objects import Node
from interlock.core.clusters.transport import Transport
from interlock.core.errors import NotServed, UnknownName

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


class Discovery:
    """Asks a server for its kinds, group by group, each at most once."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._versions: dict[str, list[str]] | None = None
        self._types: dict[str, list[ResourceType]] = {}

    def resolve(self, name: str) -> ResourceType:
        """The kind that `name` means.

        Raises:
            NotServed: when it is a known kind that this server does not hold.
            UnknownName: when nothing is called so.
        """
        plural, _, group = name.lower().partition(".")
        guess = group if "." in name else _GROUP_OF.get(plural)
        found = self._in_group(guess, name) if guess is not None else None
        found = found or next((t for t in self.all() if t.answers_to(name)), None)
        if found:
            return found
        if guess is not None:
            raise NotServed(f"this server does not hold {name}")
        raise UnknownName(
            "kind", name, {n for t in self.all() for n in (t.plural, t.kind.lower(), *t.short_names)}
        )

    def all(self) -> list[ResourceType]:
        """Every kind in its preferred version; core first."""
        return [kind for group in ["", *self._groups()] for kind in self._group(group)]

    def _in_group(self, group: str, name: str) -> ResourceType | None:
        return next((t for t in self._group(group) if t.answers_to(name)), None)

    def _groups(self) -> dict[str, list[str]]:
        if self._versions is None:
            listed = Node(self._transport.get("/apis").json())
            self._versions = {g.text("name"): _versions(g) for g in listed.nodes("groups")}
        return self._versions

    def _group(self, group: str) -> list[ResourceType]:
        if group not in self._types:
            found: dict[str, ResourceType] = {}
            for version in ["v1"] if not group else self._groups().get(group, []):
                for kind in self._read(group, version):
                    found.setdefault(kind.plural, kind)
            self._types[group] = list(found.values())
        return self._types[group]

    def _read(self, group: str, version: str) -> list[ResourceType]:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        try:
            listed = Node(self._transport.get(path).json())
        except NotServed:
            return []
        return [
            _type(group, version, item) for item in listed.nodes("resources") if "/" not in item.text("name")
        ]


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
