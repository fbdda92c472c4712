"""The clock and the kubelet of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from interlock.evals.scenarios.kubelet import crash_loop
from interlock.evals.scenarios.timeline import Timeline

REAL = datetime(2030, 1, 1, 12, 0, 0, 400_000, tzinfo=UTC)
STORY = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)


@dataclass
class Stage:
    """A clock that moves only when somebody sleeps."""

    at: datetime = REAL

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def test_each_act_is_told_from_its_own_beginning() -> None:
    stage = Stage()
    timeline = Timeline(stage, stage.sleep)
    timeline.begin(STORY)
    stage.sleep(2)
    timeline.begin(STORY + timedelta(hours=1))
    document = {"first": ["2030-01-01T12:00:02Z"], "second": "2030-01-01T12:00:05.250000Z", "n": 1}
    told = {"first": ["2026-11-19T02:00:01Z"], "second": "2026-11-19T03:00:01.250000Z", "n": 1}
    assert timeline.told(document) == told


def test_an_act_that_took_too_long_ends_before_the_next_begins() -> None:
    stage = Stage()
    timeline = Timeline(stage, stage.sleep)
    timeline.begin(STORY)
    stage.sleep(60)
    timeline.begin(STORY + timedelta(seconds=10))
    assert timeline.told("2030-01-01T12:00:50Z") == "2026-11-19T02:00:09Z"


def test_times_of_the_story_and_other_text_stay_as_they_are() -> None:
    stage = Stage()
    timeline = Timeline(stage, stage.sleep)
    timeline.begin(STORY)
    for text in ("2026-11-19T02:00:00Z", "at 2030-01-01T12:00:02Z", ""):
        assert timeline.told(text) == text


def test_a_container_that_crashes_is_started_again_after_ever_longer_waits() -> None:
    first = STORY
    runs = [crash_loop("Error", 1, first, 5, first + timedelta(seconds=s)) for s in (12, 25, 70)]
    assert [run.restarts for run in runs] == [0, 1, 2]
    assert [(run.started - first).seconds for run in runs] == [0, 15, 40]
    long = crash_loop("Error", 1, first, 0, first + timedelta(hours=2))
    later = crash_loop("Error", 1, first, 0, first + timedelta(hours=2, minutes=5))
    assert later.started - long.started == timedelta(minutes=5)
