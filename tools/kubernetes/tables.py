"""Tables as tools return them: columns and rows in `data`, and from those a header line and one row an object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from interlock.core.clusters.objects import Node

EMPTY = "-"
Row = Mapping[str, JsonValue]


def table(columns: Sequence[str], rows: Iterable[Row], about: str) -> dict[str, JsonValue]:
    """A table as data. `about` says what was asked for; it is shown when there is no row."""
    return {"about": about, "columns": list(columns), "rows": [dict(row) for row in rows]}


def rows_of(data: JsonValue) -> list[Node]:
    """The rows of a table's data."""
    return Node(data if isinstance(data, dict) else {}).nodes("rows")


def table_text(data: JsonValue) -> str:
    """A header line, then one line a row; cells stand under their column, two spaces apart, and hold no double space."""
    node = Node(data if isinstance(data, dict) else {})
    columns = node.names("columns")
    cells = [[_cell(row.value(column)) for column in columns] for row in node.nodes("rows")]
    if not cells:
        return f"0 found: {node.text('about')}"
    header = [column.upper().replace(" ", "-") for column in columns]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    return "\n".join(_line(line, widths) for line in [header, *cells])


def one_line(text: str) -> str:
    """`text` without line breaks or runs of blanks."""
    return " ".join(text.split())


def _cell(value: JsonValue) -> str:
    if isinstance(value, list):
        return ",".join(_cell(item) for item in value) or EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    return one_line(str(value)) or EMPTY if value is not None else EMPTY


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
