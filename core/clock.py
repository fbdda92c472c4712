"""Where the time comes from. Everything that asks for the time is handed a `Clock`, so a replay has its own now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time as an aware UTC datetime."""

    def now(self) -> datetime:
        """The current instant, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """Always the same instant: a replay's `now`."""

    at: datetime

    def now(self) -> datetime:
        """The instant it was made with."""
        return self.at


def parse_time(text: str) -> datetime:
    """An RFC 3339 timestamp (nanoseconds are cut to microseconds) as an aware UTC datetime.

    Raises:
        ValueError: when `text` is not a timestamp, or one that UTC has no date for.
    """
    cleaned = text.strip().replace("Z", "+00:00").replace("z", "+00:00")
    at = datetime.fromisoformat(cleaned)
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range in UTC") from None


def format_time(at: datetime) -> str:
    """RFC 3339 in UTC with whole seconds, as Kubernetes writes `metav1.Time`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(now: datetime, then: datetime) -> str:
    """How long before `now`, as kubectl writes an age: `45s`, `12m`, `5h`, `3d`."""
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size or (unit == "d" and seconds >= size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
