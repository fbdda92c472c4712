"""Services and what stands before and behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from interlock.core.replay.printers.cells import (
    LISTED,
    NONE,
    UNKNOWN,
    UNSET,
    Cell,
    Json,
    Printer,
    age,
    at,
    columns,
    items,
    joined,
    name,
    number,
    pairs,
    selector,
    shortened,
    table,
    text,
)


def _service(s: Json, now: datetime) -> list[Cell]:
    kind = text(s, "spec", "type") or "ClusterIP"
    inner = text(s, "spec", "clusterIPs", 0) or text(s, "spec", "clusterIP") or NONE
    ports = joined(map(_port, items(s, "spec", "ports")))
    return [name(s), kind, inner, _external(s, kind), ports, age(s, now), pairs(at(s, "spec", "selector"))]


def _port(p: Json) -> str:
    node, protocol = number(p, "nodePort"), text(p, "protocol") or "TCP"
    return f"{number(p, 'port')}:{node}/{protocol}" if node > 0 else f"{number(p, 'port')}/{protocol}"


def _external(s: Json, kind: str) -> str:
    ips = [str(ip) for ip in items(s, "spec", "externalIPs")]
    match kind:
        case "ClusterIP" | "NodePort":
            return joined(ips)
        case "LoadBalancer":
            return ",".join([*_balancers(s), *ips]) or "<pending>"
        case "ExternalName":
            return text(s, "spec", "externalName")
    return UNKNOWN


def _balancers(obj: Json) -> list[str]:
    points = items(obj, "status", "loadBalancer", "ingress")
    return sorted({text(p, "ip") or text(p, "hostname") for p in points} - {""})


def _endpoints(e: Json, now: datetime) -> list[Cell]:
    found = [point for subset in items(e, "subsets") for point in _points(subset)]
    return [name(e), shortened(found) if items(e, "subsets") else NONE, age(e, now)]


def _points(subset: Json) -> Iterator[str]:
    ips = [text(a, "ip") for a in items(subset, "addresses")]
    if not items(subset, "ports"):
        yield from ips
    for port in items(subset, "ports"):
        yield from (
            f"[{ip}]:{number(port, 'port')}" if ":" in ip else f"{ip}:{number(port, 'port')}" for ip in ips
        )


def _slice(s: Json, now: datetime) -> list[Cell]:
    ports = [text(p, "port") or "*" for p in items(s, "ports")]
    addresses = [str(a) for e in items(s, "endpoints") for a in items(e, "addresses")]
    shown = (shortened(ports) or UNSET, shortened(addresses) or UNSET)
    return [name(s), text(s, "addressType"), *shown, age(s, now)]


def _ingress(i: Json, now: datetime) -> list[Cell]:
    shown = (text(i, "spec", "ingressClassName") or NONE, _hosts(items(i, "spec", "rules")))
    ports = "80, 443" if items(i, "spec", "tls") else "80"
    return [name(i), *shown, ",".join(_balancers(i)), ports, age(i, now)]


def _hosts(rules: list[Json]) -> str:
    hosts = [host for rule in rules if (host := text(rule, "host"))]
    if not hosts:
        return "*"
    head = ",".join(hosts[:LISTED])
    return f"{head} + {len(rules) - LISTED} more..." if len(rules) > LISTED and len(hosts) >= LISTED else head


def _ingress_class(c: Json, now: datetime) -> list[Cell]:
    parameters = table(c, "spec", "parameters")
    group = text(parameters, "apiGroup")
    kind = text(parameters, "kind") + (f".{group}" if group else "")
    shown = f"{kind}/{text(parameters, 'name')}" if parameters else NONE
    return [name(c), text(c, "spec", "controller"), shown, age(c, now)]


def _policy(p: Json, now: datetime) -> list[Cell]:
    return [name(p), selector(table(p, "spec", "podSelector")), age(p, now)]


PRINTERS = {
    ("", "services"): Printer(columns("Type|Cluster-IP|External-IP|Port(s)|Age||Selector"), _service),
    ("", "endpoints"): Printer(columns("Endpoints|Age"), _endpoints),
    ("discovery.k8s.io", "endpointslices"): Printer(columns("AddressType|Ports|Endpoints|Age"), _slice),
    ("networking.k8s.io", "ingresses"): Printer(columns("Class|Hosts|Address|Ports|Age"), _ingress),
    ("extensions", "ingresses"): Printer(columns("Class|Hosts|Address|Ports|Age"), _ingress),
    ("networking.k8s.io", "ingressclasses"): Printer(columns("Controller|Parameters|Age"), _ingress_class),
    ("networking.k8s.io", "networkpolicies"): Printer(columns("Pod-Selector|Age"), _policy),
}
