"""The one event stream of a conversation. Surfaces render it; nothing else tells a person what is going on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatusEvent(_Event):
    """What is being done now, in words."""

    type: Literal["status"] = "status"
    text: str


class ToolStarted(_Event):
    """A tool was asked."""

    type: Literal["tool_started"] = "tool_started"
    call: str
    tool: str
    args: dict[str, JsonValue]


class ToolFinished(_Event):
    """A tool answered, or failed with `error`."""

    type: Literal["tool_finished"] = "tool_finished"
    call: str
    tool: str
    evidence: str | None = None
    summary: str = ""
    error: str | None = None


class TextEvent(_Event):
    """A piece of a model's words as they come; the answer event is what counts."""

    type: Literal["text"] = "text"
    text: str


class ProposalEvent(_Event):
    """A change that this conversation asked for moved on; `text` is our own words and the card, redacted."""

    type: Literal["proposal"] = "proposal"
    change: str
    state: str
    text: str


class AnswerEvent(_Event):
    """The finished answer, in the shape of docs/json.md."""

    type: Literal["answer"] = "answer"
    answer: dict[str, JsonValue]


Event = Annotated[
    StatusEvent | ToolStarted | ToolFinished | TextEvent | ProposalEvent | AnswerEvent,
    Field(discriminator="type"),
]
