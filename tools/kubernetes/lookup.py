"""Finds objects by name alone: likely kinds first, the server picks the name out, and of neighbours only metadata is read.

The API has no search over kinds, so a name costs one small request a kind until it is found, and its absence one for
every kind that could have what is asked for.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.permitted import is_partial
from interlock.core.clusters.reader import ClusterReads, Listing
from interlock.core.errors import Forbidden, NotServed
from interlock.tools.kubernetes.features import SETTINGS
from interlock.tools.kubernetes.names import near_names

WORKLOADS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps")
_RUN = ("cronjobs.batch", "jobs.batch", "pods")
KINDS = (
    *WORKLOADS,
    *_RUN,
    "nodes",
    "services",
    "ingresses.networking.k8s.io",
    "horizontalpodautoscalers.autoscaling",
    "persistentvolumeclaims",
    "configmaps",
    "secrets",
    "resourcequotas",
    "persistentvolumes",
    "namespaces",
)
"""Where a name is looked for when no kind is said, in this order; the first that has it is meant."""
_TEMPLATED = (*WORKLOADS, *_RUN)
_HAVE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("image", "tag", "service account", "missing", *SETTINGS), _TEMPLATED),
    **dict.fromkeys(("image before", "rollout"), WORKLOADS),
    **dict.fromkeys(("node", "restarts"), (*WORKLOADS, "pods")),
    "version": (*_TEMPLATED, "nodes"),
    "ready replicas": WORKLOADS,
    "replicas": (*WORKLOADS, "horizontalpodautoscalers.autoscaling"),
    **dict.fromkeys(("schedule", "last run", "suspended"), ("cronjobs.batch",)),
}
"""Which kinds have an attribute; one that is not here may be of any kind."""
# Generated names end in a hash of letters that make no words (apimachinery util/rand), or in a StatefulSet's ordinal.
_POD = re.compile(r".-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|0|[1-9]\d{0,3})$")
_CLOSE = 0.85
"""How alike a name must be for the search to end: one or two letters off."""
LOOKED_AT = 2000


@dataclass(frozen=True)
class Wanted:
    """What is looked for. `saying` are the attributes it must have; `kind` is '', a kind or `workloads`."""

    name: str
    kind: str = ""
    namespace: str = ""
    saying: tuple[str, ...] = ()

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds to ask, the likely ones first."""
        if self.kind == "workloads":
            return WORKLOADS
        return (self.kind,) if self.kind else _likely(self.name, self.saying)


@dataclass
class Seen:
    """The objects of one name, and the kinds that could not be read; `whole` when none was refused."""

    items: list[KubeObject] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    whole: bool = True


def find(cluster: ClusterReads, wanted: Wanted) -> Seen:
    """The objects of that name, of the first kind that has any where it is looked for."""
    seen = Seen()
    for kind in wanted.kinds:
        found = _by_name(cluster, kind, wanted, seen)
        seen.items = [item for item in found if wanted.namespace in ("", item.namespace)]
        if seen.items:
            break
    return seen


def elsewhere(cluster: ClusterReads, wanted: Wanted) -> list[KubeObject]:
    """The objects of that name in other namespaces, or, where a kind was said, of other kinds."""
    anywhere = replace(wanted, namespace="")
    found = find(cluster, anywhere).items if wanted.namespace else []
    return found or (find(cluster, replace(anywhere, kind="")).items if wanted.kind else [])


def neighbours(cluster: ClusterReads, wanted: Wanted, most: int) -> list[KubeObject]:
    """The objects whose names are nearest; the search ends at a kind that has one almost so called."""
    seen: list[KubeObject] = []
    for kind in wanted.kinds:
        names = _names(cluster, kind)
        seen += names
        if any(_alike(wanted.name, item.name) >= _CLOSE for item in names):
            break
    near = near_names(wanted.name, [item.name for item in seen])
    return [item for name in near for item in seen if item.name == name][:most]


def _likely(name: str, saying: Sequence[str]) -> Sequence[str]:
    held = [_HAVE.get(attribute, KINDS) for attribute in saying]
    kinds: Iterable[str] = [kind for kind in KINDS if not held or any(kind in some for some in held)]
    return sorted(kinds, key=lambda kind: kind != "pods") if _POD.search(name) else list(kinds)


def _by_name(cluster: ClusterReads, kind: str, wanted: Wanted, seen: Seen) -> Iterable[KubeObject]:
    """All that have the name. Only a kind that was said has to be there."""
    try:
        listing = _listed(cluster, kind, wanted.namespace, f"metadata.name={wanted.name}")
    except (NotServed, Forbidden) as error:
        if kind == wanted.kind:
            raise
        seen.whole = seen.whole and not isinstance(error, Forbidden)
        seen.limits.append(f"not looked at: {error.message}")
        return ()
    seen.whole = seen.whole and not is_partial(listing.warnings)
    return listing.objects


def _listed(cluster: ClusterReads, kind: str, namespace: str, fields: str) -> Listing:
    """In the namespace, which is all that some may read; a recording may hold the kind in other ones only."""
    try:
        return cluster.list(kind, namespace or None, fields=fields)
    except NotServed:
        if not namespace:
            raise
        return cluster.list(kind, fields=fields)


def _names(cluster: ClusterReads, kind: str) -> tuple[KubeObject, ...]:
    try:
        return cluster.metadata(kind, limit=LOOKED_AT).objects
    except (NotServed, Forbidden):
        return ()


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
