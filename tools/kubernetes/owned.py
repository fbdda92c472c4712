"""The objects a workload owns, picked out by the server through the labels that its controllers select by."""

from __future__ import annotations

from collections.abc import Callable

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads


def owned(
    cluster: ClusterReads, resource: str, workload: KubeObject, is_its: Callable[[KubeObject], bool]
) -> list[KubeObject]:
    """The ReplicaSets or ControllerRevisions of a workload.

    Controllers give both the labels of the pod template, which the selector matches by law; recordings made by hand may
    lack them, so where the labels find nothing the namespace is read.
    """
    held = workload.strings("spec", "selector", "matchLabels")
    labels = ",".join(f"{key}={value}" for key, value in sorted(held.items()))
    for selector in dict.fromkeys((labels, "")):
        listed = cluster.list(resource, workload.namespace, labels=selector).objects
        if found := [item for item in listed if is_its(item)]:
            return found
    return []
