"""monitors_list: which monitors there are and which of them alert."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.core.errors import NotServed
from interlock.core.evidence import QueryLocator
from interlock.tools.kubernetes.tables import table, table_text
from interlock.tools.metrics.monitors import Monitor, MonitorBackend
from interlock.tools.tool import Args, Context, Result, Tool

COLUMNS = ("state", "name", "query")
MOST = 500


class MonitorsArgs(Args):
    """Which monitors."""

    state: str = Field("", description="only those in this state: Alert, Warn, No Data, OK")
    contains: str = Field("", description="only those whose name, query, message or tags contain this text")


class MonitorsList(Tool[MonitorsArgs]):
    """Lists monitors."""

    name = "monitors_list"
    title = "List monitors and their states"
    description = "The monitors of the monitoring system with their state and query, those that alert first."
    systems = ("metrics",)
    args = MonitorsArgs

    def run(self, args: MonitorsArgs, context: Context) -> Result:
        """List them."""
        backend = context.backend(MonitorBackend)  # type: ignore[type-abstract]
        if backend is None:
            raise NotServed("no monitoring system is configured")
        every = backend.monitors()
        found = sorted((m for m in every if _wanted(m, args)), key=lambda m: (_calm(m), m.index))
        asked = " ".join(f"{key}={value}" for key, value in args.model_dump().items() if value)
        about = f"monitors{f' with {asked}' if asked else ''}, among {len(every)}"
        left_out = len(found) - MOST
        return Result(
            kind="table",
            subject="",
            data=table(COLUMNS, map(_row, found[:MOST]), about),
            locators=(QueryLocator(system="monitors", query=f"{about} of {backend.monitor_source}"),),
            limits=(f"{left_out} more monitors left out",) if left_out > 0 else (),
            summary=f"{len(found)} monitors",
        )

    def render(self, data: JsonValue) -> str:
        """A header and one line a monitor."""
        return table_text(data)


def _wanted(monitor: Monitor, args: MonitorsArgs) -> bool:
    if args.state and monitor.state.casefold() != args.state.casefold():
        return False
    held = "\n".join((monitor.name, monitor.query, monitor.message, *monitor.tags))
    return args.contains.casefold() in held.casefold()


def _calm(monitor: Monitor) -> bool:
    return monitor.state.casefold() == "ok"


def _row(monitor: Monitor) -> dict[str, JsonValue]:
    return {
        "state": monitor.state,
        "name": monitor.name,
        "query": monitor.query,
        "message": monitor.message,
        "type": monitor.type,
        "tags": list(monitor.tags),
        "index": monitor.index,
    }


TOOL = MonitorsList()
