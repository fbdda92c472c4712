"""What the gate costs beside the call to the cluster: request and preview, one decision, claim with intent and record.

The real desk, office and executor on both stores, before a cluster in memory whose calls are timed and taken off. The
peer of each figure is the store's own bare durable transaction, measured between the changes of the same run: wall time on
a machine that others use says little, how many such transactions a part costs says more.
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
TRANSACTIONS = {"request": 2, "decision": 1, "execution": 3}
"""Durable ones that each part makes: request and proposal; decision; claim, intent and outcome."""
TARGETS = {"request": 250.0, "decision": 100.0, "execution": 250.0}
"""Milliseconds at the 99th percentile: what people wait for at a page."""
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
        target = TARGETS[part]
        label = f"{name}_{part}"
        figures += [
            Figure(f"{label}_p50", half, "ms", "none", peer, holds=True),
            Figure(f"{label}_p99", most, "ms", f"<{target:.0f}", peer, holds=most < target),
            Figure(f"{label}_x_bare", half / median, "x bare, p50", "none", peer, holds=True),
            Figure(f"{label}_cpu", statistics.median(cpu[part]), "ms CPU, p50", "none", peer, holds=True),
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
