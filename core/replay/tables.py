"""Server-side printing: the Table that `kubectl get` asks for, with the columns of Kubernetes 1.20.

Ages are counted from the replay's now. Families of kinds lie in `printers/` and are found by their `PRINTERS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from interlock.core.replay import printers
from interlock.core.replay.kinds import BUILT_IN, Kind, PrinterColumn
from interlock.core.replay.printers.cells import NAME, Cell, Column, Printer, instant, name
from interlock.core.replay.printers.custom import custom_printer

Json = dict[str, Any]
Include = Literal["None", "Metadata", "Object"]
_CUSTOM_DEFAULT = (PrinterColumn("Age", "date", ".metadata.creationTimestamp"),)
_KUBERNETES = {group for group, _ in BUILT_IN} | {"extensions", "flowcontrol.apiserver.k8s.io"}


def table_of(
    objects: Iterable[Json], kind: Kind, now: datetime, metadata: Json, *, include: Include, version: str
) -> Json:
    """The Table of some objects of one kind."""
    printer = printer_for(kind)
    rows = [_row(obj, printer, now, include, version) for obj in objects]
    head = {"kind": "Table", "apiVersion": f"meta.k8s.io/{version}", "metadata": metadata}
    return {**head, "columnDefinitions": [c.definition() for c in printer.columns], "rows": rows}


def printer_for(kind: Kind) -> Printer:
    """The kind's own printer, the one its definition asks for, or name and creation time."""
    own = _registry().get(kind.key)
    if own:
        return own
    if kind.columns is not None or kind.group not in _KUBERNETES:
        return custom_printer(kind.columns or _CUSTOM_DEFAULT)
    return _DEFAULT


def partial(obj: Json, version: str) -> Json:
    """The object's metadata alone."""
    head = {"kind": "PartialObjectMetadata", "apiVersion": f"meta.k8s.io/{version}"}
    return {**head, "metadata": obj["metadata"]}


def _row(obj: Json, printer: Printer, now: datetime, include: Include, version: str) -> Json:
    row: Json = {"cells": printer.cells(obj, now)}
    conditions = printer.conditions(obj)
    row |= {"conditions": conditions} if conditions else {}
    match include:
        case "None":
            return row | {"object": None}
        case "Object":
            return row | {"object": obj}
    return row | {"object": partial(obj, version)}


def _created(obj: Json, _now: datetime) -> list[Cell]:
    at = instant(obj["metadata"].get("creationTimestamp"))
    return [name(obj), at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None]


_DEFAULT = Printer([NAME, Column("Created At", "date")], _created)


@cache
def _registry() -> dict[tuple[str, str], Printer]:
    import importlib
    import pkgutil

    found: dict[tuple[str, str], Printer] = {}
    for module in pkgutil.iter_modules(printers.__path__):
        found |= getattr(importlib.import_module(f"{printers.__name__}.{module.name}"), "PRINTERS", {})
    return found
