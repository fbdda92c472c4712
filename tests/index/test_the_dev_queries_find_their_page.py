"""The promise on real alert queries over public runbooks. Recall only: times are for the bench."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from interlock.evals.bench import ranking, unrelated
from interlock.index.search import Index
from interlock.index.sources import load_folder

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def data(shared_dir: Path) -> Path:
    return shared_dir / "data" / "runbooks"


@pytest.fixture(scope="module")
def index(data: Path) -> Index:
    return Index.build([load_folder(data / "corpus", clean=str)])


@pytest.fixture(scope="module")
def queries(data: Path) -> list[ranking.Query]:
    return ranking.read_queries(data / "queries-dev.jsonl")


@pytest.mark.parametrize(("form", "least"), [("annotation", 0.87), ("name", 0.96)])
def test_the_first_hit_is_the_right_page(
    index: Index, queries: list[ranking.Query], form: str, least: float
) -> None:
    asked = [query for query in queries if query.form == form]
    assert len(asked) > 150
    assert ranking.quality(ranking.index_ranker(index), asked).recall1 >= least


def test_a_page_is_first_when_its_alert_is_asked_for(index: Index, data: Path) -> None:
    for page in (data / "corpus").rglob("*.md"):
        (hit, *_) = index.search(page.stem)
        assert PurePosixPath(hit.path).stem == page.stem


def test_real_queries_are_kept_and_unrelated_ones_called_weak(
    index: Index, queries: list[ranking.Query]
) -> None:
    assert ranking.kept(index, [query.text for query in queries]) >= 0.98
    assert ranking.kept(index, unrelated.SETTING) == 0
    assert ranking.kept(index, unrelated.MEASURING) <= 0.05
