"""The built-in model: drives the same graph and tools as a language model, by rules that can be read.

It recognises what is asked (`recognition`), looks names up instead of guessing them, and answers in the words of
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
from interlock.agent.intents.facts import absences, looks
from interlock.agent.intents.help import offers
from interlock.agent.ledger import Ledger
from interlock.agent.meaning import Meaning
from interlock.agent.names import lookups, meant
from interlock.agent.recognition import recognised
from interlock.agent.sentences import quoted_line
from interlock.agent.turn import Asked, Read, Told, Use, taken_in

NO_MODEL = "no language model is configured; fixed checks ran, and sources are quoted."
PARTIAL_LINES = 8


class BuiltIn(BaseChatModel):
    """A chat model that writes nothing of its own. `bind_tools` tells it what it may call; `meaning` is optional."""

    meaning: Meaning | None = None

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
        message = step(messages, frozenset(kwargs.get("tool_names") or ()), self.meaning)
        return ChatResult(generations=[ChatGeneration(message=message)])


def step(messages: Sequence[BaseMessage], tools: frozenset[str], meaning: Meaning | None = None) -> AIMessage:
    """The next message: tool calls while something is left to read, then the answer."""
    found = recognised(asked_in(messages, tools), meaning)
    asked, intent = found.asked, found.intent
    if found.wanted:
        return _calling(found.wanted, len(asked.reads))
    notes = [note(said) for said in found.said]
    if intent is None:
        return AIMessage("\n".join([note(f"I do not know what is asked. {offers()}"), *notes]))
    if intent.names and asked.alert is None:
        wanted = lookups(asked)
        if wanted:
            return _calling(wanted, len(asked.reads))
        asked = replace(asked, names=meant(asked))
        if asked.names.unknown and not asked.names.objects:
            wanted = asked.fresh(looks(asked))
            if wanted:
                return _calling(wanted, len(asked.reads))
            return AIMessage("\n".join(["", *(absences(asked) or unknown_names(asked)), *notes]).strip())
    wanted = asked.fresh(intent.calls(asked))
    if wanted:
        return _calling(wanted, len(asked.reads))
    return AIMessage("\n".join([*intent.compose(asked), *notes]))


def asked_in(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Asked:
    """The question, what was said before it, and what was read for it."""
    last = max((i for i, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1)
    text, alert = taken_in(str(messages[last].text)) if last >= 0 else ("", None)
    said = [str(m.text) for m in messages[:last] if isinstance(m, HumanMessage | AIMessage) and m.text]
    return Asked(text, alert, reads=_reads(messages[last + 1 :]), tools=tools, before=tuple(said))


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
