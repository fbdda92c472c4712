"""One question's view of a cluster: what was read once is not read again, so its parts agree with each other.

Made anew for every question and principal; never shared between them.
"""

from __future__ import annotations

from dataclasses import replace

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads, Listing
from interlock.core.errors import Forbidden, InterlockError, NotServed

_Key = tuple[str, str | None, str, str]


class SnapshotReader:
    """Reads through to a cluster and remembers, refusals included."""

    def __init__(self, reader: ClusterReads) -> None:
        self._reader = reader
        self.name = reader.name
        self.discovery = reader.discovery
        self._listings: dict[_Key, Listing] = {}
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
        """Objects of a kind, from memory when the same list was read in full before."""
        kind = self.discovery.resolve(resource)
        key = (kind.full_name, namespace if kind.namespaced else None, labels, fields)
        if key in self._refused:
            raise self._refused[key]
        if key not in self._listings:
            self._read(key, limit)
        found = self._listings[key]
        if not found.complete:
            del self._listings[key]
        if limit is not None and len(found.objects) > limit:
            return replace(found, objects=found.objects[:limit], complete=False)
        return found

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

    def _read(self, key: _Key, limit: int | None) -> None:
        resource, namespace, labels, fields = key
        try:
            found = self._reader.list(resource, namespace, labels=labels, fields=fields, limit=limit)
        except (Forbidden, NotServed) as error:
            self._refused[key] = error
            raise
        self._listings[key] = found
        for item in found.objects:
            self._objects[(resource, item.namespace or None, item.name)] = item
