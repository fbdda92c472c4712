"""Rules of changes at their edges: overlapping windows, nights without a midnight, names that only one side knows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from policy.test_changes_quorum import CASE
from pydantic import ValidationError

from interlock.core.policy.bundle import Header
from interlock.core.policy.changes import Changes, Freeze, check_actions, frozen
from interlock.core.policy.loosening import loosenings
from interlock.core.policy.windows import Dated, Weekly

EVERY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def header(clusters: Collection[str] = ("a",), **changes: Any) -> Header:
    environments = {"prod": {"clusters": [*clusters]}}
    return Header.model_validate(
        {"version": 1, "name": "t", "environments": environments, "changes": changes}
    )


NAMING: dict[str, Any] = {"rules": [{"name": "r", "environments": ["prod"], "quorum": 2}]}
MOVED = "environments are changed, and the rules of changes name some"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (NAMING, NAMING, [MOVED]),
        (NAMING, {}, ["rule r is gone", MOVED]),
        ({}, NAMING, [MOVED]),
        ({}, {}, []),
    ],
)
def test_a_moved_cluster_counts_while_the_old_or_the_new_rules_name_an_environment(
    old: dict[str, Any], new: dict[str, Any], said: list[str]
) -> None:
    assert list(loosenings(header(["a"], **old), header(["b"], **new))) == said


def rule(**said: Any) -> Header:
    return header(rules=[{"name": "r", "max_age": "1h", **said}])


def test_a_rule_that_says_no_number_asks_for_one_person() -> None:
    assert list(loosenings(rule(), rule())) == []
    assert list(loosenings(rule(), rule(quorum=1))) == []
    assert list(loosenings(rule(quorum=1), rule())) == []
    assert list(loosenings(rule(quorum=2), rule())) == ["rule r is loosened"]


def test_a_request_waits_a_day_at_most_where_nothing_is_said() -> None:
    assert Changes().request_max_age == timedelta(days=1)


def test_two_freezes_of_one_name_are_refused() -> None:
    freeze = {"name": "f", "dated": [{"since": "2026-12-24", "until": "2026-12-24", "zone": "UTC"}]}
    with pytest.raises(ValidationError, match="two freezes are called f"):
        Changes.model_validate({"freezes": [freeze, freeze]})


def test_a_word_that_a_dated_window_does_not_know_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Dated.model_validate({"since": "2026-12-24", "until": "2026-12-24", "zone": "UTC", "days": ["mon"]})


def test_the_actions_are_looked_up_only_where_one_is_named() -> None:
    def unasked() -> Collection[str]:
        raise AssertionError("nobody names one")

    check_actions(Changes.model_validate({"caps": [{"name": "c", "pods": 1}]}), unasked)


def test_of_overlapping_windows_of_one_freeze_the_last_counts() -> None:
    def until(time: str) -> dict[str, str]:
        return {"since": "2026-11-23T10:00", "until": f"2026-11-23T{time}", "zone": "UTC"}

    said = {"two": ["13:00", "20:00"], "one": ["18:00"]}
    parts = [{"name": name, "dated": [until(each) for each in ends]} for name, ends in said.items()]
    held = frozen(Changes.model_validate({"freezes": parts}), CASE, datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    assert held == Freeze("two", datetime(2026, 11, 23, 20, 0, tzinfo=UTC))


def test_a_day_whose_midnight_clocks_skip_begins_in_the_hour_before() -> None:
    # Havana, 8 March 2026: 23:59:59 of the 7th is followed by 01:00:00.
    havana = ZoneInfo("America/Havana")
    sunday = Weekly(days=("sun",), start="00:00", end="12:00", zone="America/Havana")
    noon = datetime(2026, 3, 8, 12, 0, tzinfo=havana)
    assert sunday.ends(datetime(2026, 3, 7, 22, 59, 59, tzinfo=havana)) is None
    assert sunday.ends(datetime(2026, 3, 7, 23, 0, tzinfo=havana)) == noon
    assert sunday.ends(datetime(2026, 3, 8, 1, 0, tzinfo=havana)) == noon


def test_where_the_repeated_hour_makes_two_days_meet_the_later_end_counts() -> None:
    # Berlin, 25 October 2026: Saturday's span ends at the second 02:15, Sunday's begins at the first 02:30.
    berlin = ZoneInfo("Europe/Berlin")
    daily = Weekly(days=EVERY, start="02:30", end="02:15", zone="Europe/Berlin")
    at = datetime(2026, 10, 25, 2, 45, tzinfo=berlin, fold=0)
    assert daily.ends(at.astimezone(UTC)) == datetime(2026, 10, 26, 2, 15, tzinfo=berlin)


@pytest.mark.parametrize("fold", [0, 1])
def test_which_of_two_readings_a_date_was_made_with_makes_no_difference(fold: int) -> None:
    # Read so that the span is the longer one: from the first 02:30 to the second 02:45.
    since, until = (datetime(2026, 10, 25, 2, each, fold=fold) for each in (30, 45))  # noqa: DTZ001
    span = {"since": since, "until": until, "zone": "Europe/Berlin"}
    once = Dated.model_validate(span)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert once.ends(first) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    assert once.ends(first - timedelta(seconds=1)) is None
