"""The formula, by hand."""

from __future__ import annotations

import math

import pytest

from interlock.index import bm25


def test_scores_are_those_of_the_formula() -> None:
    field = bm25.build([{"a": 2, "b": 2}, {"b": 1, "c": 1}], k1=1.2, b=0.75)
    idf = math.log(1 + 1.5 / 1.5)
    norm = 1.2 * (0.25 + 0.75 * 4 / 3)
    assert field.scores({"a": 2.0}) == pytest.approx([2 * idf * 2 * 2.2 / (2 + norm), 0.0])


def test_a_rarer_term_tells_more_and_an_unknown_one_most() -> None:
    field = bm25.build([{"a": 1, "b": 1}, {"b": 1}], k1=1.2, b=0.75)
    assert field.idf("nowhere") > field.idf("a") > field.idf("b") > 0


def test_an_empty_field_scores_nothing() -> None:
    assert bm25.build([], k1=1.2, b=0.75).scores({"a": 1.0}) == []
    assert bm25.build([{}, {}], k1=1.2, b=0.75).scores({"a": 1.0}) == [0.0, 0.0]


def test_documents_without_the_field_do_not_make_a_short_one_look_long() -> None:
    alone = bm25.build([{"a": 1}], k1=1.2, b=0.75)
    among = bm25.build([{"a": 1}, {}, {}, {}], k1=1.2, b=0.75)
    assert among.norms[0] == alone.norms[0]
