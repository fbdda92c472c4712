"""`request_change`: asks people for a change. Nothing is decided here; the result says where they decide.

Threat: an agent that approves what it asked for. Mechanism: this side holds the desk alone, which can add a request and
nothing else; no argument, answer to a question or resource of this protocol is a decision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from interlock.core.errors import BadInput
from interlock.surfaces.mcp.callers import Scope
from interlock.surfaces.mcp.offered import Args, Described, Offer
from interlock.surfaces.mcp.questions import checked
from interlock.surfaces.mcp.results import result
from interlock.surfaces.mcp.schemas import compact

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from interlock.approvals.changes import Change
    from interlock.approvals.desk import Desk
    from interlock.surfaces.mcp.callers import Caller
    from interlock.surfaces.mcp.work import Tell

DeskOf = Callable[[], "Desk | None"]
REQUEST_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "state": {"type": "string"}, "url": {"type": "string"}},
    "required": ["id", "state", "url"],
}


class RequestArgs(BaseModel):
    """A change to ask for."""

    model_config = ConfigDict(extra="forbid")

    action: str = Field(description="such as scale, rollout-restart, rollout-undo, cordon, silence")
    args: dict[str, JsonValue] = Field(description="the action's own; wrong ones are named")
    reason: str = Field(min_length=1, max_length=1000)


class RequestChange(Offer):
    """Asks for a change."""

    scope: Scope = "request"
    described = Described(
        name="request_change",
        title="Request a change",
        description="Asks people to approve a change. It happens only if they do, at the link this returns.",
        inputs=compact(RequestArgs.model_json_schema()),
        outputs=REQUEST_SCHEMA,
        hints=ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False),
    )

    def __init__(self, desk: DeskOf, requested: Callable[[Change], None]) -> None:
        self._desk = desk
        self._requested = requested

    def call(self, caller: Caller, args: Args, tell: Tell) -> CallToolResult:
        """Ask."""
        asked = checked(RequestArgs, self.described.name, args)
        desk = opened_desk(self._desk)
        tell("asking for the change")
        change = desk.request(
            caller.principal, asked.action, asked.args, reason=asked.reason, also=(caller.alias,)
        )
        self._requested(change)
        return shown(change, desk.link(change))


def shown(change: Change, url: str) -> CallToolResult:
    """A change as its requester sees it: what it is, and where people decide."""
    card = change.card.text() if change.card else ""
    structured: dict[str, JsonValue] = {"id": change.id, "state": change.state, "url": url, "card": card}
    where = url or f"interlock show {change.id}"
    lines = [f"{change.id} is {change.state}: {change.target}", card, change.note]
    lines.append(f"people decide at {where}" if change.open else "nothing will happen")
    return result("\n".join(line for line in lines if line), structured)


def opened_desk(desk: DeskOf) -> Desk:
    """The desk.

    Raises:
        BadInput: when changes are off.
    """
    found = desk()
    if found is None:
        raise BadInput("changes are off", hint="set approvals.enabled")
    return found
