"""The built-in model: drives the same graph and tools as a language model, by rules that can be read.

It recognises what is asked by likeness to examples, looks names up instead of guessing them, and answers in the words of
the evidence with a citation on each sentence. What it does not recognise it does not answer. It keeps no state: every
step is decided from the messages alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from interlock.agent.compose import cited, note, unknown_names
from interlock.agent.intent import Intent, all_intents, possibly, recognise
from interlock.agent.intents.code import code_intent
from interlock.agent.intents.facts import absences, looks, mistaken, planned
from interlock.agent.intents.help import offers
from interlock.agent.ledger import Ledger
from interlock.agent.names import known_names, lookups, meant
from interlock.agent.reading import speaks_of_change
from interlock.agent.sentences import quoted_line
from interlock.agent.turn import Asked, Read, Told, Use, taken_in

NO_MODEL = "no language model is configured; fixed checks ran, and sources are quoted."
PARTIAL_LINES = 8


class BuiltIn(BaseChatModel):
    """A chat model without weights. `bind_tools` tells it what it may call."""

    @property
    def _llm_type(self) -> str:
        return "interlock-built-in"

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Runnable[Any, AIMessage]:
        """Remember the names of the tools."""
        return self.bind(tool_names=[tool.name for tool in tools if isinstance(tool, BaseTool)], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> ChatResult:
        message = step(messages, frozenset(kwargs.get("tool_names") or ()))
        return ChatResult(generations=[ChatGeneration(message=message)])


def step(messages: Sequence[BaseMessage], tools: frozenset[str]) -> AIMessage:
    """The next message: tool calls while something is left to read, then the answer."""
    asked = asked_in(messages, tools)
    intent = recognised(asked)
    if intent is None:
        return AIMessage("\n".join([note(f"I do not know what is asked. {offers()}")]))
    if intent.names and asked.alert is None:
        wanted = lookups(asked)
        if wanted:
            return _calling(wanted, len(asked.reads))
        asked = replace(asked, names=meant(asked))
        if asked.names.unknown and not asked.names.objects:
            wanted = asked.fresh(looks(asked))
            if wanted:
                return _calling(wanted, len(asked.reads))
            return AIMessage("\n".join(["", *(absences(asked) or unknown_names(asked))]).strip())
    wanted = asked.fresh(intent.calls(asked))
    if wanted:
        return _calling(wanted, len(asked.reads))
    return AIMessage("\n".join(intent.compose(asked)))


def asked_in(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Asked:
    """The question, what was said before it, and what was read for it."""
    last = max((i for i, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1)
    text, alert = taken_in(str(messages[last].text)) if last >= 0 else ("", None)
    said = [str(m.text) for m in messages[:last] if isinstance(m, HumanMessage | AIMessage) and m.text]
    return Asked(text, alert, reads=_reads(messages[last + 1 :]), tools=tools, before=tuple(said))


def recognised(asked: Asked) -> Intent | None:
    """What is asked, or None when nothing is like it enough. Until names are looked up, a strange word may be one."""
    if asked.alert is not None:
        return all_intents()["cause"]
    code = code_intent(asked)
    if code:
        return all_intents()[code]
    plan = planned(asked)
    if plan is not None and not mistaken(asked, plan):
        return all_intents()["cause" if plan.why else "facts"]
    guess = recognise(asked.text, known_names(asked.reads)) if asked.reads else possibly(asked.text)
    return guess.intent if guess.sure and not _half_understood(guess.intent, asked) else None


def _half_understood(intent: Intent, asked: Asked) -> bool:
    """A list of everything is no answer where only the kind was understood, nor a rollout where only the time was."""
    if intent.name == "changes":
        return not speaks_of_change(asked.text)
    return intent.name in ("list", "count") and not asked.before


def partial(ledger: Ledger, why: str) -> str:
    """What can be said of the evidence when a question ended early: its first lines, quoted."""
    lines = [note(f"I stopped early: {why}. What was read until then follows, unjudged.")]
    for display, item in ledger.items():
        kept = [line for line in item.text.split("\n") if line.strip()][:PARTIAL_LINES]
        lines += [f"- {cited(quoted_line(line), display)}" for line in kept]
    return "\n".join(lines)


def _calling(uses: Sequence[Use], so_far: int) -> AIMessage:
    calls = [
        {"name": use.tool, "args": dict(use.args), "id": f"call_{so_far + n}", "type": "tool_call"}
        for n, use in enumerate(uses)
    ]
    return AIMessage("", tool_calls=calls)


def _reads(messages: Sequence[BaseMessage]) -> tuple[Read, ...]:
    uses = {
        call["id"]: Use(call["name"], call["args"])
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    answered = [m for m in messages if isinstance(m, ToolMessage) and m.tool_call_id in uses]
    return tuple(_read(uses[message.tool_call_id], message) for message in answered)


def _read(use: Use, message: ToolMessage) -> Read:
    text = str(message.text)
    if isinstance(message.artifact, Told):
        return Read(use, message.artifact)
    return Read(use, error=text.removeprefix("error: "))
