"""A folder of log files as a log store: `*.jsonl` as records, `*.log` as plain lines.

Threat: files from a stranger: gigabytes, one endless line, links out of the folder, pipes. Mechanism: read line by line
with a bound on a line and on a search, only regular files opened without following links. Guarantee: memory does not
grow with the files, only with the lines asked for; what was not read is said.
"""

from __future__ import annotations

import heapq
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

from interlock.core.errors import BadInput
from interlock.core.identity import Principal
from interlock.core.policy import Ask, Policy
from interlock.tools.kubernetes.keyframe import KeyFrame
from interlock.tools.logs.backend import LogLine, LogPage, LogQuery
from interlock.tools.logs.lines import json_line, plain_line
from interlock.tools.logs.match import matches, namespaces_of

LINE_BYTES = 1_000_000
SEARCH_BYTES = 2_000_000_000
SUFFIXES = frozenset({".jsonl", ".ndjson", ".log"})
MaySee = Callable[[str], bool]
_Kept = tuple[float, int, LogLine]


class JsonLinesLogs:
    """The log files of one folder."""

    def __init__(self, folder: Path, may_see: MaySee | None = None) -> None:
        """Nothing is read yet.

        Args:
            folder: where the files are.
            may_see: whether lines of a namespace may be shown; lines that name none then may not.
        """
        if not folder.is_dir():
            raise BadInput(f"log folder {str(folder)!r} is not a folder")
        self.log_source = str(folder)
        self._folder = folder
        self._may_see = may_see

    def seen_by(self, policy: Policy, principal: Principal) -> JsonLinesLogs:
        """The lines of namespaces that the policy does not keep from this principal."""
        if not policy.by_namespace:
            return self

        def may_see(namespace: str) -> bool:
            ask = Ask("log_search", self._folder.name, kind="LogIndex", namespace=namespace)
            return policy.rule(principal, ask).allowed

        return JsonLinesLogs(self._folder, cache(may_see))

    def search(self, query: LogQuery) -> LogPage:
        """The newest lines that match, oldest of them first."""
        seen = _Seen(query, self._may_see)
        for path in sorted(self._folder.iterdir()):
            if path.suffix in SUFFIXES:
                self._read(path, seen)
        return seen.page()

    def _read(self, path: Path, seen: _Seen) -> None:
        try:
            with _opened(path) as file:
                seen.begin()
                for number, raw in _lines(file, seen):
                    seen.take(_parsed(raw, path.name, number))
        except OSError as error:
            seen.notes.append(f"{path.name} was not read: {error.strerror or error}")


@dataclass
class _Seen:
    """What a search has come to so far; at most `limit` lines are held."""

    query: LogQuery
    may_see: MaySee | None = None
    kept: list[_Kept] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes_read: int = 0
    total: int = 0
    scanned: int = 0
    broken: int = 0
    outside: int = 0
    unplaced: int = 0
    withheld: int = 0
    newest_outside: datetime | None = None
    # A line without a time belongs to the one above it, as the rows of a stack trace do.
    above: datetime | None = None
    frame: KeyFrame = field(default_factory=KeyFrame)

    def begin(self) -> None:
        """A new file: nothing stands above its first line."""
        self.above, self.frame = None, KeyFrame()

    def take(self, line: LogLine | None) -> None:
        """Count a line, and keep it when it matches."""
        self.scanned += 1
        if line is None:
            self.broken += 1
            return
        at = self.above = line.at or self.above
        said = "no" if self.frame.inside(line.message) else matches(line, self.query)
        if said == "no":
            return
        if not self._is_shown(line):
            self.withheld += 1
            return
        if not self._within(at):
            self.outside += 1
            self.newest_outside = max(filter(None, (self.newest_outside, at)), default=None)
        elif said == "unplaced":
            self.unplaced += 1
        else:
            self.total += 1
            self._keep(at, line)

    def page(self) -> LogPage:
        """The answer."""
        return LogPage(
            lines=tuple(line for _, _, line in sorted(self.kept)),
            total=self.total,
            scanned=self.scanned,
            complete=not self.notes,
            broken=self.broken,
            outside=self.outside,
            unplaced=self.unplaced,
            withheld=self.withheld,
            newest_outside=self.newest_outside,
            notes=tuple(self.notes),
        )

    def _is_shown(self, line: LogLine) -> bool:
        if self.may_see is None:
            return True
        named = namespaces_of(line)
        return bool(named) and all(self.may_see(namespace) for namespace in named)

    def _within(self, at: datetime | None) -> bool:
        if at is None:
            return True
        start, end = self.query.start, self.query.end
        return (start is None or at >= start) and (end is None or at <= end)

    def _keep(self, at: datetime | None, line: LogLine) -> None:
        # The running number keeps lines of one instant in their order, and lines themselves from being compared.
        item = (at.timestamp() if at else float("-inf"), self.scanned, line)
        push = heapq.heappush if len(self.kept) < self.query.limit else heapq.heappushpop
        push(self.kept, item)


def _opened(path: Path) -> BinaryIO:
    """A regular file, not through a link and without waiting for a writer (a pipe would block)."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(0, "not a regular file")
    return os.fdopen(file, "rb")


def _lines(file: BinaryIO, seen: _Seen) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; one that is longer than a line may be comes as None."""
    number = 0
    while raw := file.readline(LINE_BYTES):
        number += 1
        whole = raw.endswith(b"\n") or len(raw) < LINE_BYTES
        seen.bytes_read += len(raw)
        while not whole and (rest := file.readline(LINE_BYTES)):
            seen.bytes_read += len(rest)
            whole, raw = rest.endswith(b"\n"), b""
        yield number, raw or None
        if seen.bytes_read > SEARCH_BYTES:
            seen.notes.append(f"the search stopped after {SEARCH_BYTES} bytes")
            return


def _parsed(raw: bytes | None, name: str, number: int) -> LogLine | None:
    if raw is None:
        return None
    text = raw.decode("utf-8", errors="replace").rstrip("\r\n")
    if name.endswith(".log"):
        return plain_line(text, name, number, service=name.removesuffix(".log"))
    return json_line(text, name, number)
