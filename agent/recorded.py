"""Asks one model after another until one answers, and puts every call on record.

Threat: data leaves for a provider that may not see it, or unseen. Mechanism: before each call the policy is asked for
every cluster and source whose data the messages may hold, and the budget for room; provider, model, sizes and SHA-256
digests of what went out (redacted already) and came back are written to the audit chain. The text is not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, BaseMessage

from interlock.agent.settings import Price
from interlock.agent.spend import Spend
from interlock.core.audit import AuditLog
from interlock.core.errors import InterlockError, Refused
from interlock.core.identity import Principal
from interlock.core.policy import Policy, check, refusal, ruled
from interlock.core.policy.budgets import Budgets
from interlock.core.policy.egress import Origins, asks

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

BYTES_PER_TOKEN = 4
"""A rule of thumb for English; used only where a provider reports no usage, and then the answer says `estimated`."""


@dataclass(frozen=True)
class Rung:
    """A model by name, how to open it, and what it costs. `remote` is False for the built-in one."""

    name: str
    open: Callable[[], BaseChatModel]
    price: Price | None = None
    remote: bool = True

    @property
    def provider(self) -> str:
        """Who is asked, as policies name them: `anthropic` of `anthropic:model`."""
        return self.name.partition(":")[0]


@dataclass
class Ladder:
    """Where a question stands: the rung in use, and why the ones above it were left."""

    rungs: Sequence[Rung]
    at: int = 0
    left: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The model in use."""
        return self.rungs[self.at].name


@dataclass(frozen=True)
class Desk:
    """What a call is recorded with."""

    audit: AuditLog
    policy: Policy
    principal: Principal
    conversation: str
    spend: Spend
    clean: Callable[[str], str]
    origins: Callable[[], Origins]
    budgets: Budgets


class RecordedCalls(AgentMiddleware):
    """The middleware around every model call."""

    def __init__(self, ladder: Ladder, desk: Desk) -> None:
        super().__init__()
        self._ladder = ladder
        self._desk = desk
        self._opened: dict[str, BaseChatModel] = {}

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Ask the rung in use; step down when it fails. The last one's failure is raised."""
        while True:
            rung = self._ladder.rungs[self._ladder.at]
            try:
                return self._ask(rung, request, handler)
            except Exception as error:  # providers raise their own kinds, without a common base
                if self._ladder.at + 1 >= len(self._ladder.rungs):
                    raise
                verb = "was not asked" if isinstance(error, Refused) else "did not answer"
                self._ladder.left.append(f"the model {rung.name} {verb}: {self._why(error)}")
                self._ladder.at += 1

    def _ask(
        self,
        rung: Rung,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any]:
        sent = _canonical([*([request.system_message] if request.system_message else []), *request.messages])
        try:
            response = self._sent(rung, request, handler, sent)
        except Exception as error:
            self._record(rung, sent, None, type(error).__name__)
            raise
        self._record(rung, sent, response, "answered")
        return response

    def _sent(
        self,
        rung: Rung,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
        sent: bytes,
    ) -> ModelResponse[Any]:
        if not rung.remote:
            return handler(request.override(model=self._model(rung)))
        self._permit(rung)
        budgets, who = self._desk.budgets, self._desk.principal
        with budgets.tokens(who, len(sent) // BYTES_PER_TOKEN) as used:
            response = handler(request.override(model=self._model(rung)))
            used(sum(_tokens(response, sent, _canonical(response.result))[:2]))
        return response

    def _permit(self, rung: Rung) -> None:
        """Whether everything that the messages hold may be sent.

        Raises:
            Refused: naming the cluster or source, and the rule.
        """
        desk = self._desk
        for ask in asks(rung.provider, "model", desk.origins()):
            ruling = ruled(desk.policy, desk.principal, ask)
            if not ruling.allowed:
                said = refusal(desk.principal, ask, ruling)
                desk.audit.note("policy.refused", {"conversation": desk.conversation, **said})
            check(ruling, desk.principal, ask)

    def _model(self, rung: Rung) -> BaseChatModel:
        if rung.name not in self._opened:
            self._opened[rung.name] = rung.open()
        return self._opened[rung.name]

    def _record(self, rung: Rung, sent: bytes, response: ModelResponse[Any] | None, outcome: str) -> None:
        back = _canonical(response.result) if response else b""
        tokens_in, tokens_out, told = _tokens(response, sent, back) if rung.remote else (0, 0, True)
        if response:
            self._desk.spend.take_model_call(tokens_in, tokens_out, rung.price, estimated=not told)
        model = rung.name.partition(":")[2]
        # Reads go on without a record; the tools' own results already say so in the answer's limits.
        self._desk.audit.note(
            "model.call",
            {
                "principal": self._desk.principal.id,
                "conversation": self._desk.conversation,
                "provider": rung.provider,
                "model": model or rung.provider,
                "outcome": outcome,
                "bytes_out": len(sent),
                "sha256_out": hashlib.sha256(sent).hexdigest(),
                "bytes_in": len(back),
                "sha256_in": hashlib.sha256(back).hexdigest(),
                "tokens_in": tokens_in,
                "tokens_out": tokens_out,
            },
        )

    def _why(self, error: Exception) -> str:
        if isinstance(error, Refused | InterlockError):
            return self._desk.clean(error.message)
        said = " ".join(str(error).split())[:200]
        return self._desk.clean(f"{type(error).__name__}: {said}" if said else type(error).__name__)


def _canonical(messages: Sequence[BaseMessage]) -> bytes:
    said = [
        {
            "role": message.type,
            "content": message.content,
            "calls": [
                {"name": call["name"], "args": call["args"]} for call in getattr(message, "tool_calls", [])
            ],
        }
        for message in messages
    ]
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode(
        "utf-8", "replace"
    )


def _tokens(response: ModelResponse[Any] | None, sent: bytes, back: bytes) -> tuple[int, int, bool]:
    """Tokens in and out, and whether the provider told them."""
    for message in response.result if response else []:
        if isinstance(message, AIMessage) and message.usage_metadata:
            usage = message.usage_metadata
            return usage["input_tokens"], usage["output_tokens"], True
    return len(sent) // BYTES_PER_TOKEN, len(back) // BYTES_PER_TOKEN, False
