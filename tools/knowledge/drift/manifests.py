"""Manifests with the line of every field, so that a difference can be cited.

Guarantees: a document is plain data of bounded size (aliases are unfolded only up to a limit); what is not a Kubernetes
object is passed over, what cannot be read is a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import JsonValue

if TYPE_CHECKING:
    import yaml

Spot = tuple[str | int, ...]
"""A path by keys and list positions."""
MOST_NODES = 200_000
_MERGED = "tag:yaml.org,2002:merge"
_EQUALS = "tag:yaml.org,2002:value"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


@dataclass(frozen=True)
class Manifest:
    """An object of the code. `lines` says where each field stands in `path`; `end` is its last line."""

    path: str
    value: Mapping[str, JsonValue]
    lines: Mapping[Spot, int] = field(repr=False, default_factory=dict)
    end: int = 0
    note: str = ""

    def line(self, spot: Spot) -> int:
        """The line of a field, or of the nearest field above it."""
        while spot and spot not in self.lines:
            spot = spot[:-1]
        return self.lines.get(spot, 1)

    def text(self, *keys: str) -> str:
        """A string, or ''."""
        here: JsonValue = dict(self.value)
        for key in keys:
            here = here.get(key) if isinstance(here, dict) else None
        return here if isinstance(here, str) else ""

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
        """The namespace it names, or ''."""
        return self.text("metadata", "namespace")

    @property
    def group(self) -> str:
        """Its API group."""
        return self.text("apiVersion").rpartition("/")[0]


def parse(path: str, text: str) -> tuple[list[Manifest], str]:
    """The objects in a file, and what has to be said about it ('' when all is well)."""
    import yaml

    from interlock.core.replay.plain_yaml import PlainLoader

    found: list[Manifest] = []
    loader = PlainLoader(text)
    try:
        while loader.check_node() and (node := loader.get_node()) is not None:
            reader = _Reader(loader)
            value = reader.value(node, ())
            found += _objects(path, value, reader.lines, node.end_mark.line + 1)
    except (yaml.YAMLError, RecursionError, _NotPlain) as error:
        return found, f"{path}: not read from here on: {_why(error)}"
    finally:
        loader.dispose()
    return found, ""


class _NotPlain(Exception):
    """Data that no Kubernetes object holds."""


class _Reader:
    """Turns the nodes of one document into data, keeping lines."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self.lines: dict[Spot, int] = {}
        self._loader = loader
        self._left = MOST_NODES

    def value(self, node: yaml.Node, spot: Spot) -> JsonValue:
        import yaml

        self._left -= 1
        if self._left < 0:
            raise _NotPlain(f"more than {MOST_NODES} fields in one document")
        self.lines.setdefault(spot, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, spot)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*spot, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, spot: Spot) -> JsonValue:
        if any(key.tag == _MERGED for key, _ in node.value):
            self._loader.flatten_mapping(node)
        made: dict[str, JsonValue] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node.value, str):
                raise _NotPlain(f"line {key_node.start_mark.line + 1}: a key that is no text")
            key = key_node.value
            self.lines[(*spot, key)] = key_node.start_mark.line + 1
            made[key] = self.value(value_node, (*spot, key))
        return made

    def _scalar(self, node: yaml.Node) -> JsonValue:
        # `1:30` is a number to YAML 1.1 and a string to Kubernetes; a lone `=` has a type of its own.
        if node.tag == _EQUALS or (node.tag in _NUMBERS and ":" in node.value):
            return str(node.value)
        made = self._loader.construct_object(node)
        return made if made is None or isinstance(made, str | int | float | bool) else str(node.value)


def _objects(path: str, value: JsonValue, lines: dict[Spot, int], end: int) -> Iterator[Manifest]:
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str) or "apiVersion" not in value:
        return
    items = value.get("items")
    if str(value["kind"]).endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            inner = {spot[2:]: line for spot, line in lines.items() if spot[:2] == ("items", index)}
            yield from _objects(path, item, inner, end)
    elif isinstance(value.get("metadata"), dict):
        yield Manifest(path, value, lines, end)


def _why(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or str(error) or "nested too deep"
    return f"line {mark.line + 1}: {said}" if mark else said
