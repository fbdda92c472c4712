"""The read-only Kubernetes API as a pure function of a recording and a request.

Guarantee: answers from the recording alone; every write is refused with 405; what was not recorded is 404, never
an empty list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from interlock.core.errors import BadInput
from interlock.core.replay.accept import Accepted, negotiate
from interlock.core.replay.discovery import AGGREGATED, Catalogue, catalogue
from interlock.core.replay.dump import CLUSTER_SCOPE, Dump
from interlock.core.replay.kinds import Kind
from interlock.core.replay.lists import Page, is_true, select_page, whole_number
from interlock.core.replay.manifest import Replay
from interlock.core.replay.objects import Objects
from interlock.core.replay.reviews import answer_review, is_review
from interlock.core.replay.routes import ResourcePath, parse_resource, segments
from interlock.core.replay.statuses import (
    Failure,
    Response,
    as_json,
    bad_request,
    no_such_object,
    not_recorded,
    read_only,
    unknown_resource,
)
from interlock.core.replay.tables import Include, partial, table_of

Json = dict[str, Any]
DEFAULT_VERSION = {
    "major": "",
    "minor": "",
    "gitVersion": "v0.0.0-replay",
    "gitCommit": "",
    "gitTreeState": "",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "",
}
LONGEST_WATCH = 600.0
# Reads by their method, but they act on a container or a network.
ACTING = {"exec", "attach", "portforward", "proxy"}


@dataclass(frozen=True)
class ReplayState:
    """An opened recording and its clock: everything that an answer depends on."""

    dump: Dump
    now: datetime

    @classmethod
    def open(cls, replay: Replay) -> ReplayState:
        """Opens the cluster part of a replay.

        Raises:
            BadInput: it has none, or nothing in it can be read.
        """
        if replay.cluster is None:
            raise BadInput(
                f"the replay {replay.folder} holds no cluster", hint="name one in replay.yaml: cluster: DIR"
            )
        return cls(Dump.open(replay.cluster), replay.now)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The discovery documents, built once."""
        return catalogue(self.dump)


def respond(
    state: ReplayState, method: str, path: str, query: Mapping[str, str], accept: str = "", body: bytes = b""
) -> Response:
    """Answers one request; never raises for anything that a client sent."""
    try:
        parts = segments(path)
        target = parse_resource(parts)
        if method == "POST" and target and is_review(target.group, target.plural):
            return answer_review(target.plural, target.version, body)
        if method not in {"GET", "HEAD"} or (target and target.subresource.split("/")[0] in ACTING):
            raise read_only()
        return _resource(state, target, query, accept) if target else _other(state, parts, accept)
    except Failure as failure:
        return failure.response()


def _other(state: ReplayState, parts: list[str], accept: str) -> Response:
    """Everything that is not a resource: health, version, discovery."""
    match parts:
        case ["version"]:
            version = state.dump.recorded.version if state.dump.recorded else {}
            return as_json({**DEFAULT_VERSION, **version})
        case ["healthz" | "livez" | "readyz", *_]:
            return Response(200, b"ok", "text/plain; charset=utf-8")
        case ["openapi", "v2"] | ["swagger-2.0.0.pb-v1"]:  # the older path, which kubectl asks after a 404
            return _definitions(state, accept)
        case ["api"]:
            return _root(state, accept, core=True)
        case ["apis"]:
            return _root(state, accept, core=False)
        case ["api", version] if version in state.catalogue.lists:
            return as_json(state.catalogue.lists[version])
        case ["apis", group]:
            return _group(state, group)
        case ["apis", group, version] if f"{group}/{version}" in state.catalogue.lists:
            return as_json(state.catalogue.lists[f"{group}/{version}"])
    raise unknown_resource()


