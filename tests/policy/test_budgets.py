"""What members of a group may spend in a day is counted once for all surfaces and processes, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.openai_server import Reply, serving
from sqlalchemy import select

from interlock.agent.question import Question
from interlock.agent.runtime import Runtime
from interlock.core.clock import FixedClock
from interlock.core.errors import Refused, StoreFailed
from interlock.core.events import AnswerEvent
from interlock.core.identity import Principal
from interlock.core.policy.budgets import DailyBudgets
from interlock.core.policy.bundle import Budget
from interlock.core.store import Store, open_store
from interlock.core.store.retention import Retention
from interlock.core.store.tables import spending

Open = Callable[..., Runtime]
NIGHT = datetime(2026, 4, 18, 23, 59, tzinfo=UTC)
ANA, BO, CY = Principal("oidc:ana"), Principal("oidc:bo"), Principal("oidc:cy")
GROUPS = {ANA.id: {"ml"}, BO.id: {"ml", "interns"}}
BUDGETS = (
    Budget(group="ml", questions_per_day=5, model_tokens_per_day=1000),
    Budget(group="interns", questions_per_day=2, model_tokens_per_day=None),
)


def counting(store: Store, at: datetime = NIGHT) -> DailyBudgets:
    return DailyBudgets(BUDGETS, lambda who: frozenset(GROUPS.get(who.id, ())), store, FixedClock(at))


def spent(store: Store, who: Principal = ANA) -> tuple[int, int]:
    with store.read() as connection:
        row = connection.execute(select(spending).where(spending.c.principal == who.id)).one()
    return row.questions, row.model_tokens


def asked(budgets: DailyBudgets, who: Principal) -> bool:
    try:
        budgets.take_question(who)
    except Refused:
        return False
    return True


def test_the_day_s_questions_end_and_the_refusal_says_which_budget_and_until_when(
    either_store: Store,
) -> None:
    budgets = counting(either_store)
    assert [asked(budgets, ANA) for _ in range(6)] == [True] * 5 + [False]
    with pytest.raises(Refused) as refused:
        budgets.take_question(ANA)
    assert refused.value.message == (
        "oidc:ana has used the 5 questions a day of group ml; they begin anew 2026-04-19 00:00 UTC "
        "(rule: budget ml.questions_per_day)"
    )


def test_everybody_has_their_own_and_who_is_in_several_groups_the_smallest(either_store: Store) -> None:
    budgets = counting(either_store)
    assert [asked(budgets, BO) for _ in range(3)] == [True, True, False]
    assert asked(budgets, ANA)
    assert all(asked(budgets, CY) for _ in range(20))


def test_at_midnight_utc_it_begins_anew(either_store: Store) -> None:
    for _ in range(5):
        counting(either_store).take_question(ANA)
    assert not asked(counting(either_store), ANA)
    assert asked(counting(either_store, NIGHT + timedelta(minutes=1)), ANA)


def test_many_who_count_at_once_give_no_more_than_there_is(store_url: str) -> None:
    stores = [open_store(store_url) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: asked(counting(stores[n % 4]), ANA), range(40)))
    assert sum(taken) == 5
    assert spent(stores[0])[0] == 5
    for store in stores:
        store.close()


def test_tokens_are_set_aside_before_a_call_and_settled_after_it(either_store: Store) -> None:
    budgets = counting(either_store)
    with budgets.tokens(ANA, 400) as used:
        assert spent(either_store)[1] == 400
        with pytest.raises(Refused, match="1000 model tokens"), counting(either_store).tokens(ANA, 700):
            pytest.fail("both calls were let through")
        used(250)
    assert spent(either_store)[1] == 250


def test_a_call_that_fails_gives_its_tokens_back(either_store: Store) -> None:
    with pytest.raises(ZeroDivisionError), counting(either_store).tokens(ANA, 400):
        raise ZeroDivisionError
    assert spent(either_store)[1] == 0


def test_without_a_database_questions_go_on_and_nothing_is_sent_to_a_model(either_store: Store) -> None:
    class Broken(Store):
        def __init__(self) -> None:
            return

        def write(self) -> Any:
            raise StoreFailed("gone")

    budgets = counting(Broken())
    assert all(asked(budgets, ANA) for _ in range(9))
    with pytest.raises(Refused, match="cannot be counted"), budgets.tokens(ANA, 1):
        pytest.fail("it was sent")


def test_what_somebody_spent_is_forgotten_with_them_and_with_time(either_store: Store) -> None:
    counting(either_store, NIGHT - timedelta(days=100)).take_question(ANA)
    counting(either_store).take_question(BO)
    kept = Retention(either_store, FixedClock(NIGHT))
    kept.expire(90)
    kept.erase(BO.id)
    with either_store.read() as connection:
        assert connection.execute(select(spending)).all() == []


POLICIES = """
@id("read") permit(principal is Interlock::Person, action == Interlock::Action::"read", resource);
@id("send") permit(principal, action == Interlock::Action::"send", resource);
"""


def header(**limits: int) -> str:
    said = ", ".join(f"{name}: {value}" for name, value in limits.items())
    return f'groups:\n  ml: ["oidc:ana"]\nbudgets:\n  - {{group: ml, {said}}}\n'


def test_a_used_up_model_budget_leaves_the_built_in_model_which_says_so(opened: Open) -> None:
    with serving(lambda _: Reply("Nothing to say.")) as fake:
        settings = {"model": "openai:test", "base_url": fake.url}
        one = opened(POLICIES, header=header(model_tokens_per_day=1_000_000), agent=settings)
        first = list(one.ask(Question("how many pods are in namespace shop?", ANA)))[-1]
        most = spent(one.parts.store)[1] + 10
        other = opened(POLICIES, header=header(model_tokens_per_day=most), agent=settings)
        second = list(other.ask(Question("how many pods are in namespace shop?", ANA)))[-1]
    assert isinstance(first, AnswerEvent) and isinstance(second, AnswerEvent)
    assert first.answer["mode"] == "openai:test"
    assert most > 100
    assert second.answer["mode"] == "built-in"
    assert len(fake.requests) == 1
    limits = str(second.answer["limits"])
    assert f"openai:test was not asked: oidc:ana has used the {most} model tokens a day of group ml" in limits


def test_a_used_up_question_budget_refuses_the_question_and_no_other_member_s(opened: Open) -> None:
    runtime = opened(POLICIES, header=header(questions_per_day=1))
    list(runtime.ask(Question("how many pods are in namespace shop?", ANA)))
    with pytest.raises(Refused, match=r"budget ml\.questions_per_day"):
        list(runtime.ask(Question("how many pods are in namespace shop?", ANA)))
    assert isinstance(
        list(runtime.ask(Question("how many pods are in namespace shop?", BO)))[-1], AnswerEvent
    )
