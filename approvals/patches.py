"""The two patch formats the catalogue uses, as pure functions: RFC 7386 merge patches and a part of RFC 6902.

They predict what a server would make of a patch where no server may be asked, and check nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import JsonValue

from interlock.core.errors import BadInput

Op = Literal["add", "replace", "remove", "test"]


def merged(target: JsonValue, patch: JsonValue) -> JsonValue:
    """`target` after a merge patch: null removes, everything but mappings replaces."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made


def operation(op: Op, pointer: Sequence[str | int], value: JsonValue = None) -> dict[str, JsonValue]:
    """One operation of a JSON patch; `pointer` is given part by part."""
    path = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in pointer)
    return {"op": op, "path": path} if op == "remove" else {"op": op, "path": path, "value": value}


def parts(pointer: str) -> list[str]:
    """The parts of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def patched(target: JsonValue, operations: Sequence[Mapping[str, JsonValue]]) -> JsonValue:
    """`target` after the operations, each at an existing place (add: at an existing parent).

    Raises:
        BadInput: when a place is not there or a test fails.
    """
    made = target
    for each in operations:
        made = _at(made, parts(str(each["path"])), str(each["op"]), each.get("value"))
    return made


def leaves(value: JsonValue, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The places a merge patch touches."""
    if not isinstance(value, dict) or not value:
        return [path]
    return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]


def _at(target: JsonValue, path: list[str], op: str, value: JsonValue) -> JsonValue:
    if not path:
        if op == "test" and target != value:
            raise BadInput("the patch's test fails")
        return target if op == "test" else value
    key, rest = path[0], path[1:]
    if isinstance(target, list):
        return _in_list(target, key, rest, op, value)
    if not isinstance(target, dict) or (key not in target and (rest or op != "add")):
        raise BadInput(f"the patch's place {key!r} is not there")
    if op == "remove" and not rest:
        return {k: v for k, v in target.items() if k != key}
    return {**target, key: _at(target.get(key), rest, op, value)}


def _in_list(target: list[JsonValue], key: str, rest: list[str], op: str, value: JsonValue) -> JsonValue:
    if not key.isdigit() or int(key) >= len(target) or (not rest and op in ("add", "remove")):
        raise BadInput(f"the patch's place {key!r} is not there")
    index = int(key)
    return [*target[:index], _at(target[index], rest, op, value), *target[index + 1 :]]
