"""Two principals ask the same runtime at the same time; nobody receives what the other alone may see."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import pytest
from fakes.echo_api import NOBODY, EchoApi

from interlock.agent.question import Question
from interlock.agent.runtime import Runtime
from interlock.core.errors import Forbidden, NotFound, Refused
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal
from interlock.core.store.conversations import Turn, new_conversation_id
from interlock.core.store.evidence import EvidenceStore

Opened = Callable[..., Runtime]
Answered = Callable[..., dict[str, Any]]
USERS = {"oidc:ana": "ana-user", "oidc:bo": "bo-user"}
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("kubernetes_list", {"kind": "pods"}),
    ("kubernetes_query", {"kind": "pods", "group_by": "node"}),
    ("kubernetes_summary", {}),
    ("diagnose", {"namespace": "shared"}),
)


def user_of(principal: Principal) -> str:
    return USERS[principal.id]


def all_of(item: Evidence) -> str:
    return json.dumps(asdict(item), default=str)


def test_a_hundred_interleaved_calls_each_get_their_own_answer(
    opened: Opened, ana: Principal, bo: Principal
) -> None:
    with EchoApi() as api:
        runtime = opened(prod=api.settings(USERS))
        people = [(ana, bo)[n % 2] for n in range(100)]

        def call(n: int) -> Evidence:
            name, args = CALLS[n // 2 % len(CALLS)]
            return runtime.calls(people[n], "").call(name, args)

        with ThreadPoolExecutor(20) as pool:
            found = list(pool.map(call, range(100)))
    for person, item in zip(people, found, strict=True):
        other = bo if person is ana else ana
        assert user_of(person) in all_of(item), item.tool
        assert user_of(other) not in all_of(item), item.tool
        assert item.principal == person.id
    assert api.asked.keys() == set(USERS.values())
    assert NOBODY not in api.asked


def test_questions_at_the_same_time_do_not_meet(
    opened: Opened, answered: Answered, ana: Principal, bo: Principal
) -> None:
    with EchoApi() as api:
        runtime = opened(prod=api.settings(USERS))
        people = [(ana, bo)[n % 2] for n in range(16)]
        texts = (
            "list the pods",
            "how many pods are running?",
            "which image does every pod run?",
            "what is wrong?",
        )

        def ask(n: int) -> str:
            return json.dumps(answered(runtime.ask(Question(texts[n // 2 % len(texts)], people[n]))))

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(ask, range(16)))
    for person, answer in zip(people, found, strict=True):
        assert user_of(bo if person is ana else ana) not in answer


def test_another_ones_evidence_and_its_overflow_are_refused(
    opened: Opened, ana: Principal, bo: Principal
) -> None:
    with EchoApi(pods=400) as api:
        runtime = opened(prod=api.settings(USERS))
        mine = runtime.calls(ana, "").call("kubernetes_list", {"kind": "pods", "limit": 1000})
    store = EvidenceStore(runtime.parts.store)
    assert mine.handle is not None
    with pytest.raises(Forbidden):
        store.get(mine.id, bo)
    with pytest.raises(Forbidden):
        store.page(mine.handle, bo)
    with pytest.raises(NotFound):
        store.page(mine.id, bo)
    assert "ana-user" in store.page(mine.handle, ana)[0]


def test_a_conversation_of_somebody_else_is_refused(
    opened: Opened, answered: Answered, ana: Principal, bo: Principal
) -> None:
    with EchoApi() as api:
        runtime = opened(prod=api.settings(USERS))
        mine = new_conversation_id()
        answered(runtime.ask(Question("list the pods", ana, mine)))
        with pytest.raises(Forbidden, match="another principal"):
            runtime.ask(Question("and now?", bo, mine))
        with pytest.raises(Forbidden):
            runtime.conversations.add(Turn(mine, "sneaked in", {"answer": ""}), bo)
        again = answered(runtime.ask(Question("list the pods", ana, mine)))
    assert "ana-user" in json.dumps(again)
    assert [turn.question for turn in runtime.conversations.get(mine, ana)] == ["list the pods"] * 2


def test_going_on_goes_on_with_ones_own_conversation(
    opened: Opened, answered: Answered, ana: Principal, bo: Principal
) -> None:
    with EchoApi() as api:
        runtime = opened(prod=api.settings(USERS))
        answered(runtime.ask(Question("list the pods", ana)))
        answered(runtime.ask(Question("list the pods", bo)))
        assert {t.answer["answer"] for t in runtime.continue_last(ana)} == {
            runtime.conversations.latest(ana)[0].answer["answer"]
        }
        assert "bo-user" not in json.dumps([asdict(t) for t in runtime.continue_last(ana)])
        more = answered(runtime.ask(Question("list the pods", ana), continued=True))
    assert "bo-user" not in json.dumps(more)


def test_who_left_a_group_is_asked_for_without_it(opened: Opened, ana: Principal) -> None:
    with EchoApi() as api:
        runtime = opened(prod=api.settings(USERS))
        before = runtime.calls(ana, "").call(
            "kubernetes_get", {"kind": "pod", "name": "ana-user-0", "namespace": "shared"}
        )
        less = Principal(ana.id, groups=())
        after = runtime.calls(less, "").call(
            "kubernetes_get", {"kind": "pod", "name": "ana-user-0", "namespace": "shared"}
        )
    assert "status.message: sre" in before.text
    assert "sre" not in after.text


def test_reserved_users_and_groups_reach_no_cluster(opened: Opened) -> None:
    with EchoApi() as api:
        root = opened(prod=api.settings({"oidc:eve": "system:admin"}))
        with pytest.raises(Refused, match="reserved"):
            root.calls(Principal("oidc:eve"), "").call("kubernetes_list", {"kind": "pods"})
        grouped = Principal("oidc:eve", groups=("system:masters",))
        with pytest.raises(Refused, match="reserved"):
            opened(prod=api.settings({"oidc:eve": "eve"})).calls(grouped, "").call(
                "kubernetes_list", {"kind": "pods"}
            )
    assert not api.asked
