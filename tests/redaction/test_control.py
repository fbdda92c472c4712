"""What hides or reorders text is gone before anyone reads it; lines keep their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.redaction import Redactor
from interlock.core.redaction.control import visible
from interlock.core.untrusted import Untrusted


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        ("user\u202etxt.exe", "usertxt.exe"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("10%\r20%", "10% 20%"),
        ("dos\r\nline", "dos\nline"),
        ("a\x0bb\x85c\u2028d", "a b c d"),
        ("nul\x00bell\x07del\x7f", "nulbelldel"),
        ("\x9b31mc1", "c1"),
        ("ok \u26a0\ufe0f stays", "ok \u26a0\ufe0f stays"),
        ("a\ufe0fb\u200b\ufe0f", "ab"),
        ("broken \ud800 half", "broken \ufffd half"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_hidden_characters_are_dropped_and_the_rest_stays(raw: str, shown: str) -> None:
    assert visible(raw).text == shown


@given(
    st.text(
        alphabet=st.sampled_from("ab \n\r\t\x1b[0m]8;\x07\u200b\u202e\ufe0f\u26a0\x85\x9b\x00é"), max_size=60
    )
)
def test_lines_keep_their_numbers_and_twice_is_as_once(raw: str) -> None:
    once = visible(raw).text
    assert once.count("\n") == raw.count("\n")
    assert visible(once).text == once


@given(st.text(alphabet=st.sampled_from("ab\u200b\x1b[m\r\n\ufe0f"), max_size=40))
def test_each_character_that_stays_knows_where_it_stood(raw: str) -> None:
    seen = visible(raw)
    for offset, character in enumerate(seen.text):
        there = raw[seen.original(offset)]
        assert there == character or character == " "


def test_a_secret_cut_by_hidden_characters_is_still_found_and_counted() -> None:
    raw = "db_pass\u200bword=hunter\x1b[0m2hunter2"
    cleaned = Redactor().clean(Untrusted(raw))
    assert cleaned.text == "db_password=<secret:password#1>"
    assert cleaned.counts == {"control": 2, "password": 1}
    (span,) = cleaned.spans
    assert raw[span.start : span.end] == "hunter\x1b[0m2hunter2"
