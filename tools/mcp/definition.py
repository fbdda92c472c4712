"""A tool as its server describes it, named by the digest of every word of it that could reach a model.

Threat: a description or schema that is changed after somebody looked at it, or that carries instructions, secrets or
hidden characters. Mechanism: the digest is over the definition as it came; what is kept and shown is its redacted form,
cut to a size. Guarantee: another word in it is another digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from interlock.core.errors import BadInput
from interlock.tools.mcp.schema import whole

MOST_BYTES = 40_000
MOST_WORDS = 2_000
_FIELDS = ("title", "description", "inputSchema", "outputSchema", "annotations")
_WORDS = ("title", "description")
_Json = dict[str, JsonValue]


class Cleans(Protocol):
    """The redactor, for parsed documents."""

    def clean_value(self, value: JsonValue) -> tuple[JsonValue, Mapping[str, int]]:
        """The value without what must not be seen, and what that was."""


@dataclass(frozen=True)
class Definition:
    """One tool of a server. Its words are the server's: redacted before they are here, and never ours."""

    tool: str
    digest: str
    title: str
    description: str
    schema: _Json
    reads: bool

    def as_json(self) -> _Json:
        """As it is kept."""
        return {**vars(self)}

    @property
    def properties(self) -> Mapping[str, JsonValue]:
        """The arguments it names."""
        named = self.schema.get("properties")
        return named if isinstance(named, dict) else {}

    @property
    def required(self) -> tuple[str, ...]:
        """The arguments it cannot do without."""
        named = self.schema.get("required")
        return tuple(str(one) for one in named) if isinstance(named, list) else ()


def defined(wire: Mapping[str, JsonValue], redactor: Cleans) -> Definition:
    """The definition that a server's list holds.

    Raises:
        BadInput: when it is larger than a tool's definition has reason to be, or its schema is none for a model.
    """
    name = str(wire.get("name"))
    raw = _measured(name, {key: wire.get(key) for key in _FIELDS})
    given, hints = wire.get("inputSchema"), wire.get("annotations")
    schema: JsonValue = whole(given if isinstance(given, dict) else {}, name)
    _measured(name, schema)
    shown, _ = redactor.clean_value({key: wire.get(key) for key in _WORDS} | {"schema": schema})
    assert isinstance(shown, dict)
    schema = shown.get("schema")
    return Definition(
        tool=name,
        digest=hashlib.sha256(f"{name}\n{raw}".encode()).hexdigest(),
        title=str(shown.get("title") or ""),
        description=str(shown.get("description") or "")[:MOST_WORDS],
        schema=schema if isinstance(schema, dict) else {},
        reads=isinstance(hints, dict) and hints.get("readOnlyHint") is True,
    )


def _measured(name: str, value: JsonValue) -> str:
    raw = json.dumps(value, sort_keys=True, separators=(",", ":"))
    if len(raw) > MOST_BYTES:
        raise BadInput(f"the definition of tool {name!r} has {len(raw)} bytes, more than {MOST_BYTES}")
    return raw


def restored(kept: JsonValue) -> Definition | None:
    """A definition as it was kept; None for what is none."""
    if not isinstance(kept, dict) or not isinstance(schema := kept.get("schema"), dict):
        return None
    words = {key: str(kept.get(key, "")) for key in ("tool", "digest", "title", "description")}
    return Definition(**words, schema=schema, reads=kept.get("reads") is True)
