"""`more`: reads on in a result that was cut, by the handle it came with; for the principal it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from interlock.core.errors import Forbidden
from interlock.surfaces.mcp.offered import Args, Described, Offer
from interlock.surfaces.mcp.questions import checked
from interlock.surfaces.mcp.results import marked, result
from interlock.surfaces.mcp.schemas import compact

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from interlock.agent.runtime import Runtime
    from interlock.core.identity import Principal
    from interlock.surfaces.mcp.callers import Caller
    from interlock.surfaces.mcp.reads import Opened
    from interlock.surfaces.mcp.work import Tell

PAGE_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "next_offset": {"type": "integer"}},
    "required": ["text"],
}


class MoreArgs(BaseModel):
    """Where to read on."""

    model_config = ConfigDict(extra="forbid")

    handle: str = Field(max_length=64)
    offset: int = Field(0, ge=0)


class More(Offer):
    """Reads on."""

    described = Described(
        name="more",
        title="Read on in a result",
        description="The next part of a result that was cut.",
        inputs=compact(MoreArgs.model_json_schema()),
        outputs=PAGE_SCHEMA,
    )

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def call(self, caller: Caller, args: Args, tell: Tell) -> CallToolResult:
        """Read a page."""
        asked = checked(MoreArgs, self.described.name, args)
        text, further = page(self._opened(), caller.principal, asked.handle, asked.offset)
        said = (
            f"\nread on: more(handle={asked.handle!r}, offset={further})" if further else "\nthis is the end"
        )
        structured: dict[str, JsonValue] = {"text": text}
        if further:
            structured["next_offset"] = further
        return result(marked(text) + said, structured)


def page(runtime: Runtime, principal: Principal, handle: str, offset: int) -> tuple[str, int | None]:
    """Text behind a handle from `offset`, and where to read on; on record.

    Raises:
        NotFound: when there is no such handle.
        Forbidden: when it belongs to somebody else.
    """
    from interlock.core.store.evidence import EvidenceStore

    said: dict[str, JsonValue] = {"principal": principal.id, "handle": handle, "offset": offset}
    try:
        text, further = EvidenceStore(runtime.parts.store).page(handle, principal, offset=offset)
    except Forbidden:
        runtime.audit.note("evidence.refused", said)
        raise
    runtime.audit.note("evidence.read", said)
    return text, further
