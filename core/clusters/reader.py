"""Typed reads of one cluster: get, list, table, metadata, logs. Raw JSON, paged, no model classes.

Guarantees: values of Secrets are gone before anybody else sees the object; what a page limit left out is said, and what
the server warned about is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import JsonValue

from interlock.core.clusters.discovery import Discovery, ResourceType
from interlock.core.clusters.forms import METADATA, TABLE, Row, Table, columns_of, row_of
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.clusters.shapes import settled
from interlock.core.clusters.transport import JSON, Expired, Reply, Transport, segment
from interlock.core.errors import Unreachable

PAGE = 500
BARE_PAGE = 5000
"""Rows of cells alone are about 150 bytes each; servers compress answers from 128 KB on, so a larger page costs less."""
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')
_Read = TypeVar("_Read")


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

    def metadata(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int | None = None,
    ) -> Listing:
        """The same without anything but metadata: names, labels, owners, ages."""

    def table(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        named: int | None = None,
    ) -> Table | None:
        """The cells a server prints of every object of a kind; None when it prints none."""

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
        return self._listed(resource, namespace, _selectors(labels, fields), limit, JSON)

    def metadata(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int | None = None,
    ) -> Listing:
        """Like `list`, with metadata alone, which is a part of the bytes. A server without this form sends it all."""
        return self._listed(resource, namespace, _selectors(labels, fields), limit, METADATA)

    def table(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        named: int | None = None,
    ) -> Table | None:
        """Every object of a kind as the cells the server prints of it; None when it has no Tables.

        Args:
            resource: the kind.
            namespace: None for all.
            labels: label selector.
            fields: field selector.
            named: how many rows, at least, carry metadata (namespace, labels, owner); None: all of them.
        """
        kind = self.discovery.resolve(resource)
        selectors = _selectors(labels, fields)
        return _again_when_expired(lambda: self._table(kind, namespace, selectors, named))

    def _listed(
        self, resource: str, namespace: str | None, selectors: dict[str, str], limit: int | None, accept: str
    ) -> Listing:
        kind = self.discovery.resolve(resource)
        return _again_when_expired(lambda: self._objects(kind, namespace, selectors, limit, accept))

    def _objects(
        self,
        kind: ResourceType,
        namespace: str | None,
        selectors: dict[str, str],
        limit: int | None,
        accept: str,
    ) -> Listing:
        found: list[KubeObject] = []
        warnings: dict[str, None] = {}

        def params() -> dict[str, str]:
            return {**selectors, "limit": str(PAGE if limit is None else min(PAGE, limit - len(found)))}

        page = Node({})
        for reply, page in self._pages(_collection(kind, namespace), params, accept):
            found += [_object(kind, item.raw) for item in page.nodes("items")]
            warnings |= dict.fromkeys(_warnings(reply))
            if limit is not None and len(found) >= limit:
                break
        meta = page.node("metadata")
        return Listing(
            kind,
            tuple(found),
            meta.text("resourceVersion"),
            not meta.text("continue"),
            meta.number("remainingItemCount"),
            tuple(warnings),
        )

    def _table(
        self, kind: ResourceType, namespace: str | None, selectors: dict[str, str], named: int | None
    ) -> Table | None:
        rows: list[Row] = []
        columns: list[str] = []
        warnings: dict[str, None] = {}

        def params() -> dict[str, str]:
            bare = named is not None and len(rows) >= named
            size = BARE_PAGE if bare else PAGE
            return {**selectors, "limit": str(size), "includeObject": "None" if bare else "Metadata"}

        for reply, page in self._pages(_collection(kind, namespace), params, TABLE):
            if page.text("kind") != "Table":
                return None
            columns = columns_of(page) or columns
            rows += [row_of(raw, columns, _printed(kind, raw)) for raw in page.nodes("rows")]
            warnings |= dict.fromkeys(_warnings(reply))
        return Table(kind, tuple(rows), tuple(warnings))

    def _pages(
        self, path: str, params: Callable[[], dict[str, str]], accept: str
    ) -> Iterator[tuple[Reply, Node]]:
        """Page after page; `params` is asked anew for each, so that a later page may be asked for differently."""
        token = ""
        while True:
            asked = {**params(), **({"continue": token} if token else {})}
            reply = self._transport.get(path, asked, accept=accept)
            page = Node(reply.json())
            yield reply, page
            token = page.text("metadata", "continue")
            if not token:
                return

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
    # Items of a list carry neither; a single object carries both; metadata alone carries those of the form.
    own: dict[str, JsonValue] = {"apiVersion": version, "kind": kind.kind}
    return KubeObject(settled(own | dict(raw) | own, kind), kind.full_name)


def _printed(kind: ResourceType, row: Node) -> KubeObject | None:
    held = row.node("object")
    return _object(kind, held.raw) if held.node("metadata") else None


def _selectors(labels: str, fields: str) -> dict[str, str]:
    return {k: v for k, v in (("labelSelector", labels), ("fieldSelector", fields)) if v}


def _again_when_expired(read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except Expired:
        # The server compacted the list between two pages: read it once more from its start.
        return read()
