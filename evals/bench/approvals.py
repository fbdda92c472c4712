"""What the gate costs beside the call to the cluster: request and preview, one decision, claim with intent and record.

The real desk, office and executor on both stores, before a cluster in memory whose calls are timed and taken off. The
peer of each figure is the store's own bare durable transaction, measured between the changes of the same run. Wall time on
a machine that others use says little: the targets are on the processor's time, and on the ratio to the bare transaction.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
from sqlalchemy import text

from interlock.core.store import Store, open_store
from interlock.evals.bench.report import Figure, report

TESTS = Path(__file__).resolve().parents[2] / "tests"
PARTS = ("request", "decision", "execution")
"""Request, preview and proposal; one decision; everything checked again, claim, intent, outcome."""
TARGETS = {"request": 50.0, "decision": 40.0, "execution": 80.0}
"""Milliseconds of our processor's time at the median: lost beside what a person takes to read a card."""
RATIOS = {"request": 40.0, "decision": 40.0, "execution": 60.0}
"""Bare transactions at the median: each part makes one to four of its own, and checks a signature or two."""
BODY = "x" * 1_500


@click.command()
@click.option("--changes", default=200, show_default=True, help="Changes a store.")
@click.option("--postgres/--no-postgres", default=True, help="Start a PostgreSQL of this run's own.")
def main(changes: int, postgres: bool) -> None:
    """Measure and report."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        figures += _measured("sqlite", f"sqlite:///{folder / 'own.db'}", folder / "sqlite", changes)
        if postgres:
            with _postgres(folder) as url:
                figures += _measured("postgresql", url, folder / "postgresql", changes)
    more = "" if postgres else " --no-postgres"
    report(f"python -m interlock.evals.bench.approvals --changes {changes}{more}", figures)


def _measured(name: str, url: str, folder: Path, changes: int) -> list[Figure]:
    folder.mkdir()
    store = open_store(url)
    taken, cpu, bare = _changes(store, folder, changes)
    store.close()
    median, worst = _percentiles(bare)
    peer = f"{name}: one bare durable transaction, p50 {median:.2f} ms, p99 {worst:.2f} ms"
    figures = []
    for part in PARTS:
        half, most = _percentiles(taken[part])
        used, used_most = _percentiles(cpu[part])
        ratio, label = half / median, f"{name}_{part}"
        figures += [
            Figure(f"{label}_p50", half, "ms", "none", peer, holds=True),
            Figure(f"{label}_p99", most, "ms", "none", peer, holds=True),
            Figure(
                f"{label}_x_bare", ratio, "x bare, p50", f"<{RATIOS[part]:.0f}", peer, ratio < RATIOS[part]
            ),
            Figure(f"{label}_cpu_p50", used, "ms CPU", f"<{TARGETS[part]:.0f}", peer, used < TARGETS[part]),
            Figure(f"{label}_cpu_p99", used_most, "ms CPU", "none", peer, holds=True),
        ]
    return figures


Times = dict[str, list[float]]


def _changes(store: Store, folder: Path, changes: int) -> tuple[Times, Times, list[float]]:
    """How long each part took without the cluster's own time, its CPU, and the bare transactions between, in ms."""
    world = _tests().world_for_bench(store, folder)
    taken: Times = {part: [] for part in PARTS}
    cpu: Times = {part: [] for part in PARTS}
    bare: list[float] = []
    for number in range(changes + 5):
        made = world.part(number)
        for part, step in zip(PARTS, made, strict=True):
            before, used, started = world.cluster_seconds, time.process_time(), time.perf_counter()
            step()
            spent = time.perf_counter() - started - (world.cluster_seconds - before)
            if number >= 5:  # the first ones import and compile
                taken[part].append(spent * 1000)
                cpu[part].append((time.process_time() - used) * 1000)
        bare.append(_timed(lambda: _bare(store)))
    with store.write() as connection:
        connection.execute(text("DROP TABLE bare"))
    return taken, cpu, bare[5:]


def _bare(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bare (body TEXT)"))
        connection.execute(text("INSERT INTO bare VALUES (:body)"), {"body": BODY})


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _percentiles(taken: list[float]) -> tuple[float, float]:
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """The URL of a server that runs until the block ends."""
    _tests()
    with import_module("database.postgres").running(folder) as server:
        yield server.url()


def _tests() -> ModuleType:
    """The stage of the tests: real parts before a cluster in memory."""
    if not (TESTS / "gate").is_dir():
        raise click.ClickException("this measures with the stage of the tests: it needs a checkout")
    if str(TESTS) not in sys.path:
        sys.path.append(str(TESTS))
    return import_module("gate.machine_bench")


if __name__ == "__main__":
    main()
