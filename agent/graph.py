"""The graph of one question: LangChain's agent over our tools, run as one stream of our events.

Guarantees: a recursion limit, budgets that end in `Ended.stopped`, and tools that only read. Holds no state between
questions: what came before is handed in as messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware.types import InputAgentState
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.errors import GraphRecursionError
from pydantic import JsonValue

from interlock.agent.guard import Guard, for_model
from interlock.agent.ledger import Ledger
from interlock.agent.prompts import SYSTEM
from interlock.agent.recorded import RecordedCalls
from interlock.agent.settings import AgentSettings
from interlock.agent.spend import Spend
from interlock.agent.turn import Told
from interlock.core.events import Event, TextEvent, ToolFinished, ToolStarted
from interlock.core.evidence import Evidence
from interlock.tools.registry import all_tools, schema
from interlock.tools.tool import Tool

STEPS_A_CALL = 6
"""Graph steps one model call may take: hooks before and after it, itself, its tools; with room to spare."""

WORKERS = 2
"""One for LangGraph's own wait on the stream and one for the tools: display ids then follow the order of the calls, and
one question's snapshot of a cluster is read by one thread."""


@dataclass(frozen=True)
class Ended:
    """How the run ended: the model's last message, or None when a budget or a loop stopped it."""

    message: AIMessage | None


Call = Callable[[str, Mapping[str, JsonValue]], Evidence]


def bound_tools(
    call: Call, ledger: Ledger, clusters: Sequence[str] = (), remote: Mapping[str, Tool[Any]] | None = None
) -> list[BaseTool]:
    """Every tool of the registry as LangChain knows tools; `cluster` is one of `clusters`.

    Arguments are checked by the registry alone. `remote` are tools of other MCP servers, whose `cluster` is their own.
    """
    own = [
        _bound(name, tool.description, schema(tool, clusters), call, ledger)
        for name, tool in all_tools().items()
    ]
    others = [
        _bound(name, tool.description, schema(tool), call, ledger) for name, tool in (remote or {}).items()
    ]
    return [*own, *others]


def run(
    messages: Sequence[AnyMessage],
    *,
    built_in: BaseChatModel,
    tools: Sequence[BaseTool],
    guard: Guard,
    recorded: RecordedCalls,
    spend: Spend,
    limits: AgentSettings,
    system: str = SYSTEM,
) -> Iterator[Event | Ended]:
    """Run to the end. The last thing yielded is `Ended`."""
    graph = create_agent(built_in, list(tools), system_prompt=system, middleware=[guard, recorded])
    config: RunnableConfig = {
        "recursion_limit": limits.max_model_calls * STEPS_A_CALL + 4,
        "max_concurrency": WORKERS,
    }
    last: AIMessage | None = None
    try:
        for part in graph.stream(
            InputAgentState(messages=[*messages]),
            config,
            stream_mode=["updates", "messages", "custom"],
            version="v2",
        ):
            if part["type"] == "updates":
                last = _last(part["data"], last)
            elif event := _event(part["type"], part["data"]):
                yield event
    except GraphRecursionError:
        spend.stop("the model took too many steps")
    yield Ended(None if spend.stopped or last is None or last.tool_calls else last)


def _bound(name: str, description: str, schema: dict[str, Any], call: Call, ledger: Ledger) -> BaseTool:
    def ask(**given: Any) -> tuple[str, Told]:  # noqa: ANN401 - the registry checks them
        item = call(name, given)
        ledger.add(item)
        display = ledger.display(item.id)
        return for_model(display, item), Told(display, item, ledger.names())

    return StructuredTool(
        name=name,
        description=description,
        args_schema=schema,
        func=ask,
        response_format="content_and_artifact",
    )


def _last(update: Mapping[str, Any], before: AIMessage | None) -> AIMessage | None:
    for changed in update.values():
        for message in (changed or {}).get("messages", []) if isinstance(changed, dict | None) else []:
            before = message if isinstance(message, AIMessage) else before
    return before


def _event(kind: str, data: Any) -> Event | None:  # noqa: ANN401 - LangGraph's own stream
    if kind == "custom":
        return data if isinstance(data, ToolStarted | ToolFinished) else None
    chunk = data[0]
    # Whole messages are not progress; they come as the answer.
    if isinstance(chunk, AIMessageChunk) and isinstance(chunk.content, str) and chunk.content:
        return TextEvent(text=chunk.content)
    return None
