"""Evidence becomes scores: more of it never harms the page it is for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.index import fusion
from interlock.index.fusion import Evidence

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=6)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    sizes = draw(SIZES)
    sections, pages = sum(sizes), len(sizes)

    def scores(n: int, most: float = 40) -> np.ndarray:
        return np.array(draw(st.lists(st.floats(0, most), min_size=n, max_size=n)))

    alike = scores(sections, 2) - 1 if draw(st.booleans()) else None
    return Evidence(
        scores(sections),
        scores(pages),
        scores(pages),
        scores(pages),
        np.cumsum([0, *sizes[:-1]]),
        draw(st.floats(0, 50)),
        alike,
    )


def ranks(evidence: Evidence) -> np.ndarray:
    """How many pages stand above each."""
    scores = fusion.fused(evidence).pages
    return (scores[None, :] > scores[:, None]).sum(1)


@settings(deadline=None, max_examples=300)
@given(evidences(), st.data())
def test_a_better_section_never_lowers_its_page_nor_lifts_another(
    evidence: Evidence, data: st.DataObject
) -> None:
    section = data.draw(st.integers(0, len(evidence.sections) - 1))
    name = data.draw(st.sampled_from(["sections", "alike"] if evidence.alike is not None else ["sections"]))
    better = getattr(evidence, name).copy()
    better[section] += data.draw(st.floats(0, 1))
    after = replace(evidence, **{name: better})
    page = int(np.searchsorted(evidence.first, section, side="right")) - 1
    was, now = fusion.fused(evidence).pages, fusion.fused(after).pages
    assert now[page] >= was[page]
    assert np.array_equal(np.delete(now, page), np.delete(was, page))
    assert ranks(after)[page] <= ranks(evidence)[page]


@settings(deadline=None, max_examples=100)
@given(evidences())
def test_without_an_embedder_the_score_is_that_of_words(evidence: Evidence) -> None:
    words = replace(evidence, alike=None)
    unembedded = replace(evidence, alike=np.zeros(len(evidence.sections)))
    assert np.array_equal(fusion.fused(words).pages, fusion.fused(unembedded).pages)


@settings(deadline=None, max_examples=100)
@given(evidences(), st.data())
def test_pages_that_are_named_stand_above_all_others(evidence: Evidence, data: st.DataObject) -> None:
    scores = fusion.fused(evidence).pages
    named = data.draw(st.sets(st.integers(0, len(scores) - 1)))
    lifted = fusion.lifted(scores, named)
    others = [score for number, score in enumerate(lifted) if number not in named]
    assert all(lifted[number] >= max(others, default=0) for number in named)


def test_a_question_that_asks_more_needs_more() -> None:
    little = Evidence(*(np.zeros(1),) * 4, np.zeros(1, np.int64), asked=2.0)
    assert not fusion.is_weak(4.0, little)
    assert fusion.is_weak(4.0, replace(little, asked=20.0))


def test_an_empty_index_fuses_to_nothing() -> None:
    none = np.zeros(0)
    empty = Evidence(none, none, none, none, np.zeros(0, np.int64), 0.0)
    assert fusion.fused(empty).pages.tolist() == []


@pytest.mark.parametrize("cosine", [0.0, 0.1, 0.19, -0.5])
def test_texts_about_different_things_are_not_near(cosine: float) -> None:
    words = Evidence(*(np.ones(1),) * 4, np.zeros(1, np.int64), asked=9.0)
    assert fusion.fused(replace(words, alike=np.array([cosine]))).pages == fusion.fused(words).pages
