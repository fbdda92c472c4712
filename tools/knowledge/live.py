"""A live object and what owns it in the cluster, as far as that can be read; what could not be is a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import (
    BadInput,
    Forbidden,
    InterlockError,
    NotFound,
    NotServed,
    UnknownName,
    nearest,
)
from interlock.tools.tool import Context

if TYPE_CHECKING:
    from interlock.index.code.live import Live

HIGHEST = 5
"""Steps up the owner references; Pod, ReplicaSet, Deployment and an operator's object are four."""
_BY_NAME = "by its name alone"


@dataclass(frozen=True)
class Seen:
    """The object, its owners from the nearest up, and what could not be read."""

    live: Live
    above: tuple[Live, ...] = ()
    limits: tuple[str, ...] = ()


def found_live(context: Context, kind: str, name: str, namespace: str, cluster: str = "") -> Seen:
    """The object in the cluster; where there is none to ask, only its name.

    Raises:
        BadInput: when several namespaces hold the name and none was said.
    """
    from interlock.index.code.live import Live

    bare = Live(kind.lower(), name, namespace)
    try:
        reads = context.cluster(cluster)
    except BadInput as error:
        return Seen(bare, limits=(f"{error.message}: the object was matched {_BY_NAME}",))
    try:
        held = _get(reads, kind, name, namespace)
    except (NotFound, NotServed, Forbidden, UnknownName) as error:
        return Seen(bare, limits=(f"{error.message}; it was matched {_BY_NAME}",))
    return Seen(_live(held), tuple(_above(reads, held)))


def _get(reads: ClusterReads, kind: str, name: str, namespace: str) -> KubeObject:
    resource = kind.lower()
    if not reads.discovery.resolve(resource).namespaced:
        return reads.get(resource, name)
    if namespace:
        return reads.get(resource, name, namespace)
    found = reads.list(resource, fields=f"metadata.name={name}").objects
    if not found:
        raise NotFound(f"no {resource} is called {name}{_meant(reads, resource, name)}")
    if len(found) > 1:
        spaces = ", ".join(sorted(item.namespace for item in found))
        raise BadInput(f"{resource} {name} is in several namespaces: {spaces}", hint="say which namespace")
    return found[0]


def _meant(reads: ClusterReads, resource: str, name: str) -> str:
    """What may have been meant, as the end of a sentence; '' when nothing is near, or cannot be listed."""
    try:
        near = nearest(name, {item.name for item in reads.metadata(resource).objects})
    except InterlockError:
        return ""
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _above(reads: ClusterReads, held: KubeObject) -> list[Live]:
    from interlock.index.code.live import Live

    found: list[Live] = []
    at: KubeObject | None = held
    while at is not None and at.controller and len(found) < HIGHEST:
        kind, name = at.controller
        try:
            at = _get(reads, kind, name, held.namespace)
            found.append(_live(at))
        except InterlockError:
            # What owns it is known by kind and name even where it cannot be read.
            found.append(Live(kind, name, held.namespace))
            at = None
    return found


def _live(held: KubeObject) -> Live:
    from interlock.index.code.live import Live

    return Live(held.kind, held.name, held.namespace, held.labels, held.annotations)
