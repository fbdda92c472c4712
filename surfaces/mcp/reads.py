"""The registry's tools as offers: one definition, called through the registry and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interlock.core.budget import DEFAULT_BYTES
from interlock.surfaces.mcp.offered import Args, Described, Offer
from interlock.surfaces.mcp.results import EVIDENCE_SCHEMA, evidence_result
from interlock.surfaces.mcp.schemas import compact
from interlock.surfaces.mcp.shown import shown

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from interlock.agent.runtime import Runtime
    from interlock.core.evidence import Evidence
    from interlock.core.identity import Principal
    from interlock.core.store.evidence import EvidenceStore
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

        from interlock.core.store.evidence import EvidenceStore

        tell(f"reading: {self.described.title}")
        runtime = self._opened()
        item = runtime.calls(caller.principal, "", watch=seen).call(self.described.name, args)
        return evidence_result(_whole(item, EvidenceStore(runtime.parts.store), caller.principal))


def _whole(item: Evidence, kept: EvidenceStore, reader: Principal) -> Evidence:
    """Evidence that was cut, whole, where all of it fits as a client is shown it."""
    if not item.handle:
        return item
    text, further = kept.page(item.handle, reader, limit=2 * DEFAULT_BYTES)
    if further or len(shown(item.kind, text).encode()) > DEFAULT_BYTES:
        return item
    return replace(item, text=text, handle="", omitted_bytes=0, omitted_lines=0)
