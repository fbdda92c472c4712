"""The live object behind a manifest: by discovery, in a version that has the manifest's shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from interlock.core.clusters.discovery import ResourceType
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, InterlockError, NotFound, NotServed
from interlock.tools.knowledge.drift.equality import words
from interlock.tools.knowledge.drift.manifests import Manifest

DEFAULT = "default"
_ALIKE = {
    "PodDisruptionBudget": words("v1 v1beta1"),
    "CronJob": words("v1 v1beta1"),
    "HorizontalPodAutoscaler": words("v2 v2beta2"),
    "Role": words("v1 v1beta1"),
    "RoleBinding": words("v1 v1beta1"),
    "ClusterRole": words("v1 v1beta1"),
    "ClusterRoleBinding": words("v1 v1beta1"),
}
"""Versions whose fields mean the same."""


@dataclass(frozen=True)
class Found:
    """`item` is None where the cluster does not have it; `limit` says why it could not be compared."""

    item: KubeObject | None = None
    namespace: str = ""
    limit: str = ""


class Live:
    """Finds live objects for manifests."""

    def __init__(self, cluster: ClusterReads, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace

    @cached_property
    def _types(self) -> dict[tuple[str, str], ResourceType]:
        return {(kind.group, kind.kind): kind for kind in self._cluster.discovery.all()}

    def type_of(self, manifest: Manifest) -> ResourceType | None:
        """The manifest's kind as the server holds it."""
        return self._types.get((manifest.group, manifest.kind))

    def namespace(self, manifest: Manifest) -> str:
        """The namespace it is in: its own, the one asked for, or the default one; '' when its kind has none."""
        kind = self.type_of(manifest)
        if kind is not None and not kind.namespaced:
            return ""
        return manifest.namespace or self._namespace or DEFAULT

    def find(self, manifest: Manifest) -> Found:
        """The object of this kind, namespace and name."""
        kind, wanted = self.type_of(manifest), manifest.text("apiVersion").rpartition("/")[2]
        where = self.namespace(manifest)
        if kind is None:
            return Found(None, where, f"the server holds no {manifest.kind} of {manifest.text('apiVersion')}")
        if kind.version != wanted and not {kind.version, wanted} <= _ALIKE.get(kind.kind, frozenset()):
            return Found(None, where, f"the server holds {kind.kind} as {kind.version}, the code as {wanted}")
        try:
            return Found(self._cluster.get(kind.full_name, manifest.name, where or None), where)
        except NotFound:
            return self._elsewhere(kind, manifest, where)
        except (Forbidden, NotServed) as error:
            return Found(None, where, error.message)

    def autoscaler(self, item: KubeObject) -> str:
        """The HorizontalPodAutoscaler that sets the replicas of a workload, or ''."""
        try:
            listed = self._cluster.list("horizontalpodautoscalers", item.namespace).objects
        except InterlockError:
            return ""
        targets = (
            (hpa.name, hpa.text("spec", "scaleTargetRef", "kind"), hpa.text("spec", "scaleTargetRef", "name"))
            for hpa in listed
        )
        return next((name for name, kind, target in targets if (kind, target) == (item.kind, item.name)), "")

    def _elsewhere(self, kind: ResourceType, manifest: Manifest, where: str) -> Found:
        """A manifest without a namespace is looked for in all of them."""
        if manifest.namespace or self._namespace or not kind.namespaced:
            return Found(None, where)
        try:
            named = self._cluster.list(
                kind.full_name, fields=f"metadata.name={manifest.name}", limit=2
            ).objects
        except InterlockError:
            return Found(None, where)
        if len(named) != 1:
            return Found(None, where)
        return Found(named[0], named[0].namespace)
