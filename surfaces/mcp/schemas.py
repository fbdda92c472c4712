"""JSON schemas cut to what a model needs to fill in a call: no titles, no empty defaults, references put in place.

The argument models check every call themselves, so what is left out here is left out of the description only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
MOST_NESTED = 4
"""Properties of a nested object that are spelt out; one with more is shown as an object."""
_LEFT_OUT = frozenset({"title", "$defs", "minimum", "maximum", "exclusiveMinimum", "maxLength", "minLength"})
_PLAIN = frozenset({"cluster", "limit"})
"""Arguments that mean the same everywhere and say it by their name."""
_EMPTY: tuple[object, ...] = ("", None, [], ())


def compact(schema: Mapping[str, Any]) -> Schema:
    """The schema of an argument model, without what costs more than it tells."""
    made = _cut(dict(schema), schema.get("$defs", {}))
    made.pop("description", None)
    made["additionalProperties"] = False
    return made


def _cut(node: Schema, defs: Mapping[str, Schema], *, nested: bool = False) -> Schema:
    node = _nullable(_resolved(node, defs))
    kept = {key: value for key, value in node.items() if key not in _LEFT_OUT}
    if "default" in kept and kept["default"] in _EMPTY:
        del kept["default"]
    properties = kept.get("properties")
    if nested:
        kept.pop("additionalProperties", None)
    if nested and isinstance(properties, dict) and len(properties) > MOST_NESTED:
        return {key: kept[key] for key in ("type", "description") if key in kept}
    if isinstance(properties, dict):
        cut = {name: _cut(one, defs, nested=True) for name, one in properties.items()}
        for name in _PLAIN & cut.keys():
            cut[name].pop("description", None)
        kept["properties"] = cut
    if isinstance(kept.get("items"), dict):
        kept["items"] = _cut(kept["items"], defs, nested=True)
    return kept


def _resolved(node: Schema, defs: Mapping[str, Schema]) -> Schema:
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**defs[reference.rpartition("/")[2]], **beside}


def _nullable(node: Schema) -> Schema:
    """`X or null` as X, or as a list of two types where null says something that leaving it out does not."""
    options = node.get("anyOf")
    if not isinstance(options, list):
        return node
    others = [one for one in options if one != {"type": "null"}]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    if len(others) == len(options):
        types = [one.get("type") for one in others]
        return {**rest, "type": types} if all(set(one) == {"type"} for one in others) else node
    if len(others) != 1 or "$ref" in others[0]:
        return {**rest, "type": "object"}
    one = dict(others[0])
    if rest.get("default") is not None:
        one["type"] = [one["type"], "null"]
    return {**one, **rest}
