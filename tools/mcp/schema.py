"""A server's schema of arguments as every model provider takes it: whole, without references, of a bounded size.

Threat: a schema that breaks or never lets go of whoever reads it: references to nowhere, to another host, to themselves,
or doubling at each level; names that a provider refuses, and with them the whole request. Mechanism: references are put in
place here, within a size, a depth and one turn round a circle; anything else is refused before it can be accepted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import JsonValue

from interlock.core.errors import BadInput

MOST_PARTS = 2_000
MOST_DEEP = 24
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LOCAL = "#/"
_APART = frozenset({"$defs", "definitions", "$schema", "$id"})
_Json = dict[str, JsonValue]


def whole(schema: Mapping[str, JsonValue], tool: str) -> _Json:
    """The schema with its references put in place.

    Raises:
        BadInput: when it cannot be one that a model is shown.
    """
    made = _Whole(dict(schema), tool).placed(dict(schema), 0, ())
    assert isinstance(made, dict)
    named, needed = made.get("properties"), made.get("required")
    properties = named if isinstance(named, dict) else {}
    for name in properties:
        if not _NAME.fullmatch(name):
            raise BadInput(f"an argument of tool {tool!r} is called {name[:80]!r}, which models do not take")
    required: list[JsonValue] = (
        [one for one in needed if isinstance(one, str) and one in properties]
        if isinstance(needed, list)
        else []
    )
    return {**made, "type": "object", "properties": properties, "required": required}


class _Whole:
    def __init__(self, root: _Json, tool: str) -> None:
        self._root = root
        self._tool = tool
        self._parts = 0

    def placed(self, value: JsonValue, depth: int, within: tuple[str, ...]) -> JsonValue:
        """`value` with what it refers to in place; `within` are the references that led here."""
        self._parts += 1
        if self._parts > MOST_PARTS or depth > MOST_DEEP:
            raise BadInput(f"the arguments of tool {self._tool!r} are described too large or too deep")
        if isinstance(value, list):
            return [self.placed(one, depth + 1, within) for one in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str):
            # Once round a circle is enough to show what is meant.
            return (
                {}
                if reference in within
                else self.placed(self._at(reference), depth + 1, (*within, reference))
            )
        return {
            key: self._named(one, depth, within)
            if key == "properties"
            else self.placed(one, depth + 1, within)
            for key, one in value.items()
            if key not in _APART
        }

    def _named(self, value: JsonValue, depth: int, within: tuple[str, ...]) -> JsonValue:
        """The arguments by name: any word may be a name, also one that means something elsewhere."""
        if not isinstance(value, dict):
            return {}
        schemas = {name: one for name, one in value.items() if isinstance(one, dict | bool)}
        return {name: self.placed(one, depth + 1, within) for name, one in schemas.items()}

    def _at(self, reference: str) -> JsonValue:
        if not reference.startswith(_LOCAL):
            raise self._nowhere(reference)
        found: JsonValue = self._root
        for step in reference.removeprefix(_LOCAL).split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or key not in found:
                raise self._nowhere(reference)
            found = found[key]
        return found

    def _nowhere(self, reference: str) -> BadInput:
        return BadInput(
            f"the arguments of tool {self._tool!r} refer to {reference[:80]!r}, which is not in their schema"
        )
