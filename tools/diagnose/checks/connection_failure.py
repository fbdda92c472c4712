"""Peers a workload cannot reach: refused, timed out, reset, no route, or answering with 5xx.

Detects: the error words of sockets and HTTP clients in logs, with the peer's host and port, and looks up which Service
and workload the peer is.
Source: POSIX connect(2) errors ECONNREFUSED, ETIMEDOUT, ECONNRESET, EHOSTUNREACH; HTTP 502, 503, 504.
Example: dial tcp 10.96.4.7:6379: connect: connection refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.checks import dns_failure, pool_exhausted
from interlock.tools.diagnose.hosts import named_hosts, peer
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.logged import Group, groups, logged
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import named, quoted, whose
from interlock.tools.diagnose.scene import Scene

PATTERN = re.compile(
    r"connection refused|ECONNREFUSED|connect(ion)? timed out|ETIMEDOUT|i/o timeout|connection reset|ECONNRESET"
    r"|no route to host|EHOSTUNREACH|ENETUNREACH|network is unreachable|upstream connect error|no healthy upstream"
    r"|context deadline exceeded|connection closed unexpectedly|server closed the connection|could not connect to server"
    r"|upstream (timed out|prematurely closed)|50[234] (Bad Gateway|Service Unavailable|Gateway Time-?out)"
    r"|failed to connect|cannot connect|could not connect|unable to connect|connection error|Read timed out|dial tcp"
    r"|\b\w*(?:Timeout|Communications|Connect|Connection)Exception\b|\b\w*TimeoutError\b|\bConnection\w*Error\b|\b(?:Read|Connect)Timeout\b"
    r"|Communications link failure|Failed connecting to|connection to .{0,120}could not be established"
    r"|not present in metadata after \d+ ?ms|429 Too Many Requests|(?:status(?: code)?|HTTP|HTTP/\d(?:\.\d)?)[:= ]{1,2}429\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})(?!\d)")
_PROBE = re.compile(r"probe (failed|errored)", re.IGNORECASE)
_VAGUE = re.compile(
    r"^(dial tcp|(failed|cannot|could not|unable) to? ?connect|failed connecting to|connection error|\w+(exception|error)$)",
    re.IGNORECASE,
)
_LISTENING = re.compile(r"^127\.|^0\.0\.0\.0")


def peer_in(text: str) -> tuple[str, str]:
    """Host and port of the peer a line speaks of; names win over addresses."""
    for host, port in named_hosts(text):
        if host != "localhost":
            return host, port
    address = next((m for m in _ADDRESS.finditer(text) if not _LISTENING.match(m[1])), None)
    return (address[1], address[2]) if address else ("", "")


def _key(line: Line, match: re.Match[str]) -> str | None:
    if pool_exhausted.PATTERN.search(line.text):
        return None
    if dns_failure.PATTERN.search(line.text) or _PROBE.search(line.text) or not line.warns:
        return None
    host, port = peer_in(line.text)
    return f"{host}:{port}" if port else host


def find(scene: Scene) -> Iterator[Finding]:
    """Unreachable peers by workload."""
    found = groups(scene, PATTERN, _key)
    named_too = {group.workload for group in found if group.key}
    for group in found:
        if group.key or group.workload not in named_too:
            yield _finding(scene, group)


def _how(text: str) -> str:
    """What went wrong: the last word of a chain of wrapped errors is the one closest to the socket."""
    found = [match[0] for match in PATTERN.finditer(text)]
    telling = [word for word in found if not _VAGUE.search(word)]
    return (telling or found or [""])[-1]


def _finding(scene: Scene, group: Group) -> Finding:
    host, port = peer_in(group.sample.text)
    how = _how(group.sample.text)
    text = (
        f"{group.subject} cannot reach {group.key}: {how}"
        if group.key and how
        else f"{group.subject} cannot reach a peer"
    )
    if how.endswith("could not be established"):
        text = f"{group.subject} logged {quoted(how)}"
    found = peer(scene, host, port, group.workload.namespace) if host else None
    facts = {
        "host": host,
        "peer": group.key,
        "service": str(found.service) if found and found.service else "",
        "peers": named(found.workloads) if found else "",
    }
    return logged(scene, "connection_failure", "dependency_failure", group, text, PATTERN, facts=facts)


def clear(scene: Scene) -> str:
    """Logs without an unreachable peer."""
    return (
        f"no connection failure in logs{whose(scene)}: {len(scene.lines)} lines were read"
        if scene.lines
        else ""
    )


CHECK = Check(find, clear)
