"""The objects a workload owns, picked out by the server through the labels that its controllers select by."""

from __future__ import annotations

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads


def owned(cluster: ClusterReads, resource: str, workload: KubeObject) -> list[KubeObject]:
    """The ReplicaSets or ControllerRevisions of a workload.

    Controllers give both the labels of the pod template, which the selector matches by law; recordings made by hand may
    lack them, so where the labels find nothing the namespace is read.
    """
    held = workload.strings("spec", "selector", "matchLabels")
    labels = ",".join(f"{key}={value}" for key, value in sorted(held.items()))
    found = _of(cluster, resource, workload, labels)
    return found or (_of(cluster, resource, workload, "") if labels else [])


def _of(cluster: ClusterReads, resource: str, workload: KubeObject, labels: str) -> list[KubeObject]:
    listed = cluster.list(resource, workload.namespace, labels=labels).objects
    return [item for item in listed if item.controller == (workload.kind, workload.name)]
