"""The formula, by hand."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.index import bm25

BAG = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 5), max_size=5)


def test_scores_are_those_of_the_formula() -> None:
    field = bm25.build([{"a": 2, "b": 2}, {"b": 1, "c": 1}])
    idf = bm25.idf(2, field.holding("a", None))
    assert idf == pytest.approx(math.log(1 + 1.5 / 1.5))
    norms = bm25.norms(field.lengths, 3)
    assert norms[0] == pytest.approx(1.2 * (0.25 + 0.75 * 4 / 3))
    weights = {"a": 2 * idf * 2.2, "nowhere": 9.0}
    assert field.scores(weights, norms) == pytest.approx([2 * idf * 2 * 2.2 / (2 + norms[0]), 0.0])


def test_a_rarer_term_tells_more_and_an_unknown_one_most() -> None:
    assert bm25.idf(10, 0) > bm25.idf(10, 1) > bm25.idf(10, 9) > 0


def test_an_empty_field_scores_nothing() -> None:
    none = bm25.build([])
    assert none.scores({"a": 1.0}, bm25.norms(none.lengths, 1)).tolist() == []
    two = bm25.build([{}, {}])
    assert two.scores({"a": 1.0}, bm25.norms(two.lengths, 1)).tolist() == [0.0, 0.0]


def test_the_dead_are_not_counted() -> None:
    field = bm25.build([{"a": 1}, {"a": 1, "b": 1}])
    assert field.holding("a", np.array([False, True])) == 1
    assert field.holding("a", None) == 2


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(BAG, min_size=1, max_size=4), min_size=1, max_size=5))
def test_pages_gathered_from_their_sections_are_as_if_counted_whole(
    pages: list[list[dict[str, int]]],
) -> None:
    owners = np.array([n for n, page in enumerate(pages) for _ in page])
    gathered = bm25.gathered(bm25.build([bag for page in pages for bag in page]), owners, len(pages))
    whole = bm25.build([sum((Counter(bag) for bag in page), Counter()) for page in pages])
    assert gathered.lengths.tolist() == whole.lengths.tolist()
    for term in "abcdef":
        assert [part.tolist() for part in gathered.of(term)] == [part.tolist() for part in whole.of(term)]
