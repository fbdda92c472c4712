"""Spans of time that a policy names: every week between two local times, or once between two local dates.

A local time that a change of clocks skips or repeats is read so that the span is the longer one. What cannot be a span
(no day, an unknown zone, an end before its beginning) is refused when it is read, never passed over.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE_DAY = timedelta(days=1)
# Beyond them an instant of a local time may not exist.
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {zone!r}; write one such as Europe/Berlin") from None
    return zone


def _quoted(said: object) -> object:
    if isinstance(said, int):  # YAML 1.1 reads an unquoted 18:00 as a number
        raise ValueError('write a time of day in quotes: "18:00"')
    return said


def _local(said: object, *, whole_day: bool) -> datetime:
    """A local point in time. A bare date means its first moment, or its last where the `whole_day` is meant."""
    at = said if isinstance(said, date) else _parsed(said)
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"{at.year} is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    if not isinstance(at, datetime):
        return datetime.combine(at, time()) + (_ONE_DAY if whole_day else timedelta())
    if at.tzinfo is not None:
        raise ValueError("write a local time without an offset; the zone stands beside it")
    return at


def _parsed(said: object) -> date:
    if not isinstance(said, str):
        raise ValueError("write a date, or a date and a time")
    try:
        return date.fromisoformat(said)
    except ValueError:
        return datetime.fromisoformat(said)


def _since(said: object) -> datetime:
    return _local(said, whole_day=False)


def _until(said: object) -> datetime:
    return _local(said, whole_day=True)


Zone = Annotated[str, AfterValidator(_known)]
Start = Annotated[str, BeforeValidator(_quoted), Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
End = Annotated[str, BeforeValidator(_quoted), Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class Weekly(BaseModel):
    """From `start` to `end`, local time, on each of the days; an end before its start is on the day after."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: tuple[Day, ...] = Field(min_length=1)
    start: Start
    end: End
    zone: Zone

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.start == self.end:
            raise ValueError('start and end are the same; a whole day is "00:00" to "24:00"')
        return self

    def ends(self, at: datetime) -> datetime | None:
        """When the span that holds this instant is over; None when none holds it."""
        today = at.astimezone(ZoneInfo(self.zone)).date()
        near = (today - _ONE_DAY, today, today + _ONE_DAY)
        spans = [self._span(day) for day in near if _DAYS[day.weekday()] in self.days]
        return max((end for start, end in spans if start <= at < end), default=None)

    def _span(self, day: date) -> tuple[datetime, datetime]:
        midnight = datetime.combine(day, time())
        start, end = midnight + _since_midnight(self.start), midnight + _since_midnight(self.end)
        if end < start:
            end += _ONE_DAY
        return _span(start, end, self.zone)


class Dated(BaseModel):
    """Once, from `since` to `until`, local time; a bare date counts from its first to its last moment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Annotated[datetime, BeforeValidator(_since)]
    until: Annotated[datetime, BeforeValidator(_until)]
    zone: Zone

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.until <= self.since:
            raise ValueError("it is over before it begins")
        return self

    def ends(self, at: datetime) -> datetime | None:
        """When it is over, if it holds this instant; else None."""
        start, end = _span(self.since, self.until, self.zone)
        return end if start <= at < end else None


def _since_midnight(said: str) -> timedelta:
    hours, minutes = said.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _span(start: datetime, end: datetime, zone: str) -> tuple[datetime, datetime]:
    return min(_readings(start, zone)), max(_readings(end, zone))


def _readings(local: datetime, zone: str) -> tuple[datetime, datetime]:
    """Both instants that a local time can mean; the same one but when clocks change."""
    at = local.replace(tzinfo=ZoneInfo(zone))
    return at.replace(fold=0).astimezone(UTC), at.replace(fold=1).astimezone(UTC)
