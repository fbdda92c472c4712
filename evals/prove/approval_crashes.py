"""kill -9 at every point of an approved change's execution, of the executor and of PostgreSQL, before a real API server.

    python -m interlock.evals.prove.approval_crashes [--each 25] [--seed 1]

Shows that a change is made once or not at all, is on record before it is sent, and that what died is told as it is. The
last line is `RESULT {json}`. The trials are those of `tests/crash/approvals`; this counts them by the dozen.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import click

from interlock.evals.bench.report import Figure, report

TESTS = Path(__file__).resolve().parents[2] / "tests"
FAULTS: Mapping[str, str] = {
    "twice": "made or claimed twice",
    "unrecorded": "made without a record",
    "unsettled": "left unsettled",
    "wrong": "told otherwise than it is",
    "record": "broken records",
    "words": "endings untold or doubled",
}
STORES = ("sqlite", "postgresql")


class Told(Protocol):
    """What one trial came to."""

    spot: str
    action: str
    died: bool
    left: str
    state: str
    writes: int
    by_a_person: bool
    faults: Sequence[tuple[str, str]]


class Lane(Protocol):
    """The module of the trials."""

    BY_VICTIM: Mapping[str, Sequence[str]]

    def bench(self, cluster: object, server: object | None) -> AbstractContextManager[object]:
        """A store before a scene of its own."""

    def deaths(self, held: object, point: str, victim: str, many: int, rng: random.Random) -> Iterator[Told]:
        """Trials until something died in `many` of them."""


@dataclass
class Seen:
    """Every trial of a run."""

    deaths: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    """Of the trials, those that left an outcome unknown or a claim behind."""
    by_people: int = 0
    writes: int = 0
    trials: int = 0

    def add(self, where: tuple[str, str, str], told: Told) -> None:
        """Count a trial."""
        self.trials += 1
        self.deaths[where] += told.died
        self.faults.update({kind for kind, _ in told.faults})
        self.ends[told.state] += 1
        self.lost += told.left in ("CLAIMED", "OUTCOME_UNKNOWN")
        self.by_people += told.by_a_person
        self.writes += told.writes
        for kind, text in told.faults:
            click.echo(f"FAULT {'/'.join(where)} {told.action} {told.spot}: {kind}: {text}", err=True)


@dataclass(frozen=True)
class Choice:
    """What is to be proved: how often at each point, who dies, over which stores, at which points ((): at all)."""

    each: int
    seed: int
    victims: Sequence[str]
    stores: Sequence[str]
    points: Sequence[str] = ()

    def ways(self, lane: Lane, store: str) -> list[tuple[str, str]]:
        """Who dies where."""
        return [
            (victim, point)
            for victim in self.victims
            for point in lane.BY_VICTIM[victim]
            if (victim == "executor" or store == "postgresql") and (point in self.points or not self.points)
        ]


def prove(lane: Lane, chosen: Choice) -> Seen:
    """Kill so many times at each point; what came of it."""
    seen, rng = Seen(), random.Random(chosen.seed)
    with _cluster() as cluster, _postgres() as server:
        for store in chosen.stores:
            with lane.bench(cluster, server if store == "postgresql" else None) as held:
                for victim, point in chosen.ways(lane, store):
                    began = time.monotonic()
                    for told in lane.deaths(held, point, victim, chosen.each, rng):
                        seen.add((store, victim, point), told)
                    took, died = time.monotonic() - began, seen.deaths[store, victim, point]
                    click.echo(f"{store} {victim} {point}: {died} deaths, {took:.0f} s", err=True)
    return seen


def figures(seen: Seen, each: int) -> list[Figure]:
    """What is held against what was to be shown."""
    ends = ", ".join(f"{count} {state}" for state, count in sorted(seen.ends.items()))
    peer = (
        f"{seen.trials} changes, {sum(seen.deaths.values())} deaths, {seen.lost} left claimed or unknown, "
        f"{seen.by_people} of them settled by a person (deleted pods carry no stamp), "
        f"{seen.writes} writes at the server; {ends}"
    )
    found = [
        Figure(f"{store}: {victim}, {point}", count, "deaths", f">={each}", peer, count >= each)
        for (store, victim, point), count in seen.deaths.items()
    ]
    for kind, name in FAULTS.items():
        count = seen.faults[kind]
        found.append(Figure(name, count, "changes", "0", peer, count == 0))
    return found


@contextmanager
def _cluster() -> Iterator[object]:
    yield from importlib.import_module("cluster.plugin").own_cluster()


@contextmanager
def _postgres() -> Iterator[object]:
    postgres = importlib.import_module("database.postgres")
    with (
        tempfile.TemporaryDirectory(prefix="interlock-pg-", ignore_cleanup_errors=True) as folder,
        postgres.running(Path(folder)) as server,
    ):
        yield server


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove it; 0 when it holds."""
    parser = argparse.ArgumentParser(description="kill -9 while approved changes are made")
    parser.add_argument("--each", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--victim", action="append", choices=["executor", "postgres"])
    parser.add_argument("--point", action="append", help="only this one of the points")
    parser.add_argument("--store", action="append", choices=STORES)
    said = parser.parse_args(arguments)
    sys.path.append(str(TESTS))
    lane = cast("Lane", importlib.import_module("crash.approvals.lane"))
    victims = said.victim or list(lane.BY_VICTIM)
    chosen = Choice(said.each, said.seed, victims, said.store or STORES, said.point or ())
    seen = prove(lane, chosen)
    found = figures(seen, said.each)
    report("python -m interlock.evals.prove.approval_crashes", found)
    return 0 if all(figure.holds for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
