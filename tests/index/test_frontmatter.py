"""Front matter is read as data, and its faults are notes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.index import frontmatter


def read(body: str) -> frontmatter.FrontMatter:
    return frontmatter.read(["---", *body.split("\n"), "---", "# Page"])


def test_all_known_fields_are_read() -> None:
    front = read("title: T\nalerts: [A, B]\nservices: shop\nowner: platform\nlast_reviewed: 2026-11-01\nx: 1")
    assert (front.title, front.last_line, front.notes) == ("T", 8, ())
    assert front.meta.alerts == ("A", "B")
    assert front.meta.services == ("shop",)
    assert (front.meta.owner, front.meta.last_reviewed) == ("platform", "2026-11-01")


def test_a_page_without_front_matter_has_none() -> None:
    assert frontmatter.read(["# Page"]) == frontmatter.FrontMatter()
    assert frontmatter.read([]) == frontmatter.FrontMatter()
    assert frontmatter.read(["---", "never closed"]) == frontmatter.FrontMatter()


def test_empty_front_matter_is_no_fault() -> None:
    assert read("").notes == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("title: [open", "broken"),
        ("title: a: b", "broken"),
        ("when: 2026-02-30", "broken"),
        ("{" * 5000, "broken"),
        ("- a\n- b", "not a mapping"),
        ("!!python/object/apply:os.system ['true']", "broken"),
        ("alerts: {a: b}", "'alerts' has the wrong type"),
        ("title: [a]", "'title' has the wrong type"),
        ("owner: 0x" + "f" * 9000, "broken"),
        ("x: " + "y" * 20_000, "longer than"),
    ],
)
def test_what_is_wrong_becomes_a_note(body: str, said: str) -> None:
    front = read(body)
    assert front.last_line > 0
    assert len(front.notes) == 1
    assert said in front.notes[0]


def test_the_note_names_the_line_in_the_file() -> None:
    assert "at line 3" in read("title: x\nalerts: a: b").notes[0]


def test_one_wrong_field_does_not_lose_the_others() -> None:
    front = read("title: T\nalerts: {a: b}\nowner: me")
    assert (front.title, front.meta.owner, front.meta.alerts) == ("T", "me", ())


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="abc:-[]{}&*!|>#'\"%@` \n\t0123456789.", max_size=120))
def test_no_front_matter_raises(body: str) -> None:
    read(body)
