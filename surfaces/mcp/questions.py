"""`ask` and `triage` as tools: the same conversation as everywhere, its events as progress, its answer as the result."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from interlock.core.errors import BadInput, InterlockError, UnknownName
from interlock.core.events import AnswerEvent, Event, StatusEvent, ToolFinished, ToolStarted
from interlock.surfaces.http.rendered import rendered
from interlock.surfaces.mcp.offered import Args, Described, Offer
from interlock.surfaces.mcp.results import result
from interlock.surfaces.mcp.schemas import compact

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from interlock.agent.question import Question
    from interlock.surfaces.mcp.callers import Caller
    from interlock.surfaces.mcp.reads import Opened
    from interlock.surfaces.mcp.work import Tell

Room = Callable[[str], AbstractContextManager[None]]
"""Room for one question of a principal, for as long as it is answered."""
ModelT = TypeVar("ModelT", bound=BaseModel)
MOST = 20_000
_CONVERSATION = re.compile(r"cv_[0-9a-f]{16}")
_ASKS = ToolAnnotations(read_only_hint=True, open_world_hint=True)
"""A hosted model may be asked, where one is configured."""
ANSWER_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "conversation": {"type": "string"}},
    "required": ["answer", "conversation"],
}


class AskArgs(BaseModel):
    """A question."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=MOST)
    conversation: str = ""
    cluster: str = ""


class TriageArgs(BaseModel):
    """An alert."""

    model_config = ConfigDict(extra="forbid")

    alert: dict[str, JsonValue] = Field(description="Alertmanager webhook, or one alert with labels")
    text: str = Field("", max_length=MOST, description="what else is known")
    cluster: str = ""


def unlimited(_: str) -> AbstractContextManager[None]:
    """Room for everybody: the one user of a terminal."""
    return nullcontext()


class _Asking(Offer):
    def __init__(self, opened: Opened, room: Room) -> None:
        self._opened = opened
        self._room = room

    @abstractmethod
    def _question(self, caller: Caller, args: Args) -> Question: ...

    def call(self, caller: Caller, args: Args, tell: Tell) -> CallToolResult:
        """Ask, and follow the events to the answer."""
        question = self._question(caller, args)
        with self._room(caller.principal.id):
            events = rendered(self._opened().ask(question), ())
            return _answered(_last(events, tell), question.conversation)


class Ask(_Asking):
    """A question in words."""

    described = Described(
        name="ask",
        title="Ask a question",
        description="Answers a question in words; each statement names its evidence.",
        inputs=compact(AskArgs.model_json_schema()),
        outputs=ANSWER_SCHEMA,
        hints=_ASKS,
    )

    def _question(self, caller: Caller, args: Args) -> Question:
        from interlock.agent.question import Question

        asked = checked(AskArgs, self.described.name, args)
        return Question(
            asked.question,
            caller.principal,
            _named(asked.conversation),
            cluster=asked.cluster,
            fed_by=(caller.alias,),
        )


class Triage(_Asking):
    """An alert explained."""

    described = Described(
        name="triage",
        title="Triage an alert",
        description="Says what is broken behind an alert, since when and why.",
        inputs=compact(TriageArgs.model_json_schema()),
        outputs=ANSWER_SCHEMA,
        hints=_ASKS,
    )

    def _question(self, caller: Caller, args: Args) -> Question:
        from interlock.agent.alert import alert_from
        from interlock.agent.question import Question

        asked = checked(TriageArgs, self.described.name, args)
        alert = alert_from(dict(asked.alert))
        return Question(
            asked.text,
            caller.principal,
            _named(""),
            alert=alert,
            cluster=asked.cluster,
            fed_by=(caller.alias,),
        )


def checked(model: type[ModelT], tool: str, args: Args) -> ModelT:
    """Arguments as a model.

    Raises:
        UnknownName: for an argument that there is not, with the nearest.
        BadInput: for any other mistake.
    """
    try:
        return model.model_validate(dict(args))
    except ValidationError as error:
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        name = ".".join(str(part) for part in first["loc"]) or "arguments"
        if first["type"] == "extra_forbidden":
            raise UnknownName(f"argument of {tool}:", name, model.model_fields) from None
        raise BadInput(f"{tool}: {name}: {first['msg']}") from None


def _named(conversation: str) -> str:
    from interlock.core.store.conversations import new_conversation_id

    if conversation and not _CONVERSATION.fullmatch(conversation):
        raise BadInput("this is no conversation", hint="give the one that an earlier answer came with")
    return conversation or new_conversation_id()


def _last(events: Iterator[Event], tell: Tell) -> Mapping[str, JsonValue]:
    for event in events:
        if isinstance(event, AnswerEvent):
            return event.answer
        said = _said(event)
        if said:
            tell(said)
    raise InterlockError("the conversation ended without an answer", hint="see `interlock doctor`")


def _said(event: Event) -> str:
    if isinstance(event, StatusEvent):
        return event.text
    if isinstance(event, ToolStarted):
        return f"{event.tool} ..."
    return f"{event.tool}: {event.error or event.summary}" if isinstance(event, ToolFinished) else ""


def _answered(answer: Mapping[str, JsonValue], conversation: str) -> CallToolResult:
    evidence = answer.get("evidence")
    cited: list[JsonValue] = [
        {"id": one["id"], "uri": f"evidence://{one['ref']}", "tool": one["tool"]}
        for one in (evidence if isinstance(evidence, list) else [])
        if isinstance(one, dict)
    ]
    kept = {name: answer[name] for name in ("verdict", "limits", "mode") if answer.get(name)}
    words = str(answer.get("answer") or "")
    structured: dict[str, JsonValue] = {"answer": words, "conversation": conversation, "evidence": cited}
    return result(f"{words}{_sources(cited)}", {**structured, **kept})


def _sources(cited: list[JsonValue]) -> str:
    lines = [f"{one['id']}: {one['uri']} ({one['tool']})" for one in cited if isinstance(one, dict)]
    return "\n\n" + "\n".join(lines) if lines else ""
