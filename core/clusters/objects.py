"""Views on raw Kubernetes JSON, so that reads need no model classes and no unchecked indexing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from interlock.core.clock import parse_time


@dataclass(frozen=True)
class Node:
    """A place in a JSON document. Every accessor answers an empty value where nothing is."""

    raw: Mapping[str, JsonValue]

    def value(self, *path: str) -> JsonValue:
        """What stands at `path`, or None."""
        here: JsonValue = dict(self.raw) if not path else None
        at: JsonValue | Mapping[str, JsonValue] = self.raw
        for key in path:
            # What JSON holds is a dict or no mapping; asking the abstract class costs ten times as much.
            if not isinstance(at, dict) and not isinstance(at, Mapping):
                return None
            here = at.get(key)
            at = here
        return here

    def text(self, *path: str) -> str:
        """A string (numbers and booleans as JSON writes them), or ''."""
        found = self.value(*path)
        if isinstance(found, bool):
            return "true" if found else "false"
        return str(found) if isinstance(found, str | int | float) else ""

    def number(self, *path: str) -> int | None:
        """An integer, or None."""
        found = self.value(*path)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def flag(self, *path: str) -> bool | None:
        """A boolean, or None."""
        found = self.value(*path)
        return found if isinstance(found, bool) else None

    def time(self, *path: str) -> datetime | None:
        """A timestamp, or None."""
        try:
            return parse_time(self.text(*path))
        except ValueError:
            return None

    def node(self, *path: str) -> Node:
        """The mapping at `path`, empty when there is none."""
        found = self.value(*path)
        return Node(found if isinstance(found, dict) else {})

    def nodes(self, *path: str) -> list[Node]:
        """The mappings in the list at `path`."""
        found = self.value(*path)
        return [Node(item) for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    def strings(self, *path: str) -> dict[str, str]:
        """The string values of the mapping at `path`, such as labels."""
        found = self.value(*path)
        if not isinstance(found, dict):
            return {}
        return {key: value for key, value in found.items() if isinstance(value, str)}

    def names(self, *path: str) -> list[str]:
        """The strings in the list at `path`."""
        found = self.value(*path)
        return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []

    def __bool__(self) -> bool:
        return bool(self.raw)


@dataclass(frozen=True, order=True)
class Ref:
    """An object by kind, namespace ('' for cluster-scoped ones) and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class KubeObject(Node):
    """A Kubernetes object. `resource` is its plural with group, such as `deployments.apps`."""

    resource: str = ""

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.text("kind")

    @property
    def name(self) -> str:
        """Its name."""
        return self.text("metadata", "name")

    @property
    def namespace(self) -> str:
        """Its namespace, '' for cluster-scoped objects."""
        return self.text("metadata", "namespace")

    @property
    def uid(self) -> str:
        """Its uid."""
        return self.text("metadata", "uid")

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return self.strings("metadata", "labels")

    @property
    def annotations(self) -> dict[str, str]:
        """Its annotations."""
        return self.strings("metadata", "annotations")

    @property
    def created(self) -> datetime | None:
        """When it was created."""
        return self.time("metadata", "creationTimestamp")

    @property
    def controller(self) -> tuple[str, str] | None:
        """Kind and name of the controlling owner, when it has one."""
        for owner in self.nodes("metadata", "ownerReferences"):
            if owner.flag("controller"):
                return owner.text("kind"), owner.text("name")
        return None

    def __str__(self) -> str:
        return str(Ref(self.kind, self.namespace, self.name))


def flattened(node: Mapping[str, JsonValue], *, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    """`path: value` lines of a document. List entries with a `name` or `type` are keyed by it, others by index."""
    yield from _flat("", dict(node), skip)


def _flat(path: str, value: JsonValue, skip: frozenset[str]) -> Iterator[str]:
    if path in skip:
        return
    if isinstance(value, dict):
        if not value:
            yield f"{path}: {{}}"
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else key, inner, skip)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(f"{path}[{_key(inner, index)}]", inner, skip)
    else:
        yield f"{path}: {'null' if value is None else str(value).lower() if isinstance(value, bool) else value}"


def _key(item: JsonValue, index: int) -> str:
    if isinstance(item, dict):
        named = item.get("name") or item.get("type")
        if isinstance(named, str):
            return named
    return str(index)
