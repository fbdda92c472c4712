"""The stage that `evals/bench/approvals.py` measures: the gate, with the time that its cluster takes counted apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gate.board import DryRuns, Writes
from gate.world import HEADER, World

from interlock.approvals.changes import Change
from interlock.approvals.doors import Door
from interlock.approvals.sight import Sight
from interlock.core.store import Store


class Timed:
    """Anything of the cluster; the seconds spent in it are added up."""

    def __init__(self, of: Any, spent: Callable[[float], None]) -> None:
        self._of, self._spent = of, spent

    def __getattr__(self, name: str) -> Any:
        held = getattr(self._of, name)
        if not callable(held):
            return held

        def call(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return held(*given, **named)
            finally:
                self._spent(time.perf_counter() - started)

        return call


class Bench(World):
    """A change a time: asked for, decided, made."""

    cluster_seconds = 0.0

    def open(self, cluster: str) -> Door:
        timed: Any = Timed(self.board, self._spent)
        runs: Any = Timed(DryRuns(self.board), self._spent)
        return Door(Sight(self.clock, self.around, timed), self.rights, runs)

    def written_by(self) -> Any:
        """What the executor writes through."""
        return Timed(Writes(self.board), self._spent)

    def part(self, number: int) -> tuple[Callable[[], object], ...]:
        """Request with preview; decision; execution, of change `number`."""
        self.clock.pass_by(hours=2)  # no cap holds anything up
        made: list[Change] = []
        return (
            lambda: made.append(self.scale("ana", replicas=4 + number % 2)),
            lambda: self.say("ben", made[0]),
            lambda: self._made(made[0]),
        )

    def _made(self, change: Change) -> None:
        state = self.executor.run(change.id)
        assert state == "SUCCEEDED", state

    def _spent(self, seconds: float) -> None:
        self.cluster_seconds += seconds


def world_for_bench(store: Store, folder: Path) -> Bench:
    """The stage with its workload."""
    made = Bench(store, folder, header=HEADER)
    made.executor._made = lambda _: made.written_by()
    made.board.workload()
    return made
