"""How a question is taken apart: what each word leads to, and what is not read as a question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.agent.reading import FACTS, QUERY, plan
from interlock.agent.reading.lexicon import GLUE, KINDS, KNOWN, NEGATIONS, STATES
from interlock.tools.kubernetes.query import QueryArgs


def conditions(text: str) -> list[tuple[object, object, object]]:
    found = plan(text)
    assert found is not None, text
    where = found.use.args.get("where", [])
    assert isinstance(where, list)
    return [(c["attribute"], c["operator"], c["value"]) for c in where if isinstance(c, dict)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("which pods are not ready?", [("ready", "is", False)]),
        ("which pods aren't ready?", [("ready", "is", False)]),
        ("show unready nodes", [("ready", "is", False)]),
        ("which pods are ready?", [("ready", "is", True)]),
        ("are all pods ready?", [("ready", "is", False)]),
        ("which pods are running and not ready?", [("ready", "is", False), ("status", "is", "Running")]),
        ("which pods are not running?", [("status", "is not", "Running")]),
        ("which pods are on node-7?", [("node", "is", "node-7")]),
        ("which pods are not on node-7?", [("node", "is not", "node-7")]),
        ("what runs on node-7?", [("node", "is", "node-7"), ("finished", "is", False)]),
        ("which deployments lack memory limits?", [("missing", "has", "memory limit")]),
        ("which deployments have a memory limit?", [("missing", "lacks", "memory limit")]),
        ("pods older than 2 days", [("minutes", "at least", 2880)]),
        ("pods created in the last 2h", [("minutes", "at most", 120)]),
        ("pods that are pending or evicted", [("status", "any of", "Pending,Evicted")]),
        ("does every deployment have a memory limit?", [("missing", "has", "memory limit")]),
        ("pods of cart-api", [("owner", "is", "cart-api")]),
    ],
)
def test_words_become_conditions(text: str, expected: list[tuple[object, object, object]]) -> None:
    assert conditions(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "restart all pods that are not ready",
        "please restart deployment cart-api",
        "can you delete the evicted pods",
        "set the memory limit of cart-api to 2Gi",
        "scale cart-api to 5 replicas",
        "cordon node-7",
        "roll out cart-api",
        "use the image nginx:1.25",
        "how can i restart a deployment?",
        "what should the memory limit of cart-api be?",
    ],
)
def test_a_wish_is_not_read_as_a_question(text: str) -> None:
    assert plan(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "which pods are purple?",
        "which pods are purple in shop?",
        "how many pods restarted more than 5 times?",
        "which pods do not have the label app=cart?",
        "which pods were killed in the last hour?",
        "who deployed cart-api?",
        "is cart-api running the latest version?",
        "which deployments have not changed in the last hour?",
        "which nodes are in zone-a?",
        "what image does it run?",
        "which pods are ready or evicted?",
        "list the limits of all deployments in shop",
        "how many unavailable replicas does cart-api have?",
        "which pods will be evicted?",
        "",
        "?",
    ],
)
def test_half_a_question_is_no_question(text: str) -> None:
    assert plan(text) is None


def test_a_name_is_looked_up_and_not_guessed_at() -> None:
    found = plan("what image does cart-api run?")
    assert found is not None
    assert (found.use.tool, found.use.args, found.wanted) == (
        FACTS,
        {"name": "cart-api", "saying": ["image"]},
        ("image",),
    )
    weak = plan("what image does cart run?")
    assert weak is not None
    assert not weak.sure


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("is reindex suspended?", "cronjobs", "suspended"),
        ("is node-7 cordoned?", "nodes", "cordoned"),
        ("is the pvc archive bound?", "persistentvolumeclaims", "bound"),
        ("is the hpa checkout-api maxed out?", "horizontalpodautoscalers", "at maximum"),
    ],
)
def test_yes_or_no_is_read_from_the_object(text: str, kind: str, wanted: str) -> None:
    found = plan(text)
    assert found is not None
    assert (found.use.args["kind"], found.wanted) == (kind, (wanted,))


def test_a_why_leads_to_the_diagnosis() -> None:
    found = plan("why is cart-api crashing?")
    assert found is not None
    assert found.why


_VOCABULARY = st.lists(
    st.sampled_from(sorted({*KNOWN, "cart-api", "in", "shop", "3", "team=x"})), min_size=1, max_size=9
)


@settings(deadline=None, max_examples=300)
@given(_VOCABULARY)
def test_whatever_is_read_is_a_call_the_tool_takes(words: list[str]) -> None:
    found = plan(" ".join(words))
    if found is not None and found.use.tool == QUERY:
        QueryArgs.model_validate(dict(found.use.args))


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    plan(text)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(set(KINDS) - {"apps", "app"})), st.sampled_from(sorted(STATES)))
def test_a_denial_never_gets_lost(kind: str, state: str) -> None:
    plain, denied = plan(f"which {kind} are {state}?"), plan(f"which {kind} are not {state}?")
    if plain is not None and denied is not None:
        assert plain.use.args != denied.use.args


def test_no_word_both_holds_together_and_denies() -> None:
    assert not GLUE & NEGATIONS
