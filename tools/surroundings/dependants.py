"""Who would feel the loss or restart of an object: what routes to it, scales it, names it, reads it, runs on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from interlock.approvals.selectors import selects
from interlock.core.clusters.objects import KubeObject, Node, Ref
from interlock.core.clusters.reader import ClusterReads
from interlock.core.surroundings import Dependant
from interlock.tools.diagnose.graph import ref_of
from interlock.tools.diagnose.names import deployment_of_replicaset
from interlock.tools.kubernetes.uses import HOLDERS, UsesArgs, how_used, stands_for
from interlock.tools.surroundings.callers import callers_elsewhere, callers_of
from interlock.tools.surroundings.neighbourhood import Neighbourhood, neighbourhood_of

MOST = 40
"""Dependants that are named; of more, the count is told."""
_SLICE_OF = "kubernetes.io/service-name"
_ROUTES = "httproutes.gateway.networking.k8s.io"


def dependants_of(reads: ClusterReads, subject: KubeObject) -> Sequence[Dependant]:
    """The dependants of an object of any kind; of a kind that nothing depends on, none."""
    found = _KINDS.get(subject.kind)
    told = tuple(dict.fromkeys(found(reads, subject))) if found else ()
    if len(told) <= MOST:
        return told
    return (*told[:MOST], Dependant(f"{len(told) - MOST} more", "are not named here"))


def _of_workload(reads: ClusterReads, subject: KubeObject) -> Iterator[Dependant]:
    around = neighbourhood_of(reads, subject.namespace)
    own = ref_of(subject)
    workload = around.workload_of(own)
    labels = _labels(around, subject, workload)
    services = _selecting(around, own, workload) | (by_address := _by_address(around, own, workload))
    for service in sorted(services):
        how = "has the addresses of its pods" if service in by_address else "selects its pods"
        yield Dependant(str(service), how)
    for budget in around.all("poddisruptionbudgets"):
        if any(selects(budget.node("spec", "selector"), each) for each in labels):
            yield Dependant(str(budget), "limits its disruptions")
    for scaler in around.all("horizontalpodautoscalers"):
        target = scaler.node("spec", "scaleTargetRef")
        if (target.text("kind"), target.text("name")) == (workload.kind, workload.name):
            yield Dependant(str(scaler), "scales it")
    yield from _users_of_services(reads, around, services, frozenset({own, workload}))
    yield from _absent(around)


def _of_service(reads: ClusterReads, subject: KubeObject) -> Iterator[Dependant]:
    around = neighbourhood_of(reads, subject.namespace)
    service = ref_of(subject)
    yield from _users_of_services(reads, around, frozenset({service}), frozenset(around.behind(service)))
    yield from _absent(around)


def _users_of_services(
    reads: ClusterReads, around: Neighbourhood, services: Set[Ref], own: Set[Ref]
) -> Iterator[Dependant]:
    names = {service.name: service for service in services}
    for ingress in around.all("ingresses") if names else ():
        yield from _routed(ingress, _hosts_by_service(ingress), names)
    for route in around.custom(_ROUTES) if names else ():
        hosts = route.names("spec", "hostnames") or ["every host"]
        backends = [b for rule in route.nodes("spec", "rules") for b in rule.nodes("backendRefs")]
        yield from _routed(route, {b.text("name"): hosts for b in backends if _is_here(b, route)}, names)
    yield from callers_of(around, services, own)
    yield from callers_elsewhere(around, reads, around.namespaces[0], services)


def _routed(
    route: KubeObject, hosts: Mapping[str, Sequence[str]], services: Mapping[str, Ref]
) -> Iterator[Dependant]:
    for name in sorted(hosts.keys() & services.keys()):
        yield Dependant(str(route), f"routes {', '.join(dict.fromkeys(hosts[name]))} to {services[name]}")


def _is_here(backend: Node, route: KubeObject) -> bool:
    return backend.text("kind") in {"", "Service"} and backend.text("namespace") in {"", route.namespace}


def _hosts_by_service(ingress: KubeObject) -> dict[str, list[str]]:
    """In networking.k8s.io/v1 a backend holds `service.name`, in v1beta1 `serviceName`."""
    found: dict[str, list[str]] = {}
    for backend in (ingress.node("spec", "defaultBackend"), ingress.node("spec", "backend")):
        if backend:
            found.setdefault(_backend(backend), []).append("what no rule names")
    for rule in ingress.nodes("spec", "rules"):
        for path in rule.nodes("http", "paths"):
            found.setdefault(_backend(path.node("backend")), []).append(rule.text("host") or "every host")
    return found


def _backend(backend: Node) -> str:
    return backend.text("service", "name") or backend.text("serviceName")


def _selecting(around: Neighbourhood, own: Ref, workload: Ref) -> frozenset[Ref]:
    """Services that select the pod; of a workload, those that select its pods or the pods it would make."""
    if own.kind == "Pod":
        return frozenset(s for s in around.services if any(pod.ref == own for pod in around.selected(s)))
    return frozenset(s for s in around.services if workload in around.behind(s))


def _by_address(around: Neighbourhood, own: Ref, workload: Ref) -> frozenset[Ref]:
    """Services without a selector, whose endpoints somebody writes by hand, that hold addresses of its pods."""
    bare = {s for s, raw in around.services.items() if not raw.strings("spec", "selector")}
    pods = [pod for pod in around.pods_of(workload) if own.kind != "Pod" or pod.ref == own]
    held = {pod.raw.text("status", "podIP") for pod in pods} - {""}
    if not bare or not held:
        return frozenset()
    return frozenset(service for service in bare if held & _addresses(around, service))


def _addresses(around: Neighbourhood, service: Ref) -> set[str]:
    slices = [s for s in around.all("endpointslices") if s.labels.get(_SLICE_OF) == service.name]
    of_slices = {a for s in slices for endpoint in s.nodes("endpoints") for a in endpoint.names("addresses")}
    plain = (around.within("endpoints", service.namespace) or {}).get(service.name)
    subsets = plain.nodes("subsets") if plain else []
    return of_slices | {a.text("ip") for subset in subsets for a in subset.nodes("addresses")}


def _labels(around: Neighbourhood, subject: KubeObject, workload: Ref) -> list[dict[str, str]]:
    if subject.kind == "Pod":
        return [subject.labels]
    template = subject.strings("spec", "template", "metadata", "labels")
    return [*(pod.raw.labels for pod in around.pods_of(workload)), *([template] if template else [])]


def _absent(around: Neighbourhood) -> Iterator[Dependant]:
    for kind in around.absent:
        yield Dependant(kind, "are not held here, so nothing is known of them")


def _of_configuration(reads: ClusterReads, subject: KubeObject) -> Iterator[Dependant]:
    """What names a ConfigMap, a Secret, a claim or a service account."""
    around = neighbourhood_of(reads, subject.namespace)
    asked = UsesArgs.model_validate({"kind": subject.kind.lower(), "name": subject.name})
    named: set[tuple[str, str]] = set()
    for kind in (*HOLDERS, "pods", *(("ingresses",) if subject.kind == "Secret" else ())):
        for item in around.all(kind):
            how = how_used(item, asked)
            if how and not stands_for(item, named):
                yield Dependant(str(item), f"uses it {how}")
            named |= {(item.kind, item.name)} if how else set()
    yield from _absent(around)


def _of_node(reads: ClusterReads, subject: KubeObject) -> Iterator[Dependant]:
    """The workloads whose pods run on a node; DaemonSets leave theirs."""
    held = reads.list("pods", fields=f"spec.nodeName={subject.name}").objects
    counted = Counter(who for pod in held if (who := _controller(pod)).kind != "DaemonSet")
    for who, pods in sorted(counted.items()):
        yield Dependant(str(who), f"runs {pods} pod{'s' if pods > 1 else ''} on it")


def _controller(pod: KubeObject) -> Ref:
    kind, name = pod.controller or ("Pod", pod.name)
    if kind == "ReplicaSet" and (
        above := deployment_of_replicaset(name, pod.labels.get("pod-template-hash", ""))
    ):
        return Ref("Deployment", pod.namespace, above)
    return Ref(kind, pod.namespace, name)


def _of_scaler(reads: ClusterReads, subject: KubeObject) -> Iterator[Dependant]:
    target = subject.node("spec", "scaleTargetRef")
    yield Dependant(str(Ref(target.text("kind"), subject.namespace, target.text("name"))), "is scaled by it")


def _of_application(reads: ClusterReads, subject: KubeObject) -> Iterator[Dependant]:
    for each in subject.nodes("status", "resources"):
        yield Dependant(
            str(Ref(each.text("kind"), each.text("namespace"), each.text("name"))), "is kept by it"
        )


def _of_inventory(reads: ClusterReads, subject: KubeObject) -> Iterator[Dependant]:
    """What a Kustomization of Flux applied: entries are `namespace_name_group_kind`."""
    for each in subject.nodes("status", "inventory", "entries"):
        where, _, kind = each.text("id").rpartition("_")
        namespace, _, name = where.rpartition("_")[0].partition("_")
        yield Dependant(str(Ref(kind, namespace, name)), "is kept by it")


_KINDS: Mapping[str, Callable[[ClusterReads, KubeObject], Iterator[Dependant]]] = {
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"), _of_workload
    ),
    **dict.fromkeys(("ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"), _of_configuration),
    "Service": _of_service,
    "Node": _of_node,
    "HorizontalPodAutoscaler": _of_scaler,
    "Application": _of_application,
    "Kustomization": _of_inventory,
}
