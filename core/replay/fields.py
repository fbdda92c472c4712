"""Field selectors: which fields each kind can be selected by, as Kubernetes 1.20 allows them.

An unknown field is refused with the server's message, which differs from kind to kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from interlock.core.replay.kinds import Kind
from interlock.core.replay.statuses import Failure, bad_request

Json = dict[str, Any]
Read = Callable[[Json], str]
NAMED = ("metadata.name", "metadata.namespace")


def _path(path: str) -> Read:
    parts = path.split(".")

    def read(obj: Json) -> str:
        value: Any = obj
        for part in parts:
            value = value.get(part) if isinstance(value, dict) else None
        return _text(value)

    return read


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _or(default: str, path: str) -> Read:
    read = _path(path)
    return lambda obj: read(obj) or default


def _event_source(event: Json) -> str:
    return _path("source.component")(event) or _path("reportingComponent")(event)


_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_EVENT = {f"involvedObject.{part}": _path(f"involvedObject.{part}") for part in _INVOLVED} | {
    "reason": _path("reason"),
    "reportingComponent": _path("reportingComponent"),
    "source": _event_source,
    "type": _path("type"),
}
_NEW_EVENT = {f"regarding.{part}": _path(f"regarding.{part}") for part in _INVOLVED} | {
    "reason": _path("reason"),
    "reportingController": _path("reportingController"),
    "type": _path("type"),
}
_POD = {
    "spec.nodeName": _path("spec.nodeName"),
    "spec.host": _path("spec.nodeName"),
    "spec.restartPolicy": _path("spec.restartPolicy"),
    "spec.schedulerName": _path("spec.schedulerName"),
    "spec.serviceAccountName": _path("spec.serviceAccountName"),
    "status.phase": _path("status.phase"),
    "status.podIP": _path("status.podIP"),
    "status.podIPs": _path("status.podIP"),
    "status.nominatedNodeName": _path("status.nominatedNodeName"),
}
_REPLICAS = {"status.replicas": _or("0", "status.replicas")}
_SUCCESSFUL = {"status.successful": _or("0", "status.succeeded")}
_OWN: Mapping[tuple[str, str], Mapping[str, Read]] = {
    ("", "pods"): _POD,
    ("", "events"): _EVENT,
    ("events.k8s.io", "events"): _NEW_EVENT,
    ("", "nodes"): {"spec.unschedulable": _or("false", "spec.unschedulable")},
    ("", "namespaces"): {"status.phase": _path("status.phase")},
    ("", "secrets"): {"type": _path("type")},
    ("", "replicationcontrollers"): _REPLICAS,
    ("apps", "replicasets"): _REPLICAS,
    ("batch", "jobs"): _SUCCESSFUL,
    ("certificates.k8s.io", "certificatesigningrequests"): {"spec.signerName": _path("spec.signerName")},
}
_CLUSTER_SCOPED = {("", "nodes"), ("", "namespaces"), ("certificates.k8s.io", "certificatesigningrequests")}
_TERM = re.compile(r"(?P<field>(?:\\.|[^=!\\])*?)(?P<op>!=|==|=)(?P<value>.*)", re.DOTALL)
_SPLIT = re.compile(r"((?:\\.|[^,\\]|\\$)*)(?:,|$)", re.DOTALL)


@dataclass(frozen=True)
class FieldTerm:
    """One term of a field selector."""

    read: Read
    value: str
    negated: bool

    def matches(self, obj: Json) -> bool:
        """Whether the object fulfils the term."""
        return (self.read(obj) == self.value) != self.negated


def parse_fields(text: str, kind: Kind) -> tuple[FieldTerm, ...]:
    """The terms of a field selector for one kind; none for the empty one, which selects everything.

    Raises:
        Failure: 400, as the server would answer.
    """
    terms = [part for part in _SPLIT.findall(text) if part]
    return tuple(_term(text, part, kind) for part in terms)


def matches_fields(terms: tuple[FieldTerm, ...], obj: Json) -> bool:
    """Whether the object fulfils every term."""
    return all(term.matches(obj) for term in terms)


def _term(text: str, part: str, kind: Kind) -> FieldTerm:
    match = _TERM.fullmatch(part)
    if not match:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
    return FieldTerm(_reader(match["field"], kind), _unescaped(match["value"]), match["op"] == "!=")


def _unescaped(value: str) -> str:
    wrong = re.search(r"\\([^\\,=]|$)", value)
    if wrong:
        raise bad_request(f"invalid field selector: invalid escape sequence: {wrong[0]}")
    plain = re.sub(r"\\.", "", value)
    if "=" in plain or "," in plain:
        raise bad_request(
            f"invalid field selector: unescaped character in value: {ord('=' if '=' in plain else ',')}"
        )
    return re.sub(r"\\(.)", r"\1", value)


def _reader(name: str, kind: Kind) -> Read:
    own = _OWN.get(kind.key, {})
    if name in own:
        return own[name]
    if name in NAMED and not (name == NAMED[1] and kind.key in _CLUSTER_SCOPED):
        return _path(name)
    raise _unsupported(name, kind)


def _unsupported(name: str, kind: Kind) -> Failure:
    if kind.key == ("batch", "jobs"):
        return bad_request(f'field label "{name}" not supported for batchv1.Job')
    if kind.key == ("batch", "cronjobs"):
        return bad_request(f'field label "{name}" not supported for "CronJob"')
    if kind.key in _OWN:
        return bad_request(f"field label not supported: {name}")
    return bad_request(f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"')
