"""Lists of objects, read when asked for and each once. Absent is not empty: what cannot be read becomes a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, InterlockError, NotServed, UnknownName
from interlock.tools.diagnose.scope import Scope
from interlock.tools.diagnose.views import condition

FEW_NODES = 50
"""A cluster with so many is read whole; of a larger one only the nodes that the pods in question run on."""
CLUSTER_WIDE = frozenset({"nodes", "persistentvolumes", "storageclasses", "namespaces"})


@dataclass
class Lists:
    """What the cluster holds in the namespaces looked at; `seen` tells a check whether a kind could be read."""

    cluster: ClusterReads | None
    scope: Scope
    now: datetime
    window: timedelta
    namespaces: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    unseen: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    some_nodes: bool = False
    """Whether only the nodes of the pods in question were read."""
    _lists: dict[tuple[str, str | None], tuple[KubeObject, ...] | None] = field(default_factory=dict)

    def open(self) -> None:
        """Settle which namespaces are looked at: the named one, or every one that can be listed."""
        self.namespaces = list(self.scope.namespaces) or self._all_namespaces()

    def _all_namespaces(self) -> list[str]:
        listed = self._read("namespaces", None, quiet=True)
        if listed:
            return [item.name for item in listed]
        found: dict[str, None] = {}
        for kind in ("pods", "deployments", "events"):
            for item in self._read(kind, None, quiet=True) or ():
                found[item.namespace] = None
        return list(found)

    def extend(self, namespace: str) -> bool:
        """Look at one more namespace. False when nothing of it can be read."""
        if namespace in self.namespaces:
            return True
        if self._read("pods", namespace) is None and self._read("services", namespace) is None:
            return False
        self.namespaces.append(namespace)
        self.forget()
        return True

    def limit(self, said: str) -> None:
        """Say once what was not looked at."""
        if said not in self.limits:
            self.limits.append(said)

    def not_looked_at(self) -> list[str]:
        """Every limit, kinds of one namespace and one reason in one sentence."""
        kinds = [
            f"not looked at{f' in namespace {space}' if space else ''}: {', '.join(missing)} ({why})"
            for (space, why), missing in self.unseen.items()
        ]
        return [*self.limits, *kinds]

    def forget(self) -> None:
        """Drop the indexes, not what was read."""
        for kind in type(self).__mro__:
            for name, attribute in vars(kind).items():
                if isinstance(attribute, cached_property):
                    self.__dict__.pop(name, None)

    def all(self, kind: str) -> tuple[KubeObject, ...]:
        """The objects of a kind in every namespace looked at."""
        if kind in CLUSTER_WIDE:
            return self._read(kind, None) or ()
        return tuple(item for namespace in self.namespaces for item in self._read(kind, namespace) or ())

    def within(self, kind: str, namespace: str) -> dict[str, KubeObject] | None:
        """The objects of a kind in a namespace by name, or None when they cannot be seen."""
        found = self._read(kind, None if kind in CLUSTER_WIDE else namespace)
        return None if found is None else {item.name: item for item in found}

    def seen(self, kind: str, namespace: str = "") -> bool:
        """Whether the kind could be read (in every namespace looked at, when none is named)."""
        spaces = [None] if kind in CLUSTER_WIDE else [namespace] if namespace else [*self.namespaces]
        return bool(spaces) and all(self._read(kind, space) is not None for space in spaces)

    def _read(
        self, kind: str, namespace: str | None, *, quiet: bool = False
    ) -> tuple[KubeObject, ...] | None:
        key = (kind, namespace)
        if key not in self._lists:
            self._lists[key] = self._listed(kind, namespace, quiet)
        return self._lists[key]

    def _listed(self, kind: str, namespace: str | None, quiet: bool) -> tuple[KubeObject, ...] | None:
        if self.cluster is None:
            return None
        try:
            if kind == "nodes" and self.scope.namespaces and self.scope.alert is None:
                return self._nodes(self.cluster)
            return self.cluster.list(kind, namespace).objects
        except Forbidden as error:
            # The registry knows these words, and says every refusal once.
            self.limit(f"not looked at: {error.message}")
            return None
        except (NotServed, UnknownName):
            why = "not recorded or not served"
        except InterlockError as error:
            why = error.message
        if not quiet:
            self.unseen.setdefault((namespace or "", why), []).append(kind)
        return None

    def _nodes(self, cluster: ClusterReads) -> tuple[KubeObject, ...]:
        """All nodes of a small cluster; of a large one those named, and those that the pods in question run on."""
        first = cluster.list("nodes", limit=FEW_NODES)
        if first.complete:
            return first.objects
        met = {pod.text("spec", "nodeName") for pod in self._pods_meant()} - {""}
        named = self.scope.named.get("node", frozenset()) | self.scope.named.get("Node", frozenset())
        if len(met | named) > FEW_NODES:
            return cluster.list("nodes").objects
        self.some_nodes = True
        return tuple(node for name in sorted(met | named) if (node := _node(cluster, name)))

    def _pods_meant(self) -> list[KubeObject]:
        """The pods that the names asked for may mean, by the way controllers name them; of these the ones not ready.

        All where no pod is meant, or none is not ready.
        """
        pods = [pod for space in self.namespaces for pod in self._read("pods", space) or ()]
        names = tuple(name for held in self.scope.named.values() for name in held)
        meant = [pod for pod in pods if any(f"{pod.name}-".startswith(f"{name}-") for name in names)]
        return [pod for pod in meant if condition(pod, "Ready").text("status") != "True"] or meant or pods


def _node(cluster: ClusterReads, name: str) -> KubeObject | None:
    return next(iter(cluster.list("nodes", fields=f"metadata.name={name}").objects), None)
