"""What cannot be seen is named, so that two texts that differ look different."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interlock.core.unseen import unseen, visible

TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from("[U+]0123456789ABCDEF\n\t\u202e\u200b\x1b\ufeff\u00ad"))
)
NAMED = re.compile(r"\[U\+([0-9A-F]{4,6})\]")


def read_back(shown: str) -> str:
    return NAMED.sub(lambda found: chr(int(found[1], 16)), shown)


@settings(deadline=None)
@given(TEXTS)
@example("[U+202E]")
@example("[[U+[U+005B]")
def test_what_was_shown_can_be_told_back_so_no_two_texts_look_alike(text: str) -> None:
    assert read_back(visible(text)) == text
    assert read_back(visible(text, lines=False)) == text


@settings(deadline=None)
@given(TEXTS)
def test_nothing_that_steers_a_terminal_or_a_page_is_left(text: str) -> None:
    left = {unicodedata.category(each) for each in visible(text, lines=False)}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert visible(text, lines=False).isascii() or not text.isascii()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, 3 -> 1", "plain words, 3 -> 1"),
        ("a\n\tb", "a\n\tb"),
        ("Größe 日本語 naïve", "Größe 日本語 naïve"),
        ("\u202egnp.exe", "[U+202E]gnp.exe"),
        ("a\u200bb", "a[U+200B]b"),
        ("\x1b[31mred", "[U+001B][31mred"),
        ("a\rb", "a[U+000D]b"),
        ("a\u00a0b", "a[U+00A0]b"),
        ("tag \U000e0041", "tag [U+E0041]"),
        ("\u3164", "[U+3164]"),
        ("\u2028", "[U+2028]"),
    ],
)
def test_what_is_seen_stays_and_what_is_not_is_named(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_unseen_characters_are_counted_by_name() -> None:
    assert unseen("a\u200bb\u200b\n\x1b") == {"U+001B": 1, "U+200B": 2}
    assert unseen("plain\n\ttext") == {}
