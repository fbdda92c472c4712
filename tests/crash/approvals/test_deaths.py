"""Whatever dies while a change is made, it is made once or not at all, on record before, and told as it is.

A slice: `make prove-approval-crashes` kills at every point dozens of times.
"""

from __future__ import annotations

import random

import pytest
from crash.approvals.lane import deaths
from crash.approvals.spots import POINTS, RECOVERING, UNHEARD, Spot
from crash.approvals.trials import Bench, Victim

pytestmark = pytest.mark.cluster


def held_up(bench: Bench, point: str, victim: Victim, many: int) -> None:
    """Deaths at a point, all of them without a fault."""
    told = list(deaths(bench, point, victim, many, random.Random(point)))
    assert sum(each.died for each in told) == many
    assert not [each for each in told if each.faults]


@pytest.mark.xdist_group("crash-sqlite")
@pytest.mark.parametrize("point", POINTS)
def test_an_executor_killed_over_sqlite_is_made_good_by_the_next_one(point: str, on_sqlite: Bench) -> None:
    held_up(on_sqlite, point, "executor", 2)


@pytest.mark.xdist_group("crash-sqlite")
def test_whoever_makes_it_good_may_be_killed_too(on_sqlite: Bench) -> None:
    held_up(on_sqlite, RECOVERING, "executor", 1)


@pytest.mark.xdist_group("crash-sqlite")
def test_an_executor_that_stood_still_past_its_claim_sends_nothing_any_more(on_sqlite: Bench) -> None:
    told = on_sqlite.late(on_sqlite.scene.label(), Spot("store", "change.intend", "after"))
    assert (told.died, told.state, told.writes, told.faults) == (True, "FAILED", 0, [])


@pytest.mark.xdist_group("crash-sqlite")
def test_a_drain_that_died_in_its_cordon_and_was_halted_is_told_as_it_is(on_sqlite: Bench) -> None:
    asked = on_sqlite.scene.drain()
    told = on_sqlite.trial(asked, Spot("store", "change.step:started", "next"), "executor", halt=True)
    assert (told.died, told.state, told.writes, told.faults) == (True, "FAILED", 1, [])


@pytest.mark.xdist_group("crash-postgresql")
@pytest.mark.parametrize("point", POINTS)
def test_an_executor_killed_over_postgresql_is_made_good_by_the_next_one(
    point: str, on_postgresql: Bench
) -> None:
    held_up(on_postgresql, point, "executor", 2)


@pytest.mark.xdist_group("crash-postgresql")
@pytest.mark.parametrize("point", ["response lost", UNHEARD])
def test_a_database_killed_under_an_execution_loses_nothing_and_doubles_nothing(
    point: str, on_postgresql: Bench
) -> None:
    held_up(on_postgresql, point, "postgres", 1)
