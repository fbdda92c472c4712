"""The proof of evals/prove/index_crash in short: a few kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.evals.prove.index_crash import prove


@pytest.mark.xdist_group("index-crash")
def test_a_killed_indexer_loses_and_doubles_nothing_and_the_reader_meets_no_error(tmp_path: Path) -> None:
    done = prove(4, 7, tmp_path, say=False)
    assert done.acknowledged > 100
    assert (done.kills, done.lost, done.doubled, done.errors, done.wrong_at_the_end) == (4, 0, 0, 0, 0)
