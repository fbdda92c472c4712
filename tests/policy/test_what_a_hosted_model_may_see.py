"""A hosted model gets the data of the clusters and sources that the policy lets it see, and of no other.

The model is a fake of the OpenAI API on loopback that keeps all it is sent; names of pods say where they run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.openai_server import FakeOpenAI, Reply, Script, ToolCall, serving
from sqlalchemy import text

from interlock.agent.question import Question
from interlock.agent.runtime import Runtime
from interlock.core.errors import Refused
from interlock.core.events import AnswerEvent, Event
from interlock.core.identity import Principal
from interlock.core.policy import Ask as PolicyAsk

Json = dict[str, Any]
Open = Callable[..., Runtime]
ANA = Principal("oidc:ana")
READ = '@id("read") permit(principal is Interlock::Person, action == Interlock::Action::"read", resource);\n'
DEV_ONLY = (
    READ
    + """@id("dev-may-leave") permit(principal, action == Interlock::Action::"send",
  resource == Interlock::Provider::"openai") when { context.purpose == "model" && context.cluster == "dev" };
"""
)
LIST = "kubernetes_list"


def answer_of(events: Iterator[Event]) -> Json:
    *_, last = events
    assert isinstance(last, AnswerEvent)
    return last.answer


def results(request: Json) -> list[Json]:
    return [m for m in request["messages"] if m["role"] == "tool"]


def calling(*calls: ToolCall) -> Script:
    """A model that makes these calls one after the other, then answers."""
    return lambda request: (
        Reply(calls=(calls[n],)) if (n := len(results(request))) < len(calls) else Reply("Done.")
    )


def model(fake: FakeOpenAI, **more: Any) -> Json:
    return {"model": "openai:test", "base_url": fake.url, **more}


def sent(fake: FakeOpenAI) -> str:
    return json.dumps(fake.requests)


def refusals(runtime: Runtime) -> list[Json]:
    return [record.body for record in runtime.audit.since() if record.kind == "policy.refused"]


@pytest.fixture
def ask(opened: Open) -> Callable[..., Json]:
    """Asks one question; the script is the model's."""

    def call(fake: FakeOpenAI, words: str, policies: str = DEV_ONLY, **sections: Any) -> Json:
        runtime = opened(policies, agent=model(fake), **sections)
        return answer_of(runtime.ask(Question(words, ANA)))

    return call


Ask = Callable[..., Json]


def test_data_of_the_permitted_cluster_is_sent(ask: Ask) -> None:
    with serving(calling(ToolCall.of(LIST, kind="pods", namespace="shop"))) as fake:
        answer = ask(fake, "which pods run in shop?")
    assert answer["mode"] == "openai:test"
    assert "api-dev-0" in sent(fake)


def test_a_question_about_another_cluster_never_reaches_the_model(ask: Ask) -> None:
    with serving(calling()) as fake:
        answer = ask(fake, "how many pods are in namespace shop in cluster prod?")
    assert fake.requests == []
    assert answer["mode"] == "built-in"
    assert any(
        "openai:test was not asked: oidc:ana may not send data of cluster prod to openai (rule: no-permit)"
        in limit
        for limit in answer["limits"]
    )
    assert {item["args"]["cluster"] for item in answer["evidence"]} == {"prod"}


def test_what_a_model_reads_from_another_cluster_is_not_sent_back_to_it(ask: Ask) -> None:
    reads = (
        ToolCall.of(LIST, kind="pods", namespace="shop"),
        ToolCall.of(LIST, kind="pods", namespace="shop", cluster="prod"),
    )
    with serving(calling(*reads)) as fake:
        answer = ask(fake, "which pods run in shop?")
    assert len(fake.requests) == 2
    assert "api-dev-0" in sent(fake) and "api-prod" not in sent(fake)
    assert answer["mode"] == "built-in"


def test_an_error_that_tells_of_another_cluster_is_not_sent_either(ask: Ask) -> None:
    missing = ToolCall.of("kubernetes_get", kind="pod", name="api-prod-1", namespace="shop", cluster="prod")
    with serving(calling(missing)) as fake:
        ask(fake, "which pods run in shop?")
    assert len(fake.requests) == 1


