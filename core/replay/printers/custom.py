"""Columns that a custom resource definition asks for, by a small subset of JSONPath: what real definitions use.

Understood: `.a.b`, `['a.b']`, `\\.` in a key, `[0]`, `[*]`, `[?(@.type=="Ready")]`. Anything else prints nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, cast

from interlock.core.replay.kinds import PrinterColumn
from interlock.core.replay.printers.cells import NAME, Cell, Column, Json, Printer, at, instant, name, since

_STEP = re.compile(
    r"""\.(?P<key>(?:\\.|[^.\[\\])+)"""
    r"""|\[(?P<index>-?\d+)\]|\[(?P<all>\*)\]|\[(?P<quote>['"])(?P<quoted>.*?)(?P=quote)\]"""
    r"""|\[\?\(@\.(?P<field>[\w./-]+)\s*==\s*(?P<mark>['"])(?P<wanted>.*?)(?P=mark)\)\]"""
)


def custom_printer(wanted: tuple[PrinterColumn, ...]) -> Printer:
    """A printer for the recorded columns of a custom resource."""

    def cells(obj: Json, now: datetime) -> list[Cell]:
        return [name(obj), *(_cell(obj, column, now) for column in wanted)]

    return Printer([NAME, *map(_column, wanted)], cells)


def _column(c: PrinterColumn) -> Column:
    kind = cast(Literal["string", "integer", "boolean", "date", "number"], c.type)
    return Column(c.name, kind, c.format, c.priority, c.description)


def _cell(obj: Json, column: PrinterColumn, now: datetime) -> Cell:
    found = list(find(obj, column.json_path))
    if not found:
        return None
    if column.type == "string":
        return " ".join(map(_printed, found))
    return _typed(found[0], column.type, now)


def _typed(value: object, kind: str, now: datetime) -> Cell:
    match kind:
        case "date":
            return since(value, now) if instant(value) else "<invalid>"
        case "integer" if isinstance(value, (int, float)) and not isinstance(value, bool):
            return int(value)
        case "number" if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        case "boolean" if isinstance(value, bool):
            return value
    return None


def _printed(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, separators=(",", ":")) if isinstance(value, (dict, list)) else str(value)


def find(obj: object, path: str) -> Iterator[object]:
    """The values that a JSONPath finds; none for a path beyond the understood subset."""
    path = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    position, found = 0, [obj]
    while position < len(path):
        step = _STEP.match(path, position)
        if not step:
            return
        position = step.end()
        found = [value for start in found for value in _follow(start, step)]
    yield from (value for value in found if value is not None)


def _follow(start: object, step: re.Match[str]) -> Iterator[object]:
    if step["index"] is not None:
        yield from start[int(step["index"]) :][:1] if isinstance(start, list) else ()
    elif step["all"]:
        yield from start if isinstance(start, list) else start.values() if isinstance(start, dict) else ()
    elif step["field"]:
        elements = start if isinstance(start, list) else []
        yield from (e for e in elements if at(e, *step["field"].split(".")) == step["wanted"])
    elif isinstance(start, dict):
        key = step["quoted"] if step["quote"] else re.sub(r"\\(.)", r"\1", step["key"])
        yield start.get(key)
