"""The smaller forms a list can be asked for in: a Table of cells, and metadata alone.

Source: Kubernetes API concepts, "Receiving resources as Tables" and "Metadata-only fetches".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from interlock.core.clusters.discovery import ResourceType
from interlock.core.clusters.objects import KubeObject, Node

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"


@dataclass(frozen=True)
class Row:
    """One object as the server prints it.

    `cells` by column name in lower case; `item` is its metadata, None where only cells were asked for; `ended` is
    `Succeeded` or `Failed` for a pod that is done, which no cell tells for sure.
    """

    cells: Mapping[str, JsonValue]
    item: KubeObject | None
    ended: str = ""


@dataclass(frozen=True)
class Table:
    """The rows of one kind; `warnings` are the server's own words about what is not among them."""

    type: ResourceType
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()


def columns_of(page: Node) -> list[str]:
    """The columns of a Table, in lower case: their case changed between versions."""
    return [column.text("name").lower() for column in page.nodes("columnDefinitions")]


def row_of(raw: Node, columns: list[str], item: KubeObject | None) -> Row:
    """One row."""
    cells = raw.value("cells")
    ended = [c.text("reason") for c in raw.nodes("conditions") if c.text("type") == "Completed"]
    held = dict(zip(columns, cells if isinstance(cells, list) else [], strict=False))
    return Row(held, item, next(iter(ended), ""))
