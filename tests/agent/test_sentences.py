"""A text is taken apart into sentences so that nothing can state something unseen."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.agent.sentences import quoted_line, take_apart, unquoted


def pairs(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(s.text, s.cited) for s in take_apart(text).sentences]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Pod a crashed [E1].", [("Pod a crashed.", ("E1",))]),
        (
            "Pod a crashed. [E1] Node b is full [E2].",
            [("Pod a crashed.", ("E1",)), ("Node b is full.", ("E2",))],
        ),
        ("Pod a crashed [E1, E3] (E2).", [("Pod a crashed.", ("E1", "E3", "E2"))]),
        (
            "web-0 is up [E1]. db-0 is not. [E2] so be it [E3].",
            [("web-0 is up.", ("E1",)), ("db-0 is not.", ("E2",)), ("so be it.", ("E3",))],
        ),
        ("It is v1.2.3 at 10.0.0.1 [E1].", [("It is v1.2.3 at 10.0.0.1.", ("E1",))]),
        ("Use e.g. Redis [E1].", [("Use e.g. Redis.", ("E1",))]),
        ("- one [E1]\n- two [E2]", [("one", ("E1",)), ("two", ("E2",))]),
        ("1. first [E1]\n2) second", [("first", ("E1",)), ("second", ())]),
        ("> quoted [E4]", [("quoted", ("E4",))]),
        ("Down! Is it? Yes [E1].", [("Down!", ()), ("Is it?", ()), ("Yes.", ("E1",))]),
        ('a.md:3 "One. Two. Three." [E1]', [('a.md:3 "One. Two. Three."', ("E1",))]),
        ("[E1]", []),
        ("", []),
    ],
)
def test_sentences_and_their_citations(text: str, found: list[tuple[str, tuple[str, ...]]]) -> None:
    assert pairs(text) == found


@pytest.mark.parametrize(
    "line", ["# Cause", "## What changed", "**Cause**", "What is wrong:", "```", "---", "**Ruled out:**"]
)
def test_headings_and_fences_state_nothing(line: str) -> None:
    assert pairs(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "# The database db-7 is down",
        "**db-7 is down**",
        "Postgres is down:",
        "# Pod 3 crashed:",
        "Everything is fine",
    ],
)
def test_a_statement_dressed_as_a_heading_is_still_a_statement(line: str) -> None:
    assert len(pairs(line)) == 1


def test_notes_are_no_statements_but_are_told() -> None:
    taken = take_apart("Note: I do not know.\nnote: nor this [E1]\n**Note:** nor that")
    assert taken.sentences == ()
    assert taken.notes == ("I do not know.", "nor this", "nor that")


def test_positions_point_into_the_text() -> None:
    text = "Intro:\n- Pod a crashed [E1]. Node b too [E2].\n"
    for sentence in take_apart(text).sentences:
        assert text[sentence.start : sentence.end].startswith(sentence.text.split()[0])


@given(st.text(alphabet="ab E1[].,!?\n-*#:\"'0", max_size=80))
@settings(deadline=None)
def test_every_word_outside_headings_and_notes_lies_in_a_sentence(text: str) -> None:
    taken = take_apart(text)
    ends = [(s.start, s.end) for s in taken.sentences]
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(text) for start, end in ends)
    assert all(one[1] <= two[0] for one, two in pairwise(ends))


@given(st.text(alphabet='ab "“«.:E1[]', min_size=1, max_size=40).filter(lambda t: t.strip()))
@settings(deadline=None)
def test_a_quoted_line_comes_back_whole_when_it_could_be_quoted(line: str) -> None:
    quoted = quoted_line(line)
    if quoted != " ".join(line.split()):
        assert unquoted(quoted) == " ".join(line.split())


@pytest.mark.parametrize("text", ["plain words", 'half "quoted', 'it says "a" and more'])
def test_what_is_not_a_quotation_from_end_to_end_is_none(text: str) -> None:
    assert unquoted(text) is None
