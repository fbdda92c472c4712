"""Identifiers count by parts and as a whole."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.index.stem import stem
from interlock.index.terms import MAX_TERM, asked, glued, identifiers, terms, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KubePodCrashLooping", ["kube", "pod", "crash", "loop", "kubepodcrashlooping"]),
        ("kube_pod_status", ["kube", "pod", "status", "kubepodstatus"]),
        ("spec.nodeName", ["spec", "node", "name", "nodename", "specnodename"]),
        ("a/b-c", ["a", "b", "c", "bc", "abc"]),
        ("OOMKilled", ["oom", "kill", "oomkilled"]),
        ("CPUThrottlingHigh", ["cpu", "throttl", "high", "cputhrottlinghigh"]),
        ("PVCs", ["pvc"]),
        ("p99 10.0.0.1", ["p99", "10", "0", "0", "1", "10001"]),
        ("-- .. __", []),
    ],
)
def test_an_identifier_is_split_and_kept_joined(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    "family",
    [
        "schedule schedules scheduled scheduling",
        "fail fails failed failing failure failures",
        "certificate certificates",
        "terminate terminated terminating termination",
        "evict evicted evicting eviction",
        "memory memories",
        "run running runs",
        "expire expired expires expiration",
        "available availability",
        "connect connects connected connecting connection connections",
    ],
)
def test_the_forms_of_a_word_have_one_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize("pair", ["node note", "pod port", "quota quote", "status state", "process proceed"])
def test_different_words_keep_different_stems(pair: str) -> None:
    assert len({stem(word) for word in pair.split()}) == 2


def test_names_written_apart_and_together_are_the_same_when_glued() -> None:
    assert glued("Kube Pod-Crash_Looping") == glued("KubePodCrashLooping")
    assert words("KubePod crashLooping") == ["kube", "pod", "crash", "looping"]
    assert identifiers("why is checkout-api in CrashLoopBackOff now") == ["checkoutapi", "crashloopbackoff"]


def test_a_question_is_searched_without_its_question_words() -> None:
    assert asked("How do I drain the node?") == ["drain", "node"]
    assert asked("what is this") == ["what", "is", "this"]


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=200))
def test_terms_are_deterministic_bounded_and_lower_case(text: str) -> None:
    found = terms(text)
    assert found == terms(text)
    assert all(0 < len(term) <= MAX_TERM * 3 for term in found)  # lower() may lengthen a letter
    assert all(term == term.lower() or not term.isascii() for term in found)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet=st.sampled_from("abzABZ019_-./:@ \u00e9\u0416\u4e2d"), max_size=80))
def test_no_letter_or_digit_is_lost(text: str) -> None:
    runs = [run for run in re.split(r"[\W_]+", text) if run]
    kept = "".join(words(text))
    assert kept == "".join(runs).lower()
    assert bool(terms(text)) == bool(runs)


def test_a_very_long_run_keeps_its_beginning() -> None:
    assert terms("x" * 1_000_000) == ["x" * MAX_TERM]
