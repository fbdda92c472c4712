"""The registry's tools as offers: one definition, called through the registry and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interlock.surfaces.mcp.offered import Args, Described, Offer
from interlock.surfaces.mcp.results import EVIDENCE_SCHEMA, evidence_result
from interlock.surfaces.mcp.schemas import compact

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from interlock.agent.runtime import Runtime
    from interlock.core.evidence import Evidence
    from interlock.surfaces.mcp.callers import Caller
    from interlock.surfaces.mcp.work import Tell
    from interlock.tools.tool import Tool

Opened = Callable[[], "Runtime"]
"""The runtime; the first call may open it."""


class RegistryRead(Offer):
    """One tool of the registry."""

    def __init__(self, tool: Tool[Any], opened: Opened) -> None:
        self.described = Described(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            inputs=compact(tool.args.model_json_schema()),
            outputs=EVIDENCE_SCHEMA,
        )
        self._opened = opened

    def call(self, caller: Caller, args: Args, tell: Tell) -> CallToolResult:
        """Call it as the caller."""

        def seen(item: Evidence) -> None:
            tell(f"{item.tool}: {item.text.count(chr(10)) + 1} lines")

        tell(f"reading: {self.described.title}")
        calls = self._opened().calls(caller.principal, "", watch=seen)
        return evidence_result(calls.call(self.described.name, args))
