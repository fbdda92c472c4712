"""Who speaks of a Service by its address: in the environment, the arguments, or a ConfigMap that it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from interlock.core.clusters.objects import KubeObject, Node, Ref
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, NotServed, UnknownName
from interlock.core.surroundings import Dependant
from interlock.tools.diagnose.graph import ref_of
from interlock.tools.diagnose.hosts import is_internal, named_hosts, service_names
from interlock.tools.kubernetes.uses import UsesArgs, how_used
from interlock.tools.surroundings.neighbourhood import Neighbourhood

CALLERS = ("deployments", "statefulsets", "daemonsets", "cronjobs")
# A variable that holds a bare Service name says by its own name that it holds a place.
_PLACE = re.compile(r"HOST|ADDR|URL|URI|SERVICE|SERVER|ENDPOINT|UPSTREAM|BROKER|DSN", re.IGNORECASE)


def callers_of(around: Neighbourhood, services: Set[Ref], own: Set[Ref]) -> Iterator[Dependant]:
    """Workloads that name one of the Services; `own` are the ones behind them."""
    telling = _telling_maps(around, services)
    for kind in CALLERS:
        for item in around.all(kind):
            if ref_of(item) not in own:
                yield from _said(around, item, services, telling)


def callers_elsewhere(
    around: Neighbourhood, reads: ClusterReads, namespace: str, services: Set[Ref]
) -> Iterator[Dependant]:
    """How many workloads of other namespaces name one of the Services; who they are is not told."""
    found = 0
    for kind in CALLERS if services else ():
        try:
            listed = reads.list(kind).objects
        except (NotServed, UnknownName):
            continue
        except Forbidden as error:
            yield Dependant("other namespaces", f"not looked at: {error.message}")
            return
        found += sum(bool(_named(around, item, services)) for item in listed if item.namespace != namespace)
    if found:
        names = " or ".join(f"Service {service.name}" for service in sorted(services))
        yield Dependant(
            f"{found} workload{'s' if found > 1 else ''} of other namespaces", f"named {names} by address"
        )


def _said(
    around: Neighbourhood, item: KubeObject, services: Set[Ref], telling: Sequence[tuple[str, Ref]]
) -> Iterator[Dependant]:
    for service in sorted(_named(around, item, services)):
        yield Dependant(str(item), f"names {service} in its environment or arguments")
    for name, service in telling:
        if how_used(item, UsesArgs.model_validate({"kind": "configmap", "name": name})):
            yield Dependant(str(item), f"reads ConfigMap {name}, which names {service}")


def _telling_maps(around: Neighbourhood, services: Set[Ref]) -> list[tuple[str, Ref]]:
    """ConfigMaps by name, with the Services that they name. What a Secret names is not known: its values are never read."""
    found = [
        (item.name, service)
        for item in (around.all("configmaps") if services else ())
        for key, value in item.strings("data").items()
        for service in sorted(_meant(around, key, value, item.namespace) & services)
    ]
    return list(dict.fromkeys(found))


def _named(around: Neighbourhood, item: KubeObject, services: Set[Ref]) -> Set[Ref]:
    held = [_meant(around, key, text, item.namespace) & services for key, text in _settings(pod_spec(item))]
    return frozenset[Ref]().union(*held)


def _meant(around: Neighbourhood, key: str, text: str, namespace: str) -> Set[Ref]:
    hosts = {host for host, _ in named_hosts(text)}
    if _PLACE.search(key):
        hosts |= {text.strip()}
    return frozenset(
        Ref("Service", *service_names(host, namespace))
        for host in hosts
        if is_internal(host, around, namespace)
    )


def _settings(spec: Node) -> Iterator[tuple[str, str]]:
    """Names and values of the environment; arguments, which have no name."""
    for container in (*spec.nodes("initContainers"), *spec.nodes("containers")):
        for variable in container.nodes("env"):
            yield variable.text("name"), variable.text("value")
        for said in (*container.names("command"), *container.names("args")):
            yield "", said


def pod_spec(item: KubeObject) -> Node:
    """What its pods are made of."""
    inner = ("jobTemplate", "spec") if item.kind == "CronJob" else ()
    return item.node("spec", *inner, "template", "spec")
