"""Lets the machine run: so many steps, or until it finds a fault."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable
from math import inf
from pathlib import Path

from database.postgres import Postgres
from gate.bugs import BUGS, bug
from gate.machine import machine_on
from gate.machine_stores import Opener, on_postgres, on_sqlite
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import NonInteractiveExampleWarning
from hypothesis.stateful import run_state_machine_as_test

LENGTH = 240
"""Steps of one run on one fresh store."""


def opener(server: tuple[int, str, str] | None, home: Path) -> Opener:
    """Fresh stores on a server (its port, its data, its programs), or in files."""
    if server is None:
        return on_sqlite(home / "runs")
    port, data, programs = server
    return on_postgres(Postgres(port, Path(data), Path(programs)), home / "runs")


def run(opener: Opener, tally: Counter[str], *, number: int, runs: int, length: int = LENGTH) -> None:
    """Some runs of the machine; what happened is counted in `tally`.

    Raises:
        AssertionError: at the first invariant that does not hold.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NonInteractiveExampleWarning)
        run_state_machine_as_test(
            seed(number)(machine_on(opener, tally)),
            settings=settings(
                max_examples=runs,
                stateful_step_count=length,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
                report_multiple_bugs=False,
                print_blob=False,
            ),
        )


def prove(
    opener: Opener,
    *,
    steps: int,
    number: int,
    until: float = inf,
    told: Callable[[Counter[str]], None] = lambda _: None,
) -> Counter[str]:
    """At least so many steps, unless the time is over before."""
    tally: Counter[str] = Counter()
    while tally["steps"] < steps and time.time() < until:
        run(opener, tally, number=number, runs=5)
        number += 1
        told(tally)
    return tally


def found(name: str, home: Path, *, number: int, most: int = 12_000) -> tuple[int, str]:
    """How many steps the machine took to find a fault, and what it saw; '' when it did not."""
    tally: Counter[str] = Counter()
    opener = on_sqlite(home / "runs")
    while tally["steps"] < most:
        try:
            with bug(name):
                run(opener, tally, number=number, runs=5)
        except AssertionError as seen:
            return tally["steps"], str(seen).partition(" (Case")[0]
        number += 1
    return tally["steps"], ""


__all__ = ["BUGS", "found", "opener", "prove", "run"]
