"""Looks at tests while nothing is broken: what each takes, and which functions of a module it calls."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from interlock.evals.prove.mutation.trial import forked, ran

if TYPE_CHECKING:
    import pytest

# A run takes no longer than the tests did, times this: then it is not going to end.
_PATIENCE, _AT_LEAST = 5, 10.0


@dataclass(frozen=True)
class Watched:
    """What the tests did while nothing was broken: how long each took, which functions of the module it called."""

    seconds: Mapping[str, float] = field(default_factory=dict)
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    failed: tuple[str, ...] = ()

    def reaching(self, functions: Collection[str]) -> list[str]:
        """The tests that call one of these functions, the quickest first."""
        return self.quickest(name for name, called in self.calls.items() if called & {*functions})

    def quickest(self, tests: Iterable[str]) -> list[str]:
        """Tests by the time that they take."""
        return sorted(tests, key=lambda name: self.seconds.get(name, 0.0))

    def patience(self, tests: Collection[str]) -> float:
        """How many seconds of the processor these may take before they count as never ending."""
        return _AT_LEAST + _PATIENCE * sum(self.seconds.get(name, 0.0) for name in tests)


def watched(session: pytest.Session, file: Path, seconds: float) -> Watched:
    """Run what is collected, in a process of its own, and look at what it does."""
    ours, theirs = os.pipe()
    child = forked(seconds, lambda: _watching(session, file, theirs))
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    if not said:
        return Watched(failed=("they do not end",))
    kept = json.loads(said)
    calls = {name: frozenset(called) for name, called in kept["calls"].items()}
    return Watched(kept["seconds"], calls, tuple(kept["failed"]))


def _watching(session: pytest.Session, file: Path, to: int) -> int:
    watch = _Watch(str(file))
    session.config.pluginmanager.register(watch)
    code = ran(session)
    with os.fdopen(to, "w", encoding="utf-8") as pipe:
        json.dump({"seconds": watch.seconds, "calls": watch.calls, "failed": watch.failed}, pipe)
    return code


class _Watch:
    """A plugin of pytest that keeps what each test took and called."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, list[str]] = {}
        self.failed: list[str] = []

    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        called: set[str] = set()

        def trace(frame: FrameType, event: str, arg: object) -> None:
            if frame.f_code.co_filename == self._file:
                called.add(frame.f_code.co_qualname.partition(".<locals>")[0])

        self._item, self._called, self._began = item.nodeid, called, time.process_time()
        threading.settrace(trace)
        sys.settrace(trace)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        sys.settrace(None)
        threading.settrace(None)
        self.seconds[nodeid] = time.process_time() - self._began
        self.calls[nodeid] = sorted(self._called)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
