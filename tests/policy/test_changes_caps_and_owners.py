"""How much may be changed within an hour and by one action, and where hands may touch what GitOps owns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from policy.test_changes_quorum import CASE

from interlock.core.policy.changes import Case, Changes, over_cap, owned_allowed

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def caps(*said: dict[str, Any], **other: Any) -> Changes:
    return Changes.model_validate(
        {"caps": [{"name": f"c{i}", **each} for i, each in enumerate(said)], **other}
    )


def made(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=ago) for ago in minutes]


def test_without_caps_twenty_executions_an_hour_and_fifty_pods_are_the_most() -> None:
    assert over_cap(Changes(), CASE, made(*range(19)), NOW) is None
    assert over_cap(Changes(), CASE, made(*range(20)), NOW) == (
        "cap default allows 20 executions an hour in prod-eu, and 20 were made"
    )
    assert over_cap(Changes(), replace(CASE, pods=50), [], NOW) is None
    assert over_cap(Changes(), replace(CASE, pods=51), [], NOW) == (
        "cap default allows 50 pods an action, and rollout-undo would touch 51"
    )


def test_the_hour_slides() -> None:
    one = caps({"executions_per_hour": 1})
    assert over_cap(one, CASE, made(59.99), NOW) is not None
    assert over_cap(one, CASE, made(60), NOW) is None


def test_a_clock_that_was_put_back_opens_no_second_hour() -> None:
    assert over_cap(caps({"executions_per_hour": 1}), CASE, made(-90), NOW) is not None


def test_of_several_caps_the_smallest_counts_and_is_named() -> None:
    said = caps({"executions_per_hour": 3, "pods": 2}, {"executions_per_hour": 2}, {"pods": 4})
    assert over_cap(said, replace(CASE, pods=2), made(1), NOW) is None
    assert over_cap(said, replace(CASE, pods=2), made(1, 2), NOW) == (
        "cap c1 allows 2 executions an hour in prod-eu, and 2 were made"
    )
    assert (
        over_cap(said, replace(CASE, pods=3), [], NOW)
        == "cap c0 allows 2 pods an action, and rollout-undo would touch 3"
    )


def test_a_cap_does_not_raise_the_default_and_a_default_may_be_set() -> None:
    assert over_cap(caps({"pods": 1000}), replace(CASE, pods=51), [], NOW) is not None
    assert over_cap(caps({"pods": 1000}, defaults={"pods": 60}), replace(CASE, pods=51), [], NOW) is None
    assert over_cap(caps(defaults={"executions_per_hour": 0}), CASE, [], NOW) is not None


def test_a_cap_holds_only_what_it_selects() -> None:
    said = caps({"environments": ["dev"], "pods": 0}, {"risks": ["high"], "executions_per_hour": 0})
    assert over_cap(said, CASE, made(1), NOW) is None


def test_breaking_the_glass_passes_no_cap() -> None:
    assert over_cap(caps({"pods": 2}), replace(CASE, break_glass=True), [], NOW) is not None


@pytest.mark.parametrize(
    ("environments", "allowed"),
    [({"dev"}, True), ({"dev", "lab"}, True), ({"prod"}, False), ({"dev", "prod"}, False), (set(), False)],
)
def test_what_gitops_owns_is_changed_by_hand_only_where_every_environment_of_the_cluster_allows_it(
    environments: set[str], allowed: bool
) -> None:
    case: Case = replace(CASE, environments=frozenset(environments))
    assert owned_allowed(Changes.model_validate({"gitops_owned": ["dev", "lab"]}), case) is allowed
    assert not owned_allowed(Changes(), case)
