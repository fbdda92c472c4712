"""What one question has spent and may still spend: calls, tokens, money, seconds. Says in words when it is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from interlock.agent.settings import AgentSettings, Price


@dataclass(frozen=True)
class Spent:
    """A count at one moment. `cost_usd` is None when a model without a known price was used."""

    model_calls: int
    tool_calls: int
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool
    cost_usd: float | None
    seconds: float


class Spend:
    """Counts. `stopped` holds the reason once a limit was reached. Safe to share between threads."""

    def __init__(self, limits: AgentSettings, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._timer = timer
        self._started = timer()
        self._lock = threading.Lock()
        self._model_calls = self._tool_calls = self._input = self._output = 0
        self._estimated = False
        self._cost: float | None = 0.0
        self.stopped = ""

    def stop(self, reason: str) -> None:
        """End the question with this reason; the first reason stays."""
        with self._lock:
            self.stopped = self.stopped or reason

    def may_ask_model(self) -> bool:
        """Whether another model call fits; when not, `stopped` says why."""
        reason = self._over()
        if reason:
            self.stop(reason)
        return not self.stopped

    def take_tool_call(self) -> bool:
        """Count a tool call, when another one fits."""
        with self._lock:
            if self._tool_calls < self._limits.max_tool_calls:
                self._tool_calls += 1
                return True
            self.stopped = self.stopped or f"{self._limits.max_tool_calls} tool calls were used up"
            return False

    def take_model_call(
        self, tokens_in: int, tokens_out: int, price: Price | None, *, estimated: bool = False
    ) -> None:
        """Count a model call that was made."""
        with self._lock:
            self._model_calls += 1
            self._input += tokens_in
            self._output += tokens_out
            self._estimated = self._estimated or estimated
            self._cost = _added(self._cost, tokens_in, tokens_out, price)

    def spent(self) -> Spent:
        """Everything so far."""
        with self._lock:
            return Spent(
                self._model_calls,
                self._tool_calls,
                self._input,
                self._output,
                self._estimated,
                None if self._cost is None else round(self._cost, 6),
                round(self._timer() - self._started, 3),
            )

    def _over(self) -> str:
        limits, so_far = self._limits, self.spent()
        if so_far.model_calls >= limits.max_model_calls:
            return f"{limits.max_model_calls} model calls were used up"
        if so_far.tool_calls >= limits.max_tool_calls:
            return f"{limits.max_tool_calls} tool calls were used up"
        if so_far.input_tokens + so_far.output_tokens >= limits.max_tokens:
            return f"{limits.max_tokens} tokens were used up"
        if limits.max_cost_usd is not None and (so_far.cost_usd or 0) >= limits.max_cost_usd:
            return f"{limits.max_cost_usd:g} US dollars were used up"
        if so_far.seconds >= limits.max_seconds:
            return f"{limits.max_seconds:g} seconds were used up"
        return ""


def _added(cost: float | None, tokens_in: int, tokens_out: int, price: Price | None) -> float | None:
    if cost is None or (price is None and tokens_in + tokens_out):
        return None
    return cost + (tokens_in * price.input + tokens_out * price.output) / 1_000_000 if price else cost
