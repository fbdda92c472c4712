"""A conversation may ask for a change: the request is a result like any other, and nothing in it can decide."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fakes.changing import ARGS, BO, bundle, sections
from fakes.changing_kube import ChangingKube, changing_kube
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from interlock.agent.change_request import MOST
from interlock.agent.question import Question
from interlock.agent.runtime import Runtime, open_runtime
from interlock.approvals.decisions import Decider
from interlock.core.errors import Refused
from interlock.core.events import AnswerEvent, Event, ProposalEvent
from interlock.core.identity import Principal
from interlock.core.identity.people import Identified
from interlock.core.settings import Settings
from interlock.evals.scripted import Says, ScriptedModel

Script = Callable[[Sequence[BaseMessage], frozenset[str]], Says]
ANNOTATE = {name: value for name, value in ARGS.items() if name != "cluster"}
TERRAFORM = """\
resource "kubernetes_deployment" "web" {
  metadata {
    name      = "web"
    namespace = "shop"
  }
}
"""
CALL = ("request_change", {"action": "annotate", "args": ANNOTATE, "reason": "the page [E1] says so"})


@pytest.fixture
def kube() -> Iterator[ChangingKube]:
    with changing_kube() as api:
        yield api


@pytest.fixture
def opened(kube: ChangingKube, tmp_path: Path) -> Any:
    @contextmanager
    def open_(script: Script | None, **approvals: Any) -> Iterator[Runtime]:
        with open_runtime(
            Settings(sections(kube.url, bundle(tmp_path / "policy"), **approvals)),
            principal=Principal("local:ana"),
            state_dir=tmp_path / "state",
            cache_dir=tmp_path / "cache",
            environment={},
            model=(lambda: ScriptedModel(script=script)) if script else None,
        ) as runtime:
            yield runtime

    return open_


def asks_once(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Says:
    """Asks for the change, then says so."""
    if not any(isinstance(message, ToolMessage) for message in messages):
        return Says(calls=(CALL,))
    return Says("The change annotate was asked for [E1].")


def followed(events: Iterator[Event]) -> tuple[dict[str, Any], list[ProposalEvent]]:
    seen = list(events)
    answer = next(event.answer for event in seen if isinstance(event, AnswerEvent))
    return answer, [event for event in seen if isinstance(event, ProposalEvent)]


def test_a_model_asks_and_the_answer_names_the_request(opened: Any, kube: ChangingKube) -> None:
    with opened(asks_once, url="https://approvals.example.com") as runtime:
        answer, told = followed(runtime.ask("set the note of web to after"))
        (request,) = answer["requests"]
        change = runtime.approvals.desk.change(request["id"])
    assert (request["state"], request["digest12"]) == ("PROPOSED", change.digest[:12])
    assert request["link"] == f"https://approvals.example.com/changes/{change.id}"
    assert [(event.change, event.state) for event in told] == [(change.id, "PROPOSED")]
    assert answer["evidence"][0]["tool"] == "request_change"
    assert change.digest[:12] in answer["evidence"][0]["text"]
    assert change.requesters == ("person:ana",)
    assert kube.real_writes == []


def test_the_answer_fits_its_documented_schema(opened: Any, repo_root: Path) -> None:
    page = (repo_root / "docs" / "json.md").read_text()
    (block,) = re.findall(r"```json schema=answer\n(.*?)```", page, re.DOTALL)
    with opened(asks_once) as runtime:
        answer, _ = followed(runtime.ask("set the note of web to after"))
    jsonschema.Draft202012Validator(json.loads(block)).validate(json.loads(json.dumps(answer)))


def test_the_words_of_a_model_are_marked_as_such_and_stand_outside_the_card(opened: Any) -> None:
    with opened(asks_once) as runtime:
        answer, _ = followed(runtime.ask("set the note of web to after"))
        change = runtime.approvals.desk.change(answer["requests"][0]["id"])
    assert change.reason == "[written by given] the page [E1] says so"
    assert "says so" not in change.card.text() and "says so" not in answer["requests"][0]["text"]


def test_everybody_who_fed_the_conversation_is_a_requester_and_no_approver(opened: Any) -> None:
    with opened(asks_once) as runtime:
        question = Question("set it", Principal("person:ana"), fed_by=("oidc:bo", "svc:alerts"))
        answer, _ = followed(runtime.ask(question))
        change = runtime.approvals.desk.change(answer["requests"][0]["id"])
        assert change.requesters == ("person:ana", BO, "svc:alerts")
        bo = Decider(Identified(Principal(BO), True, "oidc:bo"), datetime.now(UTC), "", "web")
        with pytest.raises(Refused, match="own-request"):
            runtime.approvals.office.decide(bo, change.id, change.digest, "approve", "mine too")


def test_what_became_of_it_comes_into_the_next_turn(opened: Any) -> None:
    seen: list[str] = []

    def script(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Says:
        seen[:] = [str(message.text) for message in messages if isinstance(message, AIMessage)]
        return asks_once(messages, tools)

    with opened(script) as runtime:
        answer, _ = followed(runtime.ask("set the note of web to after"))
        change = runtime.approvals.desk.change(answer["requests"][0]["id"])
        cy = Decider(Identified(Principal("person:cy"), True, "oidc:cy"), datetime.now(UTC), "", "web")
        runtime.approvals.office.decide(cy, change.id, change.digest, "deny", "not today")
        _, told = followed(runtime.ask("and now?", continued=True))
        assert (told[0].change, told[0].state) == (change.id, "DENIED")
        assert any("What became of the changes" in text and "DENIED" in text for text in seen)
        _, told = followed(runtime.ask("and now?", continued=True))
        assert [event.state for event in told] == ["PROPOSED"], "an outcome is told once"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({**CALL[1], "action": "kubectl-delete"}, "unknown action"),
        ({**CALL[1], "args": {**ANNOTATE, "verdict": "approve"}}, "verdict"),
        ({**CALL[1], "approve": True}, "approve"),
        ({**CALL[1], "reason": ""}, "reason"),
        ({**CALL[1], "args": {**ANNOTATE, "cluster": "other"}}, "other"),
        ({**CALL[1], "cluster": "toy", "args": {**ANNOTATE, "cluster": "other"}}, "two clusters"),
    ],
)
def test_what_makes_no_sense_is_an_error_that_the_model_can_mend(opened: Any, args: Any, said: str) -> None:
    errors: list[str] = []

    def script(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Says:
        errors.extend(str(message.text) for message in messages if isinstance(message, ToolMessage))
        return Says(calls=(("request_change", args),)) if not errors else Says("Note: no.")

    with opened(script) as runtime:
        answer, _ = followed(runtime.ask("do it"))
        assert answer["requests"] == [] and runtime.approvals.desk.list(Principal("person:ana")) == []
    assert said in errors[0]


def test_one_question_asks_for_few_changes(opened: Any) -> None:
    def script(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Says:
        asked = [message for message in messages if isinstance(message, ToolMessage)]
        if len(asked) > MOST:
            return Says("Note: enough.")
        more = {**CALL[1], "args": {**ANNOTATE, "annotations": {"note": f"n{len(asked)}"}}}
        return Says(calls=(("request_change", more),))

    with opened(script) as runtime:
        answer, _ = followed(runtime.ask("annotate it many times"))
    assert len(answer["requests"]) == MOST


def test_where_changes_are_off_there_is_no_such_tool(opened: Any) -> None:
    known: list[frozenset[str]] = []

    def script(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Says:
        known.append(tools)
        return Says("Note: no.")

    with opened(script, enabled=False) as runtime:
        answer, _ = followed(runtime.ask("restart it"))
    assert "request_change" not in known[0] and answer["requests"] == []
    with opened(script) as runtime:
        followed(runtime.ask("restart it"))
    assert "request_change" in known[1]


def test_the_request_is_on_record_before_and_after_like_every_tool_call(opened: Any) -> None:
    with opened(asks_once) as runtime:
        followed(runtime.ask("set the note of web to after"))
        kinds = [record.kind for record in runtime.audit.tail(40)]
    first = kinds.index("tool.intent")
    assert kinds.index("change.request") > first
    assert "tool.outcome" in kinds[first:]


def test_without_a_model_the_way_to_ask_is_named(opened: Any) -> None:
    with opened(None) as runtime:
        answer, _ = followed(runtime.ask("please restart deployment web"))
    assert "interlock request" in " ".join([answer["answer"], *answer["limits"]])
    assert answer["requests"] == []


def test_the_card_names_the_code_that_will_write_it_again(kube: ChangingKube, tmp_path: Path) -> None:
    code = tmp_path / "iac"
    code.mkdir()
    (code / "main.tf").write_text(TERRAFORM)
    made = {
        **sections(kube.url, bundle(tmp_path / "policy")),
        "knowledge": {"folders": [str(code)]},
    }
    with open_runtime(
        Settings(made),
        principal=Principal("local:ana"),
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
    ) as runtime:
        assert runtime.approvals is not None and runtime.approvals.office is not None
        asked = runtime.approvals.desk.request(Principal("person:ana"), "annotate", ARGS, reason="x")
        assert "terraform" in asked.card.text() and "main.tf:1-6" in asked.card.text()
        (code / "main.tf").write_text("# moved\n" + TERRAFORM)
        cy = Decider(Identified(Principal("person:cy"), True, "oidc:cy"), datetime.now(UTC), "", "web")
        runtime.approvals.office.decide(cy, asked.id, asked.digest, "approve", "seen")
        assert runtime.approvals.execute(asked.id).state == "SUCCEEDED"


def test_the_card_says_that_a_folder_of_code_was_not_there(kube: ChangingKube, tmp_path: Path) -> None:
    made = {
        **sections(kube.url, bundle(tmp_path / "policy")),
        "knowledge": {"folders": [str(tmp_path / "gone")]},
    }
    with open_runtime(
        Settings(made),
        principal=Principal("local:ana"),
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
    ) as runtime:
        assert runtime.approvals is not None
        asked = runtime.approvals.desk.request(Principal("person:ana"), "annotate", ARGS, reason="x")
        assert "the code could not be read: a source was not searched" in asked.card.text()
