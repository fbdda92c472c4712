"""A chat model that follows a script, for evals: no network, no weights, the same words every time.

The script is a function of the messages alone, so it survives restarts and can be asked out of order. It is what the worst
case is made of: a model that always obeys what it reads, always loops, or always lies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import JsonValue

BYTES_PER_TOKEN = 4


@dataclass(frozen=True)
class Says:
    """What the script answers: words, or tool calls as name and arguments."""

    text: str = ""
    calls: tuple[tuple[str, dict[str, JsonValue]], ...] = ()


Script = Callable[[Sequence[BaseMessage], frozenset[str]], Says]
"""From the messages so far and the names of the tools on offer to the next answer."""


class ScriptedModel(BaseChatModel):
    """The model. It reports usage like a provider, so that budgets are exercised too."""

    script: Script
    name_said: str = "scripted"

    @property
    def _llm_type(self) -> str:
        return "interlock-scripted"

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
        says = self.script(messages, frozenset(kwargs.get("tool_names") or ()))
        message = AIMessage(
            says.text,
            tool_calls=[
                {"name": name, "args": args, "id": f"call_{len(messages)}_{n}", "type": "tool_call"}
                for n, (name, args) in enumerate(says.calls)
            ],
            usage_metadata=_usage(messages, says),
            response_metadata={"model_name": self.name_said},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


def _usage(messages: Sequence[BaseMessage], says: Says) -> Any:  # noqa: ANN401 - LangChain's TypedDict
    sent = sum(len(str(message.text)) for message in messages) // BYTES_PER_TOKEN
    back = (len(says.text) + sum(len(str(args)) for _, args in says.calls)) // BYTES_PER_TOKEN + 1
    return {"input_tokens": sent, "output_tokens": back, "total_tokens": sent + back}
