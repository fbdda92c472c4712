"""Tells a night that was acted out in a minute at the pace of a night.

The API server stamps objects with the real time. `Timeline` notes when each act began, really and in the story;
`told` moves every timestamp of the real act to its place in the story, in order, and leaves all others alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from interlock.core.clock import Clock, parse_time

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
PROLOGUE = timedelta(minutes=10)


@dataclass(frozen=True)
class Act:
    """When a part of the story began: on the machine's clock and in the story."""

    real: datetime
    story: datetime


@dataclass
class Timeline:
    """The acts so far. `clock` is the machine's, and `sleep` waits by it."""

    clock: Clock
    sleep: Callable[[float], None]
    acts: list[Act] = field(default_factory=list)

    def begin(self, story: datetime) -> datetime:
        """Begin the next act, at `story`; what follows is told from there on."""
        if not self.acts:
            start = self.clock.now().replace(microsecond=0)
            self.acts.append(Act(start - PROLOGUE, story - PROLOGUE))  # the cluster's own start
        # Most timestamps are whole seconds: two acts must not share one.
        second = self.clock.now().replace(microsecond=0) + timedelta(seconds=1)
        self.sleep((second - self.clock.now()).total_seconds())
        self.acts.append(Act(second, story))
        return story

    def told(self, document: JsonValue) -> JsonValue:
        """The document with its real timestamps moved into the story."""
        if isinstance(document, dict):
            return {key: self.told(value) for key, value in document.items()}
        if isinstance(document, list):
            return [self.told(value) for value in document]
        if isinstance(document, str) and _STAMP.fullmatch(document):
            return self._moved(document)
        return document

    def _moved(self, text: str) -> str:
        at = parse_time(text)
        index = bisect_right([act.real for act in self.acts], at) - 1
        if index < 0:  # before the first act: a time of the story, written by an actor
            return text
        act = self.acts[index]
        moved = act.story + (at - act.real)
        if index + 1 < len(self.acts):
            moved = min(moved, self.acts[index + 1].story - timedelta(seconds=1))
        shape = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ"
        return moved.astimezone(UTC).strftime(shape)
