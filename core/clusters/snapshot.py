"""One question's view of a cluster: what was read once is not read again, so its parts agree with each other.

Made anew for every question and principal; never shared between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from interlock.core.clusters.discovery import ResourceType
from interlock.core.clusters.forms import Table
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.permitted import is_partial
from interlock.core.clusters.reader import ClusterReads, Listing
from interlock.core.errors import Forbidden, InterlockError, NotServed

_Answer = TypeVar("_Answer")
_Key = tuple[str, str | None, str, str]
_ONE = "metadata.name="
_PLAIN = re.compile(r"[\w./-]+=[\w.-]*")


class SnapshotReader:
    """Reads through to a cluster and remembers, refusals included."""

    def __init__(self, reader: ClusterReads) -> None:
        self._reader = reader
        self.name = reader.name
        self.discovery = reader.discovery
        self._whole: dict[_Key, Listing] = {}
        self._slim: dict[_Key, Listing] = {}
        self._tables: dict[tuple[_Key, int | None], Table | None] = {}
        self._refused: dict[_Key, InterlockError] = {}
        self._objects: dict[tuple[str, str | None, str], KubeObject] = {}

    def get(self, resource: str, name: str, namespace: str | None = None) -> KubeObject:
        """One object, from memory when it was listed or read before."""
        kind = self.discovery.resolve(resource)
        key = (kind.full_name, namespace if kind.namespaced else None, name)
        if key not in self._objects:
            self._objects[key] = self._reader.get(resource, name, namespace)
        return self._objects[key]

    def list(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int | None = None,
    ) -> Listing:
        """Objects of a kind, from memory when the same list, or one that holds it, was read in full before."""
        key = self._key(resource, namespace, labels, fields)
        found = _remembered(key, self._whole)
        if found is None:
            found = self._allowed(key, lambda: self._read(key, limit))
        return _cut(found, limit)

    def metadata(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int | None = None,
    ) -> Listing:
        """Their metadata; objects that were read whole are not asked for again."""
        key = self._key(resource, namespace, labels, fields)
        found = _remembered(key, self._whole) or _remembered(key, self._slim)
        if found is None:
            found = self._allowed(key, lambda: self._read_slim(key, limit))
        return _cut(found, limit)

    def table(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        named: int | None = None,
    ) -> Table | None:
        """The cells of every object of a kind, from memory when the same table was read before."""
        key = self._key(resource, namespace, labels, fields)
        if (key, named) not in self._tables:
            self._tables[key, named] = self._allowed(key, lambda: self._printed(key, named))
        return self._tables[key, named]

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
        """A container's log, read each time."""
        return self._reader.logs(
            namespace,
            pod,
            container,
            previous=previous,
            tail=tail,
            since_seconds=since_seconds,
            limit_bytes=limit_bytes,
            timestamps=timestamps,
        )

    def version(self) -> str:
        """The server's version."""
        return self._reader.version()

    def _key(self, resource: str, namespace: str | None, labels: str, fields: str) -> _Key:
        kind: ResourceType = self.discovery.resolve(resource)
        return (kind.full_name, (namespace or None) if kind.namespaced else None, labels, fields)

    def _allowed(self, key: _Key, read: Callable[[], _Answer]) -> _Answer:
        """Read, unless the same was refused before: who asks twice does not get a second audit line."""
        if key in self._refused:
            raise self._refused[key]
        try:
            return read()
        except (Forbidden, NotServed) as error:
            self._refused[key] = error
            raise

    def _read(self, key: _Key, limit: int | None) -> Listing:
        resource, namespace, labels, fields = key
        found = self._reader.list(resource, namespace, labels=labels, fields=fields, limit=limit)
        for item in found.objects:
            self._objects[(resource, item.namespace or None, item.name)] = item
        if found.complete:
            self._whole[key] = found
        return found

    def _read_slim(self, key: _Key, limit: int | None) -> Listing:
        resource, namespace, labels, fields = key
        found = self._reader.metadata(resource, namespace, labels=labels, fields=fields, limit=limit)
        if found.complete:
            self._slim[key] = found
        return found

    def _printed(self, key: _Key, named: int | None) -> Table | None:
        resource, namespace, labels, fields = key
        return self._reader.table(resource, namespace, labels=labels, fields=fields, named=named)


def _remembered(key: _Key, held: dict[_Key, Listing]) -> Listing | None:
    """The list itself, or the part of a wider one that it is."""
    if key in held:
        return held[key]
    wider = next((held[wide] for wide in _wider(key) if wide in held), None)
    # A list that lacks what may not be seen does not tell whether its part is empty or refused.
    if wider is None or is_partial(wider.warnings):
        return None
    _, namespace, labels, fields = key
    name = fields.removeprefix(_ONE) if fields.startswith(_ONE) else None
    pairs = _equal(labels) or set()
    kept = tuple(
        item
        for item in wider.objects
        if namespace in (None, item.namespace)
        and (name is None or item.name == name)
        and pairs <= set(item.labels.items())
    )
    return replace(wider, objects=kept)


def _wider(key: _Key) -> Iterator[_Key]:
    """Lists that hold this one: of all namespaces, of all names where one is asked for, of any labels."""
    resource, namespace, labels, fields = key
    one = fields.startswith(_ONE) and "," not in fields
    for wide_fields in dict.fromkeys((fields, "")) if one else (fields,):
        for wide_labels in dict.fromkeys((labels, "")) if _equal(labels) is not None else (labels,):
            for wide_namespace in dict.fromkeys((namespace, None)):
                yield (resource, wide_namespace, wide_labels, wide_fields)


def _equal(labels: str) -> set[tuple[str, str]] | None:
    """The pairs of a selector that only says what is equal; None for any other, which the server has to judge."""
    pairs = [term.strip().partition("=") for term in labels.split(",") if term.strip()]
    if any(not _PLAIN.fullmatch(f"{key}{equals}{value}") for key, equals, value in pairs):
        return None
    return {(key, value) for key, _, value in pairs}


def _cut(found: Listing, limit: int | None) -> Listing:
    if limit is None or len(found.objects) <= limit:
        return found
    left = len(found.objects) - limit
    return replace(
        found, objects=found.objects[:limit], complete=False, remaining=left + (found.remaining or 0)
    )
