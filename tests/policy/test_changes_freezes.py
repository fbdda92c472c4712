"""When nothing is changed: every week or on dates, in a named zone, over midnight and over a change of clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from policy.test_changes_quorum import CASE

from interlock.core.policy.changes import Changes, Freeze, frozen

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
NIGHT = {"days": ["fri"], "start": "18:00", "end": "08:00", "zone": BERLIN}
HOLIDAYS = {"since": "2026-12-24", "until": "2026-12-26", "zone": BERLIN}


def freezes(**named: dict[str, Any]) -> Changes:
    return Changes.model_validate({"freezes": [{"name": name, **each} for name, each in named.items()]})


def local(said: str, zone: str = BERLIN, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone), fold=fold)


def held(changes: Changes, at: datetime) -> bool:
    return frozen(changes, CASE, at.astimezone(UTC)) is not None


@pytest.mark.parametrize(
    ("at", "frozen_then"),
    [
        ("2026-11-27T17:59:59", False),
        ("2026-11-27T18:00:00", True),
        ("2026-11-27T23:59:59", True),
        ("2026-11-28T00:00:00", True),
        ("2026-11-28T07:59:59", True),
        ("2026-11-28T08:00:00", False),
        ("2026-11-28T18:00:00", False),
        ("2026-11-27T07:00:00", False),
    ],
)
def test_a_weekly_window_runs_over_midnight_in_its_own_zone(at: str, frozen_then: bool) -> None:
    changes = freezes(weekend={"weekly": [NIGHT]})
    assert held(changes, local(at)) is frozen_then


def test_the_zone_counts_not_the_server() -> None:
    changes = freezes(evening={"weekly": [{**NIGHT, "zone": NEW_YORK}]})
    assert not held(changes, local("2026-11-27T18:00:00"))
    assert held(changes, local("2026-11-28T00:00:00"))  # 18:00 in New York


def test_a_whole_day_is_from_midnight_to_midnight() -> None:
    changes = freezes(
        sunday={"weekly": [{"days": ["sun"], "start": "00:00", "end": "24:00", "zone": BERLIN}]}
    )
    assert [
        held(changes, local(f"2026-11-{day}T{at}"))
        for day, at in ((28, "23:59"), (29, "00:00"), (29, "23:59"), (30, "00:00"))
    ] == [False, True, True, False]


@pytest.mark.parametrize(
    ("at", "frozen_then"),
    [
        ("2026-12-23T23:59:59", False),
        ("2026-12-24T00:00:00", True),
        ("2026-12-26T23:59:59", True),
        ("2026-12-27T00:00:00", False),
    ],
)
def test_a_dated_window_lasts_to_the_end_of_its_last_day(at: str, frozen_then: bool) -> None:
    assert held(freezes(holidays={"dated": [HOLIDAYS]}), local(at)) is frozen_then


def test_a_dated_window_may_begin_and_end_within_a_day() -> None:
    changes = freezes(
        release={"dated": [{"since": "2026-12-01T10:30:00", "until": "2026-12-01 12:00", "zone": BERLIN}]}
    )
    assert [held(changes, local(f"2026-12-01T{at}")) for at in ("10:29", "10:30", "11:59", "12:00")] == [
        False,
        True,
        True,
        False,
    ]


def test_the_hour_that_clocks_skip_is_read_to_the_longer_window() -> None:
    # Berlin, 29 March 2026: 01:59:59 is followed by 03:00:00.
    begins = freezes(it={"weekly": [{"days": ["sun"], "start": "02:30", "end": "05:00", "zone": BERLIN}]})
    assert not held(begins, local("2026-03-29T01:29:59"))
    assert held(begins, local("2026-03-29T01:30:00")) and held(begins, local("2026-03-29T03:00:00"))
    ends = freezes(it={"weekly": [{"days": ["sun"], "start": "01:00", "end": "02:30", "zone": BERLIN}]})
    assert held(ends, local("2026-03-29T03:29:59"))
    assert not held(ends, local("2026-03-29T03:30:00"))


def test_the_hour_that_clocks_repeat_is_frozen_both_times() -> None:
    # Berlin, 25 October 2026: 02:59:59 is followed by 02:00:00.
    ends = freezes(it={"weekly": [{"days": ["sun"], "start": "01:00", "end": "02:30", "zone": BERLIN}]})
    assert held(ends, local("2026-10-25T02:45", fold=0)) and held(ends, local("2026-10-25T02:29:59", fold=1))
    assert not held(ends, local("2026-10-25T02:30", fold=1))
    begins = freezes(it={"weekly": [{"days": ["sun"], "start": "02:30", "end": "04:00", "zone": BERLIN}]})
    assert not held(begins, local("2026-10-25T02:29:59", fold=0))
    assert held(begins, local("2026-10-25T02:30", fold=0)) and held(begins, local("2026-10-25T02:10", fold=1))


def test_a_window_over_the_night_of_a_change_of_clocks_is_an_hour_longer_or_shorter() -> None:
    night = freezes(it={"weekly": [{"days": ["sat"], "start": "22:00", "end": "06:00", "zone": BERLIN}]})
    for date, hours in (("2026-03-28", 7), ("2026-10-24", 9), ("2026-11-28", 8)):
        start = local(f"{date}T22:00").astimezone(UTC)
        assert frozen(night, CASE, start) == Freeze("it", start + timedelta(hours=hours))


def test_the_end_that_is_told_is_when_nothing_holds_it_any_more() -> None:
    weekend = [
        {**NIGHT, "end": "24:00"},
        {"days": ["sat", "sun"], "start": "00:00", "end": "24:00", "zone": BERLIN},
        {"days": ["mon"], "start": "00:00", "end": "08:00", "zone": BERLIN},
    ]
    changes = freezes(weekend={"weekly": weekend})
    assert frozen(changes, CASE, local("2026-11-27T19:00")) == Freeze("weekend", local("2026-11-30T08:00"))


def test_of_several_freezes_the_one_that_ends_last_is_named() -> None:
    both = {"night": {"weekly": [{**NIGHT, "days": ["thu"]}]}, "holidays": {"dated": [HOLIDAYS]}}
    at = local("2026-12-24T20:00")
    assert frozen(freezes(**both), CASE, at) == Freeze("holidays", local("2026-12-27T00:00"))
    assert frozen(freezes(**dict(reversed(both.items()))), CASE, at) == Freeze(
        "holidays", local("2026-12-27T00:00")
    )


def test_what_is_frozen_for_good_has_no_end() -> None:
    every = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    changes = freezes(ever={"weekly": [{"days": every, "start": "00:00", "end": "24:00", "zone": "UTC"}]})
    assert frozen(changes, CASE, local("2026-11-27T19:00")) == Freeze("ever", None)


def test_breaking_the_glass_passes_only_a_freeze_that_says_so() -> None:
    hard, soft = {"dated": [HOLIDAYS]}, {"dated": [{**HOLIDAYS, "until": "2026-12-30"}], "break_glass": True}
    at, glass = local("2026-12-25T12:00"), replace(CASE, break_glass=True)
    assert frozen(freezes(soft=soft), glass, at) is None
    assert frozen(freezes(soft=soft), CASE, at) is not None
    assert frozen(freezes(hard=hard), glass, at) is not None
    # The soft one holds it back no more, so neither its name nor its end is told.
    assert frozen(freezes(hard=hard, soft=soft), glass, at) == Freeze("hard", local("2026-12-27T00:00"))


@pytest.mark.parametrize("where", [{"environments": ["dev"]}, {"risks": ["high"]}, {"actions": ["scale"]}])
def test_a_freeze_holds_only_what_it_selects(where: dict[str, Any]) -> None:
    changes = freezes(it={"dated": [HOLIDAYS], **where})
    assert not held(changes, local("2026-12-25T12:00"))


def test_a_time_without_a_zone_is_never_guessed() -> None:
    with pytest.raises(ValueError, match="must carry its zone"):
        frozen(Changes(), CASE, datetime(2026, 12, 25))  # noqa: DTZ001 - the fault itself