@pytest.mark.parametrize("forget", [False, True], ids=["remembered", "of an older version"])
def test_a_conversation_that_held_another_clusters_data_stays_here(opened: Open, forget: bool) -> None:
    with serving(calling()) as fake:
        runtime = opened(DEV_ONLY, agent=model(fake))
        place = "cluster dev" if forget else "cluster prod"
        answer_of(runtime.ask(Question(f"which pods run in shop in {place}?", ANA, "cv_1")))
        before = len(fake.requests)
        if forget:
            with runtime.parts.store.write() as connection:
                connection.execute(text("UPDATE turn SET origins = NULL"))
        answer = answer_of(runtime.ask(Question("and in cluster dev?", ANA, "cv_1")))
    assert len(fake.requests) == before
    assert answer["mode"] == "built-in"


def test_another_conversation_is_not_held_back_by_it(opened: Open) -> None:
    with serving(calling()) as fake:
        runtime = opened(DEV_ONLY, agent=model(fake))
        answer_of(runtime.ask(Question("which pods run in shop in cluster prod?", ANA, "cv_1")))
        answer = answer_of(runtime.ask(Question("which pods run in shop in cluster dev?", ANA, "cv_2")))
    assert answer["mode"] == "openai:test"
    assert "prod-0" not in sent(fake)


def test_pages_of_a_source_that_may_not_leave_stay_here(ask: Ask, tmp_path: Path) -> None:
    for name in ("open", "vault"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.md").write_text(f"# Payment{name}\n\nRestart the {name}daemon first.\n")
    folders = [str(tmp_path / name) for name in ("open", "vault")]
    policies = DEV_ONLY + (
        '@id("open-pages") permit(principal, action == Interlock::Action::"send", resource) '
        f'when {{ context.source == "{folders[0]}" }};\n'
    )
    knowledge = {"folders": folders, "embedder": {"provider": "none"}, "use_shipped_runbooks": False}
    reads = (
        ToolCall.of("runbook_search", query="Paymentopen opendaemon", limit=1),
        ToolCall.of("runbook_search", query="Paymentvault vaultdaemon", limit=1),
    )
    with serving(calling(*reads)) as fake:
        answer = ask(fake, "how do I restart payments in shop?", policies, knowledge=knowledge)
    assert "opendaemon first" in sent(fake)
    assert "vaultdaemon first" not in sent(fake)
    assert any(f"data of source {folders[1]}" in limit for limit in answer["limits"])


def test_a_refusal_is_on_record_with_its_rule_and_policy(opened: Open) -> None:
    with serving(calling()) as fake:
        runtime = opened(DEV_ONLY, agent=model(fake))
        answer_of(runtime.ask(Question("how many pods are in namespace shop in cluster prod?", ANA, "cv_1")))
    (body,) = refusals(runtime)
    version = runtime.parts.policy.rule(ANA, PolicyAsk(LIST, "dev")).version
    assert len(version) == 64
    assert {k: body[k] for k in ("act", "resource", "cluster", "rule", "policy")} == {
        "act": "send",
        "resource": "openai",
        "cluster": "prod",
        "rule": "no-permit",
        "policy": version,
    }
    intents = [r.body["policy"] for r in runtime.audit.since() if r.kind == "tool.intent"]
    assert intents and set(intents) == {version}
    calls = [r.body for r in runtime.audit.since() if r.kind == "model.call"]
    assert calls[0]["outcome"] == "Refused" and calls[0]["bytes_in"] == 0


def test_a_refused_tool_call_is_on_record_too(opened: Open) -> None:
    forbid = (
        READ + '@id("no-pods") forbid(principal, action == Interlock::Action::"read", resource) '
        'when { context.tool == "kubernetes_list" };\n'
    )
    runtime = opened(forbid)
    with pytest.raises(Refused, match="no-pods"):
        runtime.call_tool(LIST, {"kind": "pods"})
    (body,) = refusals(runtime)
    assert {"act": "read", "tool": LIST, "resource": "dev", "rule": "no-pods"}.items() <= body.items()
