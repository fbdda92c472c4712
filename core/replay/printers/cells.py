"""What every printer is made of: columns, cells, and Kubernetes' ways to write ages, selectors and short lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from interlock.core.clock import parse_time

Json = dict[str, Any]
Cell = str | int | float | bool | None
NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"
LISTED = 3


@dataclass(frozen=True)
class Column:
    """One column definition of a Table."""

    name: str
    type: Literal["string", "integer", "boolean", "date", "number"] = "string"
    format: str = ""
    priority: int = 0
    description: str = ""

    def definition(self) -> Json:
        """As it stands in `columnDefinitions`."""
        head = {"name": self.name, "type": self.type, "format": self.format}
        return head | {"description": self.description, "priority": self.priority}


@dataclass(frozen=True)
class Printer:
    """The columns of a kind, the cells of one of its objects, and the conditions of its row."""

    columns: Sequence[Column]
    cells: Callable[[Json, datetime], list[Cell]]
    conditions: Callable[[Json], list[Json]] = lambda _: []


NAME = Column("Name", format="name")
AGE = Column("Age")


def columns(text: str) -> list[Column]:
    """Name, then the columns in `text`, split at `|`: `Ready`, `Restarts:integer`; after `||` those shown wide."""
    usual, _, wide = text.partition("||")
    return [
        NAME,
        *(_column(t, 0) for t in usual.split("|")),
        *(_column(t, 1) for t in wide.split("|") if wide),
    ]


def _column(text: str, priority: int) -> Column:
    name, _, kind = text.strip().partition(":")
    return Column(name, kind or "string", priority=priority)  # type: ignore[arg-type]


def at(obj: object, *path: str | int) -> Any:  # noqa: ANN401  JSON from outside has no type until a cell is made
    """The value at a path, or None where it breaks off."""
    for part in path:
        if isinstance(part, str) and isinstance(obj, dict):
            obj = obj.get(part)
        elif isinstance(part, int) and isinstance(obj, list) and part < len(obj):
            obj = obj[part]
        else:
            return None
    return obj


def text(obj: object, *path: str | int) -> str:
    """The string at a path, empty where there is none."""
    value = at(obj, *path)
    return "" if value is None else str(value)


def number(obj: object, *path: str | int) -> int:
    """The integer at a path, 0 where there is none."""
    value = at(obj, *path)
    return value if isinstance(value, int) else 0


def items(obj: object, *path: str | int) -> list[Any]:
    """The list at a path, empty where there is none."""
    value = at(obj, *path)
    return value if isinstance(value, list) else []


def table(obj: object, *path: str | int) -> Json:
    """The mapping at a path, empty where there is none."""
    value = at(obj, *path)
    return value if isinstance(value, dict) else {}


def name(obj: Json) -> str:
    """The object's name."""
    return text(obj, "metadata", "name")


def age(obj: Json, now: datetime) -> str:
    """How long ago the object was created."""
    return since(at(obj, "metadata", "creationTimestamp"), now)


def since(timestamp: object, now: datetime) -> str:
    """How long ago a timestamp was."""
    then = instant(timestamp)
    return UNKNOWN if then is None else human_duration(now - then)


def instant(timestamp: object) -> datetime | None:
    """The timestamp as a time, or None when it is absent or not one."""
    try:
        return parse_time(timestamp) if isinstance(timestamp, str) else None
    except ValueError:
        return None


def human_duration(span: timedelta) -> str:
    """A duration with as many units as Kubernetes shows: `90s`, `5m30s`, `3h12m`, `6d4h`, `1y200d`."""
    seconds = int(span.total_seconds())
    if seconds < 0:
        return "0s" if span.total_seconds() > -2 else "<invalid>"
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 180:
        return _two(minutes, "m", seconds % 60, "s") if minutes < 10 else f"{minutes}m"
    if hours < 48:
        return _two(hours, "h", minutes % 60, "m") if hours < 8 else f"{hours}h"
    return _days(hours)


def _days(hours: int) -> str:
    days = hours // 24
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 365 * 2:
        return f"{days}d"
    years = days // 365
    return _two(years, "y", days % 365, "d") if years < 8 else f"{years}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def pairs(labels: object) -> str:
    """A label set: `a=b,c=d`, sorted."""
    return (
        ",".join(f"{k}={v}" for k, v in sorted(labels.items()))
        if isinstance(labels, dict) and labels
        else NONE
    )


def selector(value: object) -> str:
    """A LabelSelector in words, `<none>` when it selects by nothing."""
    return selector_text(value) or NONE


def selector_text(value: object) -> str:
    """A LabelSelector in words: `a=b,c in (d,e),!f`, sorted by key; a broken one is `<error>`."""
    terms = [(k, f"{k}={v}") for k, v in table(value, "matchLabels").items()]
    terms += [(text(e, "key"), _expression(e)) for e in items(value, "matchExpressions")]
    return ",".join(term for _, term in sorted(terms, key=lambda t: t[0]))


def _expression(e: Json) -> str:
    values = "(" + ",".join(sorted(e.get("values") or ())) + ")"
    match e.get("operator"):
        case "In":
            return f"{e['key']} in {values}"
        case "NotIn":
            return f"{e['key']} notin {values}"
        case "Exists":
            return text(e, "key")
    return f"!{text(e, 'key')}"


def containers(obj: Json, *path: str) -> tuple[str, str]:
    """The names and the images of a pod template's containers."""
    found = items(obj, *path)
    return ",".join(text(c, "name") for c in found), ",".join(text(c, "image") for c in found)


def shortened(found: Sequence[str], most: int = LISTED) -> str:
    """The first few, and how many more there are."""
    head = ",".join(found[:most])
    return f"{head} + {len(found) - most} more..." if len(found) > most else head


def joined(found: Iterable[str], separator: str = ",") -> str:
    """Joined, `<none>` when there is nothing."""
    return separator.join(found) or NONE


def yes_no(value: object) -> str:
    """A pointer to a boolean, as a column shows it."""
    return UNSET if value is None else str(bool(value))
