"""The objects around one: a scene of its namespace that does not guess. What may not be read raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from interlock.core.clock import SystemClock
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import NotServed, UnknownName
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.scope import Scope


@dataclass
class Neighbourhood(Scene):
    """`absent` are the kinds that the server does not hold: of them nothing can be said."""

    absent: dict[str, None] = field(default_factory=dict)

    def _listed(self, kind: str, namespace: str | None, quiet: bool) -> tuple[KubeObject, ...] | None:
        assert self.cluster is not None
        try:
            return self.cluster.list(kind, namespace).objects
        except (NotServed, UnknownName):
            self.absent[kind] = None
            return None

    def custom(self, kind: str) -> tuple[KubeObject, ...]:
        """Objects of a kind that a cluster need not have."""
        found = self.all(kind)
        self.absent.pop(kind, None)
        return found


def neighbourhood_of(reads: ClusterReads, namespace: str) -> Neighbourhood:
    """A namespace as it is now; read as far as it is asked for."""
    scope = Scope((namespace,), {}, frozenset(), None)
    return Neighbourhood(reads, scope, SystemClock().now(), timedelta(), [namespace])
