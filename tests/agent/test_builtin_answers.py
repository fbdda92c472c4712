"""Questions from end to end without a language model, over a recorded cluster served on loopback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.agent.question import Question
from interlock.agent.runtime import Runtime
from interlock.core.errors import BadInput
from interlock.core.events import ToolFinished, ToolStarted
from interlock.core.identity import Principal

Json = dict[str, Any]
Open = Callable[..., Runtime]
Follow = Callable[..., Json]


def unverified(answer: Json) -> list[str]:
    return [claim["text"] for claim in answer["claims"] if not claim["verified"]]


def test_a_why_question_names_the_cause_the_change_the_runbook_and_the_code(
    opened: Open, answered: Follow
) -> None:
    answer = answered(opened().ask("why is cart-api in shop crash looping?"))
    assert answer["mode"] == "built-in"
    assert answer["verdict"]["category"] == "resource_exhaustion"
    assert answer["verdict"]["state"] == "active"
    text = answer["answer"]
    assert "OOMKilled" in text
    assert "256Mi -> 64Mi" in text
    assert "Mitigation" in text
    assert "cart.yaml:4" in text
    assert answer["claims"]
    assert unverified(answer) == []
    assert any("no language model is configured" in limit for limit in answer["limits"])


def test_triage_takes_the_alert_of_the_replay_and_every_citation_opens(
    opened: Open, answered: Follow
) -> None:
    runtime = opened()
    answer = answered(runtime.triage(runtime.recorded_alert()))
    shown = {item["id"]: item for item in answer["evidence"]}
    assert answer["verdict"]["category"] == "resource_exhaustion"
    assert unverified(answer) == []
    for claim in answer["claims"]:
        assert claim["evidence"]
        assert set(claim["evidence"]) <= set(shown)
    assert all(item["locators"] and item["text"] for item in shown.values())


def test_tool_events_come_in_pairs_and_name_their_evidence(opened: Open) -> None:
    events = list(opened().ask("list the pods in shop"))
    started = [event.call for event in events if isinstance(event, ToolStarted)]
    finished = {event.call: event for event in events if isinstance(event, ToolFinished)}
    assert started
    assert set(started) == set(finished)
    assert any(event.evidence for event in finished.values())


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("list the pods in shop", "status CrashLoopBackOff, restarts 7"),
        ("how many pods are in shop?", "pods in namespace shop: 2"),
        ("which image does deployment cart-api run?", "registry.test/cart:2.0.0"),
        ("what is the memory limit of cart-api?", "64Mi"),
        ("what changed in cart-api?", "256Mi -> 64Mi"),
        ("show me the logs of cart-api-7b9c6d5f4e-x2x2x", "loading the catalogue"),
        ("is there a runbook for OOMKilled containers?", "pod-oom-killed.md"),
        ("which code sets the memory limit of cart-api?", "cart.yaml:4"),
        ("give me an overview of namespace shop", "2 pods"),
        ("list the nodes", "node-a"),
        ("why does cart fail?", "OOMKilled"),
    ],
)
def test_a_plain_question_is_answered_from_what_was_read(
    question: str, held: str, opened: Open, answered: Follow
) -> None:
    answer = answered(opened().ask(question))
    assert held in answer["answer"]
    assert answer["claims"]
    assert unverified(answer) == []


@pytest.mark.parametrize(
    "question",
    [
        "what is the weather in paris tomorrow?",
        "write me a poem about trains",
        "who won the world cup in 1998?",
        "translate this sentence into french",
        "asdf qwer zxcv",
        "42",
    ],
)
def test_what_it_does_not_recognise_it_does_not_answer(question: str, opened: Open, answered: Follow) -> None:
    answer = answered(opened().ask(question))
    assert "I do not know what is asked" in answer["answer"]
    assert answer["claims"] == []
    assert answer["usage"]["tool_calls"] == 0


def test_a_name_that_does_not_exist_is_not_answered_for_another(opened: Open, answered: Follow) -> None:
    answer = answered(opened().ask("why is cart-apl failing?"))
    assert "no object of the kinds looked at is named cart-apl" in answer["answer"]
    assert "a name near cart-apl: Deployment shop/cart-api" in answer["answer"]
    assert unverified(answer) == []
    assert answer["verdict"] is None


def test_a_wish_to_change_something_is_refused_without_looking(opened: Open, answered: Follow) -> None:
    answer = answered(opened().ask("please restart deployment cart-api"))
    assert "I changed nothing and cannot" in answer["answer"]
    assert answer["usage"]["tool_calls"] == 0


def test_a_follow_up_speaks_of_the_same_workload(opened: Open, answered: Follow, tmp_path: Path) -> None:
    answered(opened(state=tmp_path / "kept").ask("why is cart-api in shop failing?"))
    answer = answered(opened(state=tmp_path / "kept").ask("and what changed?", continued=True))
    assert "256Mi -> 64Mi" in answer["answer"]
    assert unverified(answer) == []
    asked = [item["args"] for item in answer["evidence"] if item["tool"] == "rollout_history"]
    assert [args["name"] for args in asked] == ["cart-api"]


def test_there_has_to_be_something_to_continue(opened: Open) -> None:
    with pytest.raises(BadInput, match="no conversation"):
        opened().ask("and what changed?", continued=True)


def test_a_conversation_belongs_to_who_had_it(opened: Open, answered: Follow) -> None:
    runtime = opened()
    answered(runtime.ask("list the nodes"))
    other = Question("and what changed?", Principal(id="local:eve"))
    with pytest.raises(BadInput, match="no conversation"):
        runtime.ask(other, continued=True)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_question_is_bad_input(text: str, opened: Open) -> None:
    with pytest.raises(BadInput, match="empty"):
        opened().ask(text)


def test_a_state_that_cannot_be_written_costs_the_record_not_the_answer(
    opened: Open, answered: Follow, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    runtime = opened(state=tmp_path / "file")
    answer = answered(runtime.ask("list the pods in shop"))
    assert "CrashLoopBackOff" in answer["answer"]
    assert any("not on record" in limit for limit in answer["limits"])
    assert [health.state for health in runtime.doctor() if health.name == "store"] == ["fail"]


def test_every_question_and_model_call_is_on_record(opened: Open, answered: Follow) -> None:
    runtime = opened()
    answered(runtime.ask("list the pods in shop"))
    kinds = [record.kind for record in runtime.audit.tail(100)]
    assert "model.call" in kinds
    assert kinds[-1] == "question.answered"
    assert kinds.count("tool.intent") == kinds.count("tool.outcome") + kinds.count("tool.failed")
    assert runtime.audit.verify().intact
    calls = [record.body for record in runtime.audit.tail(100) if record.kind == "model.call"]
    assert {call["provider"] for call in calls} == {"built-in"}
    assert all(len(str(call["sha256_out"])) == 64 for call in calls)
