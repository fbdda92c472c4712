"""The machine for a while on each store, and on gates with a fault: `make prove-approvals` is the long run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from gate.bugs import BUGS
from gate.machine_runs import found, run
from gate.machine_stores import on_postgres, on_sqlite


def test_nothing_that_happens_in_any_order_breaks_what_must_hold_on_sqlite(tmp_path: Path) -> None:
    tally: Counter[str] = Counter()
    run(on_sqlite(tmp_path / "runs"), tally, number=7, runs=5, length=100)
    assert tally["steps"] >= 300
    assert tally["claims"] > 5


def test_nothing_that_happens_in_any_order_breaks_what_must_hold_on_postgresql(
    postgres: object, tmp_path: Path
) -> None:
    tally: Counter[str] = Counter()
    run(on_postgres(postgres, tmp_path / "runs"), tally, number=8, runs=4, length=80)  # type: ignore[arg-type]
    assert tally["steps"] >= 200
    assert tally["claims"] > 2


@pytest.mark.parametrize("name", ["quorum", "expiry"])
def test_the_machine_finds_a_gate_with_a_fault(name: str, tmp_path: Path) -> None:
    _, seen = found(name, tmp_path, number=1, most=2_000)
    assert seen, BUGS[name][0]
