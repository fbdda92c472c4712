"""What a log store is to us: a search over lines with a time, a level and an origin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from interlock.core.errors import UnknownName

LEVELS = ("trace", "debug", "info", "notice", "warn", "error", "critical")
_SAME = {
    "warning": "warn",
    "err": "error",
    "severe": "error",
    "crit": "critical",
    "fatal": "critical",
    "panic": "critical",
    "alert": "critical",
    "emerg": "critical",
    "emergency": "critical",
    "information": "info",
    "ok": "info",
    "verbose": "trace",
}


@dataclass(frozen=True)
class LogQuery:
    """Which lines. Empty fields ask for nothing; `level` means this level or a worse one; `text` is literal."""

    text: str = ""
    service: str = ""
    namespace: str = ""
    workload: str = ""
    level: str = ""
    start: datetime | None = None
    end: datetime | None = None
    limit: int = 100


@dataclass(frozen=True)
class LogLine:
    """One record, and where it stands: line `line_no` (1-based) of `path`, which is relative to the store."""

    at: datetime | None
    level: str
    service: str
    host: str
    message: str
    tags: tuple[str, ...]
    path: str
    line_no: int


@dataclass(frozen=True)
class LogPage:
    """The newest matching lines in the order of time, and what was seen on the way.

    `total` counts all that match, `scanned` all lines read. `complete` is False when not everything was read.
    `broken` lines could not be understood, `outside` ones match but for the time window, `unplaced` ones match but do
    not say which namespace they are from, `withheld` ones the policy keeps from the asker. `newest_outside` is the time of the newest line outside the window.
    """

    lines: tuple[LogLine, ...]
    total: int
    scanned: int
    complete: bool = True
    broken: int = 0
    outside: int = 0
    unplaced: int = 0
    withheld: int = 0
    newest_outside: datetime | None = None
    notes: tuple[str, ...] = ()


@runtime_checkable
class LogBackend(Protocol):
    """A log store that can be searched."""

    log_source: str
    """What people call it: a folder, an index. Locators carry it."""

    def search(self, query: LogQuery) -> LogPage:
        """The newest lines that match."""


def level_of(word: str) -> str:
    """The level that `word` means, '' when it means none."""
    low = word.strip().lower()
    return low if low in LEVELS else _SAME.get(low, "")


def wanted_level(word: str) -> str:
    """The level a query names.

    Raises:
        UnknownName: when there is no such level.
    """
    if word and not level_of(word):
        raise UnknownName("log level", word, (*LEVELS, *_SAME))
    return level_of(word)
