"""Peers a workload speaks of: host names and addresses in its logs and settings, and the Services they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.scene import Scene

LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
HOST = rf"(?:{LABEL}\.)+{LABEL}|{LABEL}"
_SERVICE_HOST = re.compile(rf"\b({LABEL})\.({LABEL})\.svc(?:\.[a-z0-9.-]+)?\b")
_HOST_PORT = re.compile(rf"(?<![\w.@-])((?:{LABEL}\.)*{LABEL}):(\d{{2,5}})(?![\w:])")
_DOTTED = re.compile(rf"(?<![\w./@-])((?:{LABEL}\.)+[a-z]{{2,}})(?!\.?\w|\()")
_URL = re.compile(rf"\b[a-z][a-z0-9+.-]*://(?:[^@/\s]*@)?((?:{LABEL}\.)*{LABEL})(?::(\d{{2,5}}))?(?![\w:@])")
_QUOTED = re.compile(
    rf"\bhost(?:name)?\s?[=:]\s?['\"]((?:{LABEL}\.)*{LABEL})['\"](?:,\s?port\s?[=:]\s?(\d{{2,5}}))?"
)
# Java packages begin, and Python modules end, with words that no host does in these places.
_CODE = re.compile(
    r"^(?:com|org|net|io|java|javax|jakarta|sun|jdk|kotlin|scala)\.|\.(?:exceptions?|errors?|connectionpool|ssl|sql|client|adapters|util)$"
)
_NOT_HOSTS = re.compile(
    r"\.(?:py|js|ts|go|java|rb|rs|c|cc|cpp|json|ya?ml|sh|so|html?|txt|log|conf|cfg|toml|md)$"
)
_IP = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}$")


@dataclass(frozen=True)
class Peer:
    """A host, its port when named, and the Service and workloads it leads to when they were read."""

    host: str
    port: str = ""
    service: Ref | None = None
    workloads: tuple[Ref, ...] = ()

    @property
    def named(self) -> str:
        """`host:port`, or the host."""
        return f"{self.host}:{self.port}" if self.port else self.host


def is_internal(host: str, scene: Scene, namespace: str) -> bool:
    """Whether a name can only be one of the cluster's: no dots, `.svc`, `.cluster.local`, or a known namespace last."""
    parts = host.split(".")
    if len(parts) == 1 or "svc" in parts[2:] or host.endswith(".cluster.local"):
        return True
    return len(parts) == 2 and (parts[1] in scene.namespaces or parts[1] == namespace)


def service_names(host: str, namespace: str) -> tuple[str, str]:
    """Namespace and Service name that a cluster-internal host stands for."""
    parts = host.split(".")
    return (parts[1] if len(parts) > 1 else namespace), parts[0]


def named_hosts(text: str) -> Iterator[tuple[str, str]]:
    """Hosts and ports that a text speaks of, the most telling first."""
    for match in _SERVICE_HOST.finditer(text):
        port = re.match(r":(\d{2,5})", text[match.end() :])
        yield match.group(0), port[1] if port else ""
    for match in (*_URL.finditer(text), *_QUOTED.finditer(text)):
        if not _IP.match(match[1]):
            yield match[1], match[2] or ""
    for match in _HOST_PORT.finditer(text):
        if not match[1].isdigit() and not _CODE.search(match[1]):
            yield match[1], match[2]
    for match in _DOTTED.finditer(text):
        if not _NOT_HOSTS.search(match[1]) and not _CODE.search(match[1]):
            yield match[1], ""


def peer(scene: Scene, host: str, port: str, namespace: str) -> Peer:
    """What a host leads to, as far as it was read."""
    service = _service(scene, host, namespace)
    if service is None:
        return Peer(host, port, None, _direct(scene, host, namespace))
    return Peer(host, port, service, tuple(scene.behind(service)) or _direct(scene, host, namespace))


def _service(scene: Scene, host: str, namespace: str) -> Ref | None:
    if _IP.match(host):
        return scene.service_by_ip.get(host)
    if not is_internal(host, scene, namespace):
        return None
    ref = Ref("Service", *service_names(host, namespace))
    return ref if ref in scene.services else None


def _direct(scene: Scene, host: str, namespace: str) -> tuple[Ref, ...]:
    """Without recorded Services: a workload of the host's first label, or the pod at the address."""
    if _IP.match(host):
        pod = scene.pod_by_ip.get(host)
        return (pod.workload,) if pod else ()
    if not is_internal(host, scene, namespace) or scene.seen("services", service_names(host, namespace)[0]):
        return ()
    space, name = service_names(host, namespace)
    kinds = ("Deployment", "StatefulSet", "DaemonSet")
    return tuple(ref for ref in (Ref(kind, space, name) for kind in kinds) if ref in scene.workloads)


def mentioned(scene: Scene) -> Iterator[tuple[str, str]]:
    """Namespaces and Service names that the logs and settings of the targets speak of."""
    for line in scene.lines:
        if line.warns and line.workload:
            for host, _ in named_hosts(line.text):
                if is_internal(host, scene, line.workload.namespace):
                    yield service_names(host, line.workload.namespace)
    for ref in scene.target_workloads:
        raw = scene.workloads.get(ref)
        for text in _settings(raw.node("spec", "template", "spec").raw) if raw else ():
            for match in _SERVICE_HOST.finditer(text):
                yield match[2], match[1]


def blamed(scene: Scene) -> dict[Ref, dict[Ref, str]]:
    """By workload, the other workloads that its own warnings and errors name, and the host they are named by."""
    found: dict[Ref, dict[Ref, str]] = {}
    for line in scene.lines:
        if line.workload and line.warns:
            for host, port in named_hosts(line.text):
                for other in peer(scene, host, port, line.workload.namespace).workloads:
                    found.setdefault(line.workload, {}).setdefault(other, host)
    return {own: {ref: host for ref, host in others.items() if ref != own} for own, others in found.items()}


def _settings(spec: object) -> Iterator[str]:
    """Values of env and arguments of every container."""
    from interlock.core.clusters.objects import Node

    if isinstance(spec, dict):
        for container in Node(spec).nodes("containers"):
            for variable in container.nodes("env"):
                yield variable.text("value")
            yield from container.names("args")
            yield from container.names("command")
