"""Host names that a workload cannot resolve, with the name.

Detects: getaddrinfo ENOTFOUND and EAI_AGAIN, `no such host`, NXDOMAIN, SERVFAIL, "Name or service not known",
"Temporary failure in name resolution", UnknownHostException in logs.
Source: POSIX getaddrinfo (EAI_NONAME, EAI_AGAIN); RFC 1035 response codes; Kubernetes docs, "DNS for Services and Pods".
Example: getaddrinfo ENOTFOUND cache.shop.svc.cluster.local.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.hosts import LABEL, is_internal, named_hosts, peer
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.logged import Group, groups, logged
from interlock.tools.diagnose.model import Finding, Statement
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene

PATTERN = re.compile(
    r"ENOTFOUND|EAI_AGAIN|no such host|NXDOMAIN|SERVFAIL|could ?n[o']t resolve|cannot resolve|unable to resolve"
    r"|failed to resolve|Name or service not known|nodename nor servname|Temporary failure in name resolution"
    r"|UnknownHostException|getaddrinfo (failed|error)|could not translate host name|NameResolutionError"
    r"|server misbehaving|dns lookup failed|name resolution failed|unresolvable host",
    re.IGNORECASE,
)
_H = rf"((?:{LABEL}\.)*{LABEL})\.?"
_NAMED = re.compile(
    rf"(?:ENOTFOUND|EAI_AGAIN|lookup|resolve(?: host(?:name)?)?:?|host name|hostname|UnknownHostException:|host:|name)"
    rf"\s+[\"'`]?{_H}(?=[\"'`\s:;,)]|$)",
    re.IGNORECASE,
)
_WORDS = frozenset(
    [
        "failed",
        "failure",
        "error",
        "host",
        "name",
        "on",
        "in",
        "the",
        "to",
        "service",
        "for",
        "hostname",
        "address",
        "or",
        "resolution",
        "is",
        "not",
        "of",
    ]
)
_RESOLVERS = ("coredns", "kube-dns", "node-local-dns")


def host_in(text: str) -> str:
    """The name that could not be resolved, or ''."""
    for match in _NAMED.finditer(text):
        if match[1].lower() not in _WORDS and not match[1].isdigit():
            return match[1]
    return next((host for host, _ in named_hosts(text)), "")


def _key(line: Line, match: re.Match[str]) -> str:
    return host_in(line.text)


def find(scene: Scene) -> Iterator[Finding]:
    """Unresolved names by workload."""
    found = groups(scene, PATTERN, _key)
    named = {group.workload for group in found if group.key}
    for group in found:
        if group.key or group.workload not in named:
            yield _finding(scene, group)


def _finding(scene: Scene, group: Group) -> Finding:
    host = group.key
    sick = _sick_resolver(scene)
    text = (
        f"{group.subject} cannot resolve the DNS name {host}"
        if host
        else f"{group.subject} cannot resolve names by DNS"
    )
    made = logged(scene, "dns_failure", "infrastructure" if sick else "configuration_error", group, text, PATTERN,
                  facts={"host": host})  # fmt: skip
    extra = []
    if host and is_internal(host, scene, group.workload.namespace):
        found = peer(scene, host, "", group.workload.namespace)
        space = host.split(".")[1] if "." in host else group.workload.namespace
        if found.service is None and scene.seen("services", space):
            extra.append(Statement(f"No Service {host.split('.')[0]} exists in namespace {space}"))
    if sick:
        extra.append(Statement(f"{sick} is not Ready"))
    return made.with_details(*extra)


def _sick_resolver(scene: Scene) -> Ref | None:
    for pod in scene.pods:
        if any(pod.raw.name.startswith(name) for name in _RESOLVERS) and not pod.ready and not pod.done:
            return pod.ref
    return None


def clear(scene: Scene) -> str:
    """Logs without an unresolved name."""
    return f"no DNS failure in logs{whose(scene)}: {len(scene.lines)} lines were read" if scene.lines else ""


CHECK = Check(find, clear)
