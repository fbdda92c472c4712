"""Which tools are listed. The default set is what an engineer at an IDE needs first; the others add a whole room each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from interlock.surfaces.mcp.settings import Toolset

if TYPE_CHECKING:
    from interlock.tools.tool import Tool

DEFAULT = (
    "diagnose",
    "kubernetes_list",
    "kubernetes_get",
    "kubernetes_events",
    "pod_logs",
    "runbook_search",
)
_ROOMS: Mapping[str, tuple[str, ...]] = {
    "kubernetes": ("kubernetes_",),
    "logs": ("log_", "pod_logs"),
    "metrics": ("monitors_", "metrics_"),
    "changes": ("recent_changes", "rollout_"),
    "knowledge": ("runbook_", "iac_"),
    "all": ("",),
}


def chosen(toolsets: Iterable[Toolset], tools: Mapping[str, Tool[Any]]) -> list[Tool[Any]]:
    """The registry's tools of these sets: the default ones first, the others by name."""
    wanted = set(toolsets)
    first = [tools[name] for name in DEFAULT if "default" in wanted or _in(name, wanted)]
    rest = [tool for name, tool in tools.items() if name not in DEFAULT and _in(name, wanted)]
    return [*first, *rest]


def _in(name: str, toolsets: set[Toolset]) -> bool:
    return any(name.startswith(start) for one in toolsets for start in _ROOMS.get(one, ()))