def _root(state: ReplayState, accept: str, *, core: bool) -> Response:
    recorded = state.dump.recorded
    accepted = negotiate(
        accept, frozenset({"aggregated"}), aggregated=recorded.aggregated if recorded else ()
    )
    if accepted.form == "aggregated":
        document = as_json(state.catalogue.aggregated(core=core, version=accepted.version))
        form = f"application/json;g={AGGREGATED};v={accepted.version};as=APIGroupDiscoveryList"
        return Response(200, document.body, form)
    if core:
        return as_json({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
    return as_json({"kind": "APIGroupList", "apiVersion": "v1", "groups": list(state.catalogue.groups)})


def _definitions(state: ReplayState, accept: str) -> Response:
    from interlock.core.replay import openapi  # only `kubectl explain` reads them

    recorded = state.dump.recorded
    if not recorded or recorded.openapi != openapi.FILE:
        raise Failure(404, "the OpenAPI definitions were not recorded", {})
    if openapi.ACCEPT not in accept:
        raise Failure(406, f"the OpenAPI definitions were recorded in one form only: {openapi.ACCEPT}", {})
    try:
        return Response(200, openapi.read_definitions(state.dump.folder), "application/octet-stream")
    except BadInput as problem:
        raise Failure(404, problem.message, {}) from problem


def _group(state: ReplayState, name: str) -> Response:
    for group in state.catalogue.groups:
        if group["name"] == name:
            return as_json({"kind": "APIGroup", "apiVersion": "v1", **group})
    raise unknown_resource()


def _resource(state: ReplayState, target: ResourcePath, query: Mapping[str, str], accept: str) -> Response:
    kind = state.dump.kind_at(target.group, target.version, target.plural)
    if kind is None:
        raise unknown_resource()
    if target.subresource:
        return _subresource(state, kind, target, query)
    accepted = negotiate(accept, frozenset({"table", "partial"}))
    if target.name and not (target.watch or is_true(query, "watch")):
        return _one(state, kind, _object(state, kind, target), query, accepted)
    return _many(state, kind, target, query, accepted)


def _objects(state: ReplayState, kind: Kind, namespace: str | None) -> Objects:
    """The recorded objects in scope, or 404 that says that they were not recorded."""
    if kind.namespaced and namespace is not None and not _exists(state, namespace):
        return Objects.of([], 1)
    scope = namespace if kind.namespaced else CLUSTER_SCOPE
    found = state.dump.objects(kind, scope)
    if found is None:
        raise not_recorded(_not_recorded(state, kind, scope), kind)
    return found


def _exists(state: ReplayState, namespace: str) -> bool:
    """False only where the recording holds the namespaces and this one is not among them."""
    kind = state.dump.kinds.get(("", "namespaces"))
    known = state.dump.objects(kind, CLUSTER_SCOPE) if kind else None
    return known is None or namespace in known.by_key or namespace in state.dump.namespaces


def _not_recorded(state: ReplayState, kind: Kind, namespace: str | None) -> str:
    where = f' in namespace "{namespace}"' if namespace else ""
    why = state.dump.why_not(kind, namespace or "")
    have = sorted(ns for ns in state.dump.recorded_in(kind) or () if ns)
    known = f" (recorded: {', '.join(have)})" if have else ""
    return f"{kind.qualified}{where} were not recorded{f': {why}' if why else known}"


def _object(state: ReplayState, kind: Kind, target: ResourcePath) -> Json:
    if kind.namespaced != (target.namespace is not None):
        raise unknown_resource()
    key = f"{target.namespace}/{target.name}" if kind.namespaced else target.name
    found = _objects(state, kind, target.namespace).by_key.get(key)
    if found is None:
        raise no_such_object(kind, target.name)
    return found


def _one(state: ReplayState, kind: Kind, obj: Json, query: Mapping[str, str], accepted: Accepted) -> Response:
    if accepted.form == "table":
        metadata = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        include = _include(query)
        return as_json(table_of([obj], kind, state.now, metadata, include=include, version=accepted.version))
    return as_json(partial(obj, accepted.version) if accepted.form == "partial" else obj)


def _include(query: Mapping[str, str]) -> Include:
    value = query.get("includeObject") or "Metadata"
    if value not in {"None", "Metadata", "Object"}:
        raise bad_request(f"unrecognized includeObject value: {value}")
    return cast(Include, value)


def _many(
    state: ReplayState, kind: Kind, target: ResourcePath, query: Mapping[str, str], accepted: Accepted
) -> Response:
    if target.namespace is not None and not kind.namespaced:
        raise unknown_resource()
    if target.name:
        query = {**query, "fieldSelector": f"metadata.name={target.name}"}
    objects = _objects(state, kind, target.namespace)
    watching = target.watch or is_true(query, "watch")
    if watching:
        return _watch(
            state, kind, select_page(objects, kind, target.namespace, _unpaged(query)), query, accepted
        )
    page = select_page(objects, kind, target.namespace, query)
    warnings = _warnings(state, kind) if target.namespace is None else ()
    answer = as_json(_list(state, kind, page, query, accepted))
    return Response(answer.code, answer.body, warnings=warnings)


def _unpaged(query: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in query.items() if key not in {"limit", "continue"}}


def _list(state: ReplayState, kind: Kind, page: Page, query: Mapping[str, str], accepted: Accepted) -> Json:
    if accepted.form == "table":
        include = _include(query)
        return table_of(page.items, kind, state.now, page.metadata, include=include, version=accepted.version)
    if accepted.form == "partial":
        head = {"kind": "PartialObjectMetadataList", "apiVersion": f"meta.k8s.io/{accepted.version}"}
        return {
            **head,
            "metadata": page.metadata,
            "items": [partial(o, accepted.version) for o in page.items],
        }
    head = {"kind": f"{kind.kind}List", "apiVersion": kind.group_version}
    return {**head, "metadata": page.metadata, "items": page.items}


def _warnings(state: ReplayState, kind: Kind) -> tuple[str, ...]:
    """A list over all namespaces says where it is known to be incomplete."""
    have = state.dump.recorded_in(kind)
    missing = sorted(state.dump.namespaces - have) if have is not None else []
    if not kind.namespaced or not missing:
        return ()
    return (f"{kind.qualified} were not recorded in these namespaces: {', '.join(missing)}",)


def _watch(
    state: ReplayState, kind: Kind, page: Page, query: Mapping[str, str], accepted: Accepted
) -> Response:
    """The objects as ADDED unless the client has them already, then silence: nothing changes in a recording.

    It ends at `timeoutSeconds`; without them at once, since nothing will come.
    """
    counted = is_true(query, "sendInitialEvents")  # a client that lists by watching waits for their end
    fresh = counted or query.get("resourceVersion", "") in {"", "0"}
    seconds = min(float(whole_number(query.get("timeoutSeconds", "")) or 0), LONGEST_WATCH)
    include = _include(query) if accepted.form == "table" else "Metadata"

    def event(obj: Json) -> Json:
        if accepted.form == "table":
            metadata = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            obj = table_of([obj], kind, state.now, metadata, include=include, version=accepted.version)
        return {
            "type": "ADDED",
            "object": partial(obj, accepted.version) if accepted.form == "partial" else obj,
        }

    def stream() -> Iterator[bytes]:
        for obj in page.items if fresh else ():
            yield json.dumps(event(obj), separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        if counted:
            marked = {**page.metadata, "annotations": {"k8s.io/initial-events-end": "true"}}
            end = {"kind": kind.kind, "apiVersion": kind.group_version, "metadata": marked}
            yield json.dumps({"type": "BOOKMARK", "object": end}).encode() + b"\n"

    return Response(200, b"", stream=stream(), hold=seconds)


def _subresource(state: ReplayState, kind: Kind, target: ResourcePath, query: Mapping[str, str]) -> Response:
    listed = state.catalogue.lists[kind.group_version]["resources"]
    if f"{kind.plural}/{target.subresource}" not in {r["name"] for r in listed}:
        raise unknown_resource()
    if target.subresource == "log" and kind.key == ("", "pods"):
        return _log(state, kind, target, query)
    obj = _object(state, kind, target)
    match target.subresource:
        case "status":
            return as_json(obj)
        case "scale":
            return as_json(_scale(obj))
    raise read_only()


def _log(state: ReplayState, kind: Kind, target: ResourcePath, query: Mapping[str, str]) -> Response:
    from interlock.core.replay.logs import check_options, pod_log  # many runs never read a log

    wanted = check_options(target.name, query, state.now)
    refusals = state.dump.recorded.log_refusals if state.dump.recorded else {}
    return pod_log(state.dump.folder, _object(state, kind, target), query, wanted, refusals)


def _scale(obj: Json) -> Json:
    """The Scale of a workload."""
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    metadata = {key: obj["metadata"][key] for key in kept if key in obj["metadata"]}
    labels = (obj["spec"].get("selector") or {}).get("matchLabels", {})
    status: Json = {"replicas": (obj.get("status") or {}).get("replicas", 0)}
    status |= {"selector": ",".join(f"{k}={v}" for k, v in sorted(labels.items()))} if labels else {}
    head = {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata}
    return {**head, "spec": {"replicas": obj["spec"].get("replicas", 0)}, "status": status}
