"""Requests in other words are read as an exact question that holds all they hold, or left alone. Needs no weights but where said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.agent.cues import cue, troubled
from interlock.agent.fill import filled
from interlock.agent.forms.model import STAND_INS, Form
from interlock.agent.meaning import Meaning, targets
from interlock.agent.plainly import asked_part, corrected
from interlock.agent.reading import plan
from interlock.agent.slots import slots
from interlock.agent.turn import Named
from interlock.core.process import run
from interlock.core.settings.load import cache_dir
from interlock.index.embedding.local import LocalEmbedder, open_local

KNOWN = (
    Named("Namespace", "", "shop"),
    Named("Namespace", "", "search"),
    Named("Node", "", "worker-03"),
    Named("Deployment", "shop", "payment-gateway"),
    Named("HorizontalPodAutoscaler", "shop", "payment-gateway"),
)
FORMS = [target for target in targets() if isinstance(target, Form)]


@pytest.fixture(scope="module")
def meaning(tmp_path_factory: pytest.TempPathFactory) -> Meaning:
    """Likeness by the real model."""
    found = open_local(cache_dir(os.environ))
    if not isinstance(found, LocalEmbedder):
        pytest.skip("not run: the local embedding model is not set up")
    return Meaning(found, tmp_path_factory.mktemp("vectors"))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.asks)
def test_every_form_is_an_exact_question(form: Form) -> None:
    for kind in form.kinds or ("",):
        asks = form.asks.format(**{**STAND_INS, "kind": kind, "minutes": "20 minutes"})
        assert plan(asks) is not None, asks


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("what image is the payment gateway on", "name", "payment-gateway"),
        ("pods from the past half hour", "minutes", "30 minutes"),
        ("anything over the last three hours", "minutes", "180 minutes"),
        ("who runs nginx 1.25.3", "image", "nginx:1.25.3"),
        ("nodes with kubelet 1.28.11", "version", "v1.28.11"),
        ("deployments whose team label is growth", "label", "team=growth"),
        ("what image is chekout-api on", "name", "chekout-api"),
        ("what sits on worker-03", "node", "worker-03"),
    ],
)
def test_what_a_question_holds_is_found(text: str, field: str, value: str) -> None:
    assert slots(text, KNOWN).fields[field] == [value]


def test_names_are_masked_and_places_left_out() -> None:
    one, other = slots("pods of payment-gateway in shop", KNOWN), slots("pods of other-thing2", KNOWN)
    assert one.text == other.text
    assert one.namespaces == ["shop"]
    assert slots("search the documentation", ()).namespaces == []


@pytest.mark.parametrize(
    ("asks", "text"),
    [
        ("which pods are pending{space}", "pods in shop that are pending on worker-03"),
        ("which pods are pending{space}", "which pods are not pending"),
        ("which jobs have failed{space}", "jobs that have not failed"),
        ("which pods restarted at least once{space}", "pods that restarted more than 5 times"),
        ("what is the oldest pod{space}", "what is the newest pod"),
        ("what is the oldest pod{space}", "what is the second oldest pod"),
        ("which nodes are ready", "which pods are ready"),
        ("which {kind} are there{space}", "which services are exposed to the internet"),
        ("what image does {name} run{space}", "what image do payment-gateway and other-api run"),
        ("when was {name} last rolled out{space}", "who rolled out payment-gateway last"),
    ],
)
def test_a_form_that_would_drop_or_turn_a_word_does_not_take_it(asks: str, text: str) -> None:
    (form,) = [form for form in FORMS if form.asks == asks]
    assert filled(form, slots(text, KNOWN)) is None


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80), st.sampled_from(FORMS))
def test_any_text_can_be_held_against_any_form(text: str, form: Form) -> None:
    asks = filled(form, slots(text, KNOWN))
    assert asks is None or "{" not in asks.replace(text, "")


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("in shop, what's the number of pods that are up?", "how many pods are running in shop"),
        ("which boxes are still on kubelet 1.28.11?", "which nodes run kubelet v1.28.11"),
        ("hi, I'm on call. what pods were victims of the OOM killer?", "which pods are OOMKilled"),
    ],
)
def test_other_words_are_read_as_the_exact_question(text: str, asks: str, meaning: Meaning) -> None:
    found = meaning.of(text, KNOWN)
    assert found is not None
    assert found.asks == asks


@pytest.mark.parametrize(
    "text", ["", "?", "who won the match", "how many pods restarted more than 5 times?", "qwer asdf"]
)
def test_what_is_like_nothing_is_left_alone(text: str, meaning: Meaning) -> None:
    assert meaning.of(text, KNOWN) is None


def test_example_vectors_are_computed_once(meaning: Meaning, tmp_path: Path) -> None:
    found = open_local(cache_dir(os.environ))
    assert isinstance(found, LocalEmbedder)
    first = Meaning(found, tmp_path).of("which pods are up", KNOWN)
    (file,) = tmp_path.rglob("*.npy")
    before = file.stat().st_mtime_ns
    assert Meaning(found, tmp_path).of("which pods are up", KNOWN) == first
    assert file.stat().st_mtime_ns == before
    file.write_bytes(b"cut short")
    assert Meaning(found, tmp_path).of("which pods are up", KNOWN) == first


def test_single_words_settle_where_to_look() -> None:
    assert cue("what do we have written down on full disks") == "runbook"
    assert cue("in which file is the quota set") == "code"
    assert cue("is event-collector well") == ""
    assert troubled("payments is down")
    assert not troubled("which pods are unhappy?")


@pytest.mark.parametrize(
    "text", ["worker-03 behaving weird, check it", "worker-03 has some trouble, can you confirm"]
)
def test_no_form_takes_words_of_trouble_that_it_does_not_speak_of(text: str) -> None:
    assert troubled(text)
    assert [form.asks for form in FORMS if filled(form, slots(text, KNOWN))] == []


def test_a_question_on_code_is_one_wherever_it_says_so() -> None:
    assert cue("where do we set the schedule in git") == "code"
    assert cue("ingress web - which manifest or chart?") == "code"
    assert cue("which chart is web deployed from") == "owner"


def test_a_count_of_everything_is_no_question_for_a_state() -> None:
    (form,) = [form for form in FORMS if form.asks == "which cronjobs are suspended{space}"]
    assert filled(form, slots("total cronjobs cluster wide?", KNOWN)) is None


def test_letters_mixed_up_are_put_right_and_other_words_are_left() -> None:
    assert corrected("restrated") == "restarted"
    assert {word: corrected(word) for word in ("restricted", "schedules", "growth")} == {
        "restricted": "restricted", "schedules": "schedules", "growth": "growth"
    }  # fmt: skip


def test_an_unclear_question_is_offered_readings_and_not_answered(meaning: Meaning) -> None:
    text = "pods that have not become something or other in shop"
    assert meaning.of(text, KNOWN) is None
    assert len(meaning.readings(text, KNOWN)) == 2


def test_what_is_told_before_the_question_is_left_out() -> None:
    assert asked_part("hey, I'm new here. which pods are up?") == "which pods are up?"
    assert asked_part("pods are pending. why?") == "pods are pending. why?"


def test_recognising_by_words_loads_no_model() -> None:
    code = (
        "import sys; from interlock.agent.recognition import recognised; from interlock.agent.turn import Asked;"
        "recognised(Asked('why is cart-api failing?'), None); print(sorted({'numpy', 'onnxruntime'} & set(sys.modules)))"
    )
    assert run([sys.executable, "-c", code]).out.strip() == b"[]"
