"""One line of a log file read to a record: JSON lines as agents write them, and plain lines as programs print them.

Threat: a line made to stop the reader (broken, huge, deeply nested, of other types). Guarantee: a record or None.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from pydantic import JsonValue

from interlock.core.clock import parse_time
from interlock.core.clusters.objects import Node
from interlock.tools.logs.backend import LogLine, level_of

_TIMES = ("timestamp", "@timestamp", "time", "ts", "date")
_MESSAGES = ("message", "msg", "log", "text")
_LEVELS = ("status", "level", "severity", "loglevel")
_SERVICES = ("service", "service.name", "app", "logger")
_HOSTS = ("host", "hostname", "host.name")
_PLAIN_TIME = re.compile(
    r"^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\]?(?:\s+|$)"
)
_PLAIN_LEVEL = re.compile(
    r"\b(trace|debug|info|notice|warn|warning|err|error|crit|critical|fatal|panic)\b", re.IGNORECASE
)
_LEVEL_WITHIN = 80
_MILLISECONDS = 10**11
"""Epoch numbers above this are milliseconds: as seconds they would lie beyond the year 5000."""


def json_line(line: str, path: str, number: int) -> LogLine | None:
    """A record of JSON lines; None when it is not one."""
    try:
        loaded = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(loaded, dict):
        return None
    record = Node(loaded)
    message = _message(record)
    if message is None:
        return None
    return LogLine(
        at=next((at for key in _TIMES if (at := _time(record.value(key)))), None),
        level=level_of(_first(record, _LEVELS)) or _first(record, _LEVELS),
        service=_first(record, _SERVICES),
        host=_first(record, _HOSTS),
        message=message,
        tags=_tags(record.value("tags")),
        path=path,
        line_no=number,
    )


def plain_line(line: str, path: str, number: int, service: str) -> LogLine:
    """A line of text: its time when it begins with one, its level when it names one near the start."""
    match = _PLAIN_TIME.match(line)
    level = _PLAIN_LEVEL.search(line[:_LEVEL_WITHIN])
    return LogLine(
        at=_time(match[1].replace(",", ".")) if match else None,
        level=level_of(level[1]) if level else "",
        service=service,
        host="",
        message=line[match.end() :] if match and _time(match[1].replace(",", ".")) else line,
        tags=(),
        path=path,
        line_no=number,
    )


def _message(record: Node) -> str | None:
    for key in _MESSAGES:
        found = record.value(key)
        if found is not None:
            return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return None


def _first(record: Node, keys: tuple[str, ...]) -> str:
    return next((text for key in keys if (text := " ".join(record.text(key).split()))), "")


def _time(value: JsonValue) -> datetime | None:
    try:
        if isinstance(value, str):
            return parse_time(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _tags(value: JsonValue) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [*value.split(",")]
    if isinstance(value, dict):
        value = [f"{key}:{held}" for key, held in value.items() if isinstance(held, str | int)]
    return tuple(tag.strip() for tag in value if isinstance(tag, str)) if isinstance(value, list) else ()
