"""A question's spending is counted, and its end has one reason."""

from __future__ import annotations

import threading

from interlock.agent.settings import AgentSettings, Price
from interlock.agent.spend import Spend

PRICE = Price(input=2.0, output=10.0)


class Timer:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_limit_ends_the_question_with_its_name() -> None:
    timer = Timer()
    spend = Spend(AgentSettings(max_model_calls=1), timer=timer)
    assert spend.may_ask_model()
    spend.take_model_call(10, 10, None)
    assert not spend.may_ask_model()
    assert spend.stopped == "1 model calls were used up"
    late = Spend(AgentSettings(max_seconds=5), timer=timer)
    timer.now += 5
    assert not late.may_ask_model()
    assert late.stopped == "5 seconds were used up"


def test_money_is_counted_by_price_and_unknown_stays_unknown() -> None:
    spend = Spend(AgentSettings())
    spend.take_model_call(1_000_000, 100_000, PRICE)
    assert spend.spent().cost_usd == 3.0
    spend.take_model_call(1, 1, None)
    assert spend.spent().cost_usd is None
    free = Spend(AgentSettings())
    free.take_model_call(0, 0, None)
    assert free.spent().cost_usd == 0.0


def test_the_first_reason_stays() -> None:
    spend = Spend(AgentSettings())
    spend.stop("first")
    spend.stop("second")
    assert spend.stopped == "first"
    assert not spend.may_ask_model()


def test_tool_calls_are_counted_right_from_many_threads() -> None:
    spend = Spend(AgentSettings(max_tool_calls=50))
    taken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(spend.take_tool_call() for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 50
    assert spend.spent().tool_calls == 50
