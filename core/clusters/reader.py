"""Typed reads of one cluster: get, list, logs. Raw JSON, paged, no model classes.

Guarantees: values of Secrets are gone before anybody else sees the object; what a page limit left out is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from interlock.core.clusters.discovery import Discovery, ResourceType
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.transport import Expired, Reply, Transport, segment
from interlock.core.errors import Unreachable

PAGE = 500
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')
SECRET_VALUE = "<secret>"  # noqa: S105 - what stands in its place
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class Listing:
    """Objects of one kind.

    `complete` is False when a limit cut the list; `remaining` is the server's count of the rest, if told; `warnings`
    are the server's own words about what is not in the list.
    """

    type: ResourceType
    objects: tuple[KubeObject, ...]
    resource_version: str = ""
    complete: bool = True
    remaining: int | None = None
    warnings: tuple[str, ...] = ()


class ClusterReads(Protocol):
    """What a tool may ask of a cluster."""

    name: str
    discovery: Discovery

    def get(self, resource: str, name: str, namespace: str | None = None) -> KubeObject:
        """One object."""

    def list(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int | None = None,
    ) -> Listing:
        """Objects of a kind."""

    def logs(
        self,
        namespace: str,
        pod: str,
        container: str = "",
        *,
        previous: bool = False,
        tail: int | None = None,
        since_seconds: int | None = None,
        limit_bytes: int = 1_000_000,
        timestamps: bool = True,
    ) -> str:
        """A container's log."""

    def version(self) -> str:
        """The server's version."""


class ClusterReader:
    """Reads one cluster under the name people use for it."""

    def __init__(self, name: str, transport: Transport) -> None:
        self.name = name
        self._transport = transport
        self.discovery = Discovery(transport)

    @property
    def transport(self) -> Transport:
        """The read-only transport, for callers that keep documents as the server wrote them."""
        return self._transport

    def get(self, resource: str, name: str, namespace: str | None = None) -> KubeObject:
        """One object.

        Raises:
            NotFound, NotServed, Forbidden, Unreachable, UnknownName: see core.errors.
        """
        kind = self.discovery.resolve(resource)
        path = f"{_collection(kind, namespace)}/{segment(name)}"
        return _object(kind, self._transport.get(path).json())

    def list(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int | None = None,
    ) -> Listing:
        """Objects of a kind, page by page, at most `limit` of them (None: all)."""
        kind = self.discovery.resolve(resource)
        path = _collection(kind, namespace)
        params = {k: v for k, v in (("labelSelector", labels), ("fieldSelector", fields)) if v}
        try:
            return self._pages(kind, path, dict(params), limit)
        except Expired:
            # The server compacted the list between two pages: read it once more from its start.
            return self._pages(kind, path, params, limit)

    def _pages(self, kind: ResourceType, path: str, params: dict[str, str], limit: int | None) -> Listing:
        found: list[KubeObject] = []
        warnings: dict[str, None] = {}
        while True:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            reply = self._transport.get(path, {**params, "limit": str(size)})
            warnings.update(dict.fromkeys(_warnings(reply)))
            page = Node(reply.json())
            found += [_object(kind, item.raw) for item in page.nodes("items")]
            token = page.text("metadata", "continue")
            version = page.text("metadata", "resourceVersion")
            if not token or (limit is not None and len(found) >= limit):
                remaining = page.number("metadata", "remainingItemCount")
                return Listing(kind, tuple(found), version, not token, remaining, tuple(warnings))
            params["continue"] = token

    def logs(
        self,
        namespace: str,
        pod: str,
        container: str = "",
        *,
        previous: bool = False,
        tail: int | None = None,
        since_seconds: int | None = None,
        limit_bytes: int = 1_000_000,
        timestamps: bool = True,
    ) -> str:
        """A container's log as text; bytes that are not UTF-8 are replaced."""
        params: dict[str, str] = {"limitBytes": str(limit_bytes)}
        options = {
            "container": container,
            "previous": "true" if previous else "",
            "timestamps": "true" if timestamps else "",
            "tailLines": "" if tail is None else str(tail),
            "sinceSeconds": "" if since_seconds is None else str(since_seconds),
        }
        params.update({key: value for key, value in options.items() if value})
        path = f"/api/v1/namespaces/{segment(namespace)}/pods/{segment(pod)}/log"
        return self._transport.get(path, params, accept="*/*").body.decode("utf-8", errors="replace")

    def version(self) -> str:
        """The server's version, such as `v1.20.2`.

        Raises:
            Unreachable: when the server is no Kubernetes API.
        """
        version = Node(self._transport.get("/version").json()).text("gitVersion")
        if not version:
            raise Unreachable(
                "the server answered, but not as a Kubernetes API", hint="check the cluster's URL"
            )
        return version

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def _warnings(reply: Reply) -> tuple[str, ...]:
    # RFC 7234 section 5.5: `299 agent "text"`, as API servers send it.
    return tuple(_WARNING.findall(reply.headers.get("warning", "")))


def _collection(kind: ResourceType, namespace: str | None) -> str:
    scope = f"/namespaces/{segment(namespace)}" if namespace and kind.namespaced else ""
    return f"{kind.base}{scope}/{kind.plural}"


def _object(kind: ResourceType, raw: Mapping[str, JsonValue]) -> KubeObject:
    version = f"{kind.group}/{kind.version}" if kind.group else kind.version
    # Items of a list carry neither; a single object carries both.
    completed = {"apiVersion": version, "kind": kind.kind, **raw}
    return KubeObject(
        _without_values(completed) if kind.full_name == "secrets" else completed, kind.full_name
    )


def _without_values(secret: dict[str, JsonValue]) -> dict[str, JsonValue]:
    cleaned = dict(secret)
    for field in ("data", "stringData"):
        held = secret.get(field)
        if isinstance(held, dict):
            cleaned[field] = dict.fromkeys(held, SECRET_VALUE)
    metadata = secret.get("metadata")
    if isinstance(metadata, dict):
        annotations = metadata.get("annotations")
        kept = (
            {k: v for k, v in annotations.items() if k != _LAST_APPLIED}
            if isinstance(annotations, dict)
            else None
        )
        cleaned["metadata"] = {**metadata, **({"annotations": kept} if kept is not None else {})}
    return cleaned
