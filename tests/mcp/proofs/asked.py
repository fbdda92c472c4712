"""Answers that ask first (2026-07-28): each fixture is a list of rounds, what is asked in each and the final text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp_types import (
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)

Asks = Mapping[str, InputRequest]


def form(message: str, **properties: str) -> ElicitRequest:
    """A form with these properties, by type."""
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(words: str) -> CreateMessageRequest:
    """A question to the client's model."""
    said = SamplingMessage(role="user", content=TextContent(type="text", text=words))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[said], max_tokens=50))


@dataclass(frozen=True)
class Rounds:
    """A fixture: what is asked round by round, and the text when all is answered."""

    asks: tuple[Asks, ...]
    done: str
    keeps_state: bool = True


NAME = {"user_name": form("What is your name?", name="string")}
CAPITAL = {"capital_question": sample("What is the capital of France?")}
ROOTS = {"client_roots": ListRootsRequest()}
OK = {"confirm": form("Please confirm", ok="boolean")}
FIXTURES = {
    "elicitation": Rounds((NAME,), "Hello!", keeps_state=False),
    "sampling": Rounds((CAPITAL,), "The model has said it.", keeps_state=False),
    "list_roots": Rounds((ROOTS,), "The roots are known.", keeps_state=False),
    "request_state": Rounds((OK,), "state-ok"),
    "multiple_inputs": Rounds(({**NAME, "greeting": sample("Greet!"), **ROOTS},), "All inputs received."),
    "multi_round": Rounds(
        ({"step1": form("Your name?", name="string")}, {"step2": form("Your colour?", color="string")}),
        "Both steps are done.",
    ),
    "tampered_state": Rounds((OK,), "state-ok"),
}


def register_rounds(server: MCPServer[Any]) -> None:
    """The tools and the prompt that answer with `input_required`."""
    for name, rounds in FIXTURES.items():
        tool = _tool(rounds)
        server.add_tool(tool, name=f"test_input_required_result_{name}", description="Ask first.")
    server.add_tool(
        _by_capability, name="test_input_required_result_capabilities", description="Ask what is declared."
    )
    server.add_tool(_tool(FIXTURES["elicitation"]), name="test_streaming_elicitation", description="Ask.")

    @server.prompt()
    async def test_input_required_result_prompt(ctx: Context) -> list[UserMessage] | InputRequiredResult:
        """A prompt that asks first."""
        if (ctx.input_responses or {}).get("user_context"):
            return [UserMessage(content="Use the context that was given.")]
        return InputRequiredResult(input_requests={"user_context": form("Which?", context="string")})


def _tool(rounds: Rounds) -> Callable[[Context], Any]:
    async def ask(ctx: Context) -> str | InputRequiredResult:
        at = _round(ctx, rounds)
        if at == len(rounds.asks):
            return rounds.done
        state = json.dumps({"round": at}) if rounds.keeps_state else None
        return InputRequiredResult(input_requests=dict(rounds.asks[at]), request_state=state)

    return ask


def _round(ctx: Context, rounds: Rounds) -> int:
    """The round to be asked: the one after the last asked, if that was answered."""
    last = json.loads(ctx.request_state)["round"] if ctx.request_state else 0
    if rounds.keeps_state and not ctx.request_state:
        return 0
    return last + 1 if rounds.asks[last].keys() <= (ctx.input_responses or {}).keys() else last


async def _by_capability(ctx: Context) -> InputRequiredResult:
    declared = ctx.client_capabilities or ClientCapabilities()
    asks: dict[str, InputRequest] = {"sample": sample("Say hello")} if declared.sampling else {}
    asks |= NAME if declared.elicitation else {}
    return InputRequiredResult(input_requests=asks, request_state="asked")
