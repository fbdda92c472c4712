"""How many ready addresses stand behind each Service: from EndpointSlices, or from Endpoints where there are no slices.

Source: Kubernetes docs, "EndpointSlices"; the Endpoints API is deprecated since 1.33 and answers with a warning.
"""

from __future__ import annotations

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import NotServed, UnknownName

_SERVICE = "kubernetes.io/service-name"
Addresses = dict[tuple[str, str], set[str]]


def ready_addresses(cluster: ClusterReads, namespace: str) -> dict[tuple[str, str], int]:
    """The number of distinct ready addresses by namespace and name of the Service; one without any is left out.

    Raises:
        NotServed, Forbidden, Unreachable: as the cluster answered when neither form can be read.
    """
    try:
        found = _of_slices(cluster.list("endpointslices.discovery.k8s.io", namespace or None).objects)
    except (NotServed, UnknownName):
        found = _of_endpoints(cluster.list("endpoints", namespace or None).objects)
    return {service: len(addresses) for service, addresses in found.items() if addresses}


def _of_slices(slices: tuple[KubeObject, ...]) -> Addresses:
    """A dual-stack Service has slices of both families for the same pods: one family is counted, the fuller one."""
    families: dict[tuple[str, str], dict[str, set[str]]] = {}
    for item in slices:
        service = (item.namespace, item.labels.get(_SERVICE, ""))
        held = families.setdefault(service, {}).setdefault(item.text("addressType"), set())
        for endpoint in item.nodes("endpoints"):
            # The API defines an absent `ready` as ready.
            if endpoint.flag("conditions", "ready") is not False:
                held |= set(endpoint.names("addresses"))
    return {service: max(kinds.values(), key=len) for service, kinds in families.items()}


def _of_endpoints(items: tuple[KubeObject, ...]) -> Addresses:
    """An address stands in several subsets when its ports differ."""
    return {
        (item.namespace, item.name): {
            address.text("ip") for subset in item.nodes("subsets") for address in subset.nodes("addresses")
        }
        for item in items
    }
