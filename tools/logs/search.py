"""log_search: lines of the log store by text, origin, level and time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import Field, JsonValue

from interlock.core.clock import format_time
from interlock.core.clusters.objects import Node
from interlock.core.errors import NotServed
from interlock.core.evidence import FileLocator, QueryLocator
from interlock.tools.logs.backend import LogBackend, LogLine, LogPage, LogQuery, wanted_level
from interlock.tools.tool import Args, Context, Result, Tool


class SearchArgs(Args):
    """Which lines."""

    text: str = Field("", description="a literal text they contain, in any case")
    service: str = Field("", description="the service that wrote them")
    namespace: str = Field("", description="the Kubernetes namespace they are from")
    workload: str = Field("", description="the workload whose pods wrote them")
    level: str = Field("", description="this level or worse: debug, info, warn, error, critical")
    since_minutes: float | None = Field(
        60, gt=0, description="of the last so many minutes; null: of all time"
    )
    limit: int = Field(100, ge=1, le=1000, description="the newest ones, at most so many")


class LogSearch(Tool[SearchArgs]):
    """Searches the log store."""

    name = "log_search"
    title = "Search the log store"
    description = (
        "The newest matching lines, oldest of them first: `FILE:LINE TIME LEVEL SERVICE HOST message`. "
        "Says how many lines match, and how many match but lie outside the time window."
    )
    systems = ("logs",)
    cost = "moderate"
    args = SearchArgs

    def run(self, args: SearchArgs, context: Context) -> Result:
        """Search."""
        store = context.backend(LogBackend)  # type: ignore[type-abstract]
        if store is None:
            raise NotServed(
                "no log store is configured", hint="pod_logs reads the logs that the cluster still holds"
            )
        now = context.clock.now()
        start = now - timedelta(minutes=args.since_minutes) if args.since_minutes else None
        query = LogQuery(
            args.text,
            args.service,
            args.namespace,
            args.workload,
            wanted_level(args.level),
            start,
            now,
            args.limit,
        )
        page = store.search(query)
        about = _about(args)
        asked = QueryLocator(system="logs", query=f"{about} of {store.log_source}", start=start, end=now)
        return Result(
            kind="log",
            subject="",
            data=_data(page, about),
            locators=file_locators(page.lines, store.log_source) or (asked,),
            limits=_limits(page, args),
            summary=f"{len(page.lines)} of {page.total} log lines",
        )

    def render(self, data: JsonValue) -> str:
        """`FILE:LINE TIME LEVEL SERVICE HOST message`, one line a record."""
        node = Node(data if isinstance(data, dict) else {})
        heads = node.nodes("lines")
        messages = node.text("text").split("\n") if heads else []
        lines = [_rendered(head, message) for head, message in zip(heads, messages, strict=False)]
        return "\n".join(lines) or f"0 log lines found: {node.text('about')}"


def file_locators(lines: Sequence[LogLine], root: str) -> tuple[FileLocator, ...]:
    """Where the lines stand, runs of neighbours as one."""
    merged: list[tuple[str, int, int]] = []
    for path, number in sorted({(line.path, line.line_no) for line in lines}):
        if merged and merged[-1][0] == path and merged[-1][2] == number - 1:
            merged[-1] = (path, merged[-1][1], number)
        else:
            merged.append((path, number, number))
    return tuple(FileLocator(path=p, start_line=a, end_line=b, root=root) for p, a, b in merged)


def _data(page: LogPage, about: str) -> dict[str, JsonValue]:
    heads: list[JsonValue] = [_head(line) for line in page.lines]
    # The messages stand together: a key that was logged line by line shows itself as one only when read so.
    text = "\n".join(_one_line(line.message) for line in page.lines)
    counts = {"total": page.total, "scanned": page.scanned, "broken": page.broken, "outside": page.outside}
    return {"about": about, "lines": heads, "text": text, **counts}


def _head(line: LogLine) -> dict[str, JsonValue]:
    return {
        "path": line.path,
        "line": line.line_no,
        "at": _time(line.at),
        "level": line.level,
        "service": line.service,
        "host": line.host,
        "tags": list(line.tags),
    }


def _rendered(head: Node, message: str) -> str:
    level = head.text("level").upper() or "-"
    origin = f"{head.text('at') or '-'} {level} {head.text('service') or '-'} {head.text('host') or '-'}"
    return f"{head.text('path')}:{head.text('line')} {origin} {message}"


def _one_line(message: str) -> str:
    return message.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\r")


def _limits(page: LogPage, args: SearchArgs) -> tuple[str, ...]:
    return tuple(_said(page, args))


def _said(page: LogPage, args: SearchArgs) -> Iterable[str]:
    if page.total > len(page.lines):
        yield f"{page.total - len(page.lines)} older matching lines left out by the limit"
    if page.outside:
        newest = f", the newest of {_time(page.newest_outside)}" if page.newest_outside else ""
        yield f"{page.outside} lines match but lie outside the time window{newest}"
    if page.unplaced:
        yield f"{page.unplaced} lines match but do not say their namespace, and are not shown; ask by service"
    if page.withheld:
        yield f"{page.withheld} lines match but the policy keeps their namespaces from you"
    if page.broken:
        yield f"{page.broken} of {page.scanned} lines could not be read"
    if not page.complete:
        yield from page.notes or ("not all of the log store was searched",)


def _about(args: SearchArgs) -> str:
    asked = {
        key: value for key, value in args.model_dump(exclude={"limit", "since_minutes"}).items() if value
    }
    said = " ".join(f"{key}={value}" for key, value in asked.items()) or "any line"
    window = f"in the last {args.since_minutes:g} minutes" if args.since_minutes else "of all time"
    return f"{said} {window}"


def _time(at: datetime | None) -> str | None:
    return format_time(at) if at else None


TOOL = LogSearch()
