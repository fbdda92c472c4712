"""Finds one object by the name a person gave, and when it is not there says which names are near. Invents nothing."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.core.clusters.discovery import ResourceType
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import BadInput, Forbidden, InterlockError, NotFound, NotServed, nearest

_LOOKED_AT = 2000
_SHOWN = 3


def find_object(cluster: ClusterReads, kind: str, name: str, namespace: str) -> KubeObject:
    """The object of that name. Without a namespace every namespace is searched, and one match must be the only one.

    Raises:
        NotFound: with the nearest names, and the namespaces that do hold this name.
        BadInput: when several namespaces hold it.
        UnknownName, NotServed, Forbidden, Unreachable: as the cluster answered.
    """
    type_ = cluster.discovery.resolve(kind)
    if type_.namespaced and not namespace:
        return _anywhere(cluster, type_, name)
    try:
        return cluster.get(type_.full_name, name, namespace or None)
    except NotFound:
        raise missing(cluster, type_, name, namespace) from None


class NoNamespace(NotFound):
    """A namespace that is surely not there; `near` are those with similar names."""

    def __init__(self, namespace: str, near: list[str]) -> None:
        hint = f"did you mean {' or '.join(repr(n) for n in near)}?" if near else None
        super().__init__(f"no namespace {namespace!r}", hint=hint)
        self.near = near


def missing(cluster: ClusterReads, type_: ResourceType, name: str, namespace: str) -> NotFound:
    """The error for a name that is not there, with what is near it."""
    if namespace and (unknown := missing_namespace(cluster, namespace)):
        return unknown
    scope = namespace if type_.namespaced else None
    known = [item.name for item in _seen(cluster, type_, scope)]
    hints = [f"{place} has a {type_.kind} {name!r}" for place in _elsewhere(cluster, type_, name, namespace)]
    near = near_names(name, known)
    if near:
        hints.insert(0, f"did you mean {' or '.join(repr(n) for n in near)}?")
    where = f" in namespace {namespace!r}" if scope else ""
    return NotFound(f"no {type_.kind} {name!r}{where}", hint="; ".join(hints) or None)


def missing_namespace(cluster: ClusterReads, namespace: str) -> NoNamespace | None:
    """The error for a namespace that is surely not there; None when it is, or when nobody can tell."""
    try:
        known = [item.name for item in cluster.metadata("namespaces", limit=_LOOKED_AT).objects]
    except InterlockError:
        return None
    if namespace in known or not known:
        return None
    return NoNamespace(namespace, near_names(namespace, known))


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Names like `name`: spelt almost so, or the same with a generated ending (`api` for `api-6c4ab5d9c-x7gr9`)."""
    names = list(dict.fromkeys(known))
    spelt = nearest(name, names, most=_SHOWN)
    longer = [n for n in names if n.startswith(f"{name}-") or (len(n) > 3 and name.startswith(f"{n}-"))]
    return list(dict.fromkeys([*spelt, *longer]))[:_SHOWN]


def _anywhere(cluster: ClusterReads, type_: ResourceType, name: str) -> KubeObject:
    try:
        found = cluster.list(type_.full_name, fields=f"metadata.name={name}").objects
    except Forbidden as error:
        raise Forbidden(error.message, hint="name a namespace: you may not look into all of them") from None
    if not found:
        raise missing(cluster, type_, name, "")
    if len(found) > 1:
        places = ", ".join(sorted(item.namespace for item in found))
        raise BadInput(f"several namespaces have a {type_.kind} {name!r}", hint=f"name one of: {places}")
    return found[0]


def _seen(cluster: ClusterReads, type_: ResourceType, namespace: str | None) -> tuple[KubeObject, ...]:
    try:
        return cluster.metadata(type_.full_name, namespace or None, limit=_LOOKED_AT).objects
    except (Forbidden, NotServed):
        return ()


def _elsewhere(cluster: ClusterReads, type_: ResourceType, name: str, namespace: str) -> list[str]:
    if not type_.namespaced or not namespace:
        return []
    try:
        found = cluster.metadata(type_.full_name, fields=f"metadata.name={name}", limit=50).objects
    except InterlockError:
        return []
    return sorted(f"namespace {item.namespace!r}" for item in found if item.namespace != namespace)[:_SHOWN]
