"""The gate against everything that can happen to it, in any order: 57,000 steps on each store, and seeded faults.

    python -m interlock.evals.prove.approvals [--steps 57000] [--store sqlite] [--bugs-only | --no-bugs]

The machine lies with the tests (tests/gate/machine*.py), its faults in tests/gate/bugs.py: this needs a checkout. Shows
that no invariant breaks, that each transition was passed often enough, and that each seeded fault is found. The last line
is `RESULT {json}`.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

import click

from interlock.approvals.states import TRANSITIONS
from interlock.evals.bench.report import Figure, report

STORES = ("sqlite", "postgresql")
VISITS = 100
Server = tuple[int, str, str] | None
TESTS = Path(__file__).resolve().parents[2] / "tests"


@click.command()
@click.option(
    "--steps", default=57_000, show_default=True, help="Steps a store; each transition wants its hundred."
)
@click.option("--store", "stores", multiple=True, type=click.Choice(STORES), help="One store alone.")
@click.option("--number", default=1, show_default=True, help="The first seed.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option(
    "--minutes",
    default=600.0,
    show_default=True,
    help="Stop a store after so long, whatever is shown by then.",
)
@click.option("--bugs/--no-bugs", default=True, help="Let the machine look for the seeded faults.")
def main(steps: int, stores: Sequence[str], number: int, workers: int, minutes: float, bugs: bool) -> None:
    """Prove, and report."""
    figures: list[Figure] = []
    for store in stores or STORES:
        if steps:
            figures += _proved(store, steps, number, workers, minutes)
    if bugs:
        figures += _found(number, workers)
    said = "".join(f" --store {store}" for store in stores) + ("" if bugs else " --no-bugs")
    report(f"python -m interlock.evals.prove.approvals --steps {steps} --number {number}{said}", figures)
    sys.exit(0 if all(figure.holds for figure in figures) else 1)


def _proved(store: str, steps: int, number: int, workers: int, minutes: float) -> list[Figure]:
    started, total, broken = time.perf_counter(), Counter[str](), list[str]()
    with _pool(workers) as pool, _served(store) as server:
        share = -(-steps // workers)
        until = time.time() + minutes * 60
        runs = [
            pool.submit(_share, store, server, share, number + 1000 * each, until) for each in range(workers)
        ]
        for run in as_completed(runs):
            tally, problem = run.result()
            total.update(tally)
            broken += [problem] if problem else []
    for problem in broken:
        click.echo(f"{store}: {problem}")
    visits = {f"{a} {event} {b}": total[f"{a} {event} {b}"] for (a, event), b in TRANSITIONS.items()}
    for name, times in {**visits, **{k: v for k, v in sorted(total.items()) if k not in visits}}.items():
        click.echo(f"{store:10} {times:8} {name}")
    least = min(visits, key=lambda name: visits[name])
    peer = (
        f"{store}: {total['steps']} steps in {time.perf_counter() - started:.0f} s,"
        f" {total['claims']} claims, {total['sent']} requests sent, {total['twist die']} deaths,"
        f" {sum(v for k, v in total.items() if k.startswith('forged'))} forgeries, seeds from {number}"
    )
    return [
        Figure(f"{store}_steps", total["steps"], "steps", f">={steps}", peer, total["steps"] >= steps),
        Figure(f"{store}_violations", len(broken), "violations", "0", peer, not broken),
        Figure(
            f"{store}_least_visits", visits[least], f"x {least}", f">={VISITS}", peer, visits[least] >= VISITS
        ),
    ]


def _found(number: int, workers: int) -> list[Figure]:
    names = _machinery().BUGS
    with _pool(workers) as pool:
        seen = dict(zip(names, pool.map(_hunted, names, [number] * len(names)), strict=True))
    for name, (steps, what) in seen.items():
        told = f"after {steps:5} steps: {what}" if what else f"NOT FOUND in {steps} steps"
        click.echo(f"{name:14} {names[name][0]:75} {told}")
    count = sum(bool(what) for _, what in seen.values())
    peer = f"{len(names)} seeded faults, each alone, on sqlite, seeds from {number}"
    return [Figure("faults_found", count, "faults", f"{len(names)}", peer, count == len(names) >= 10)]


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def _served(store: str) -> Iterator[Server]:
    """A PostgreSQL of this run's own; None for SQLite."""
    if store == "sqlite":
        yield None
        return
    _machinery()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True, dir=_fast()) as folder,
        import_module("database.postgres").running(Path(folder)) as server,
    ):
        yield server.port, str(server.data), str(server.bin)


def _share(store: str, server: Server, steps: int, number: int, until: float) -> tuple[Counter[str], str]:
    """One process's share; what happened, and the first invariant that broke."""
    machinery = _machinery()
    gc.freeze()
    gc.set_threshold(50_000)
    latest: Counter[str] = Counter()

    def told(tally: Counter[str]) -> None:
        latest.clear()
        latest.update(tally)
        click.echo(f"{store} {number}: {tally['steps']} steps", err=True)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True, dir=_fast()) as folder:
        opener = machinery.opener(server, Path(folder))
        try:
            return machinery.prove(opener, steps=steps, number=number, told=told, until=until), ""
        except AssertionError as error:
            click.echo(f"{store} {number}: {error}", err=True)
            return latest, f"{type(error).__name__}: {error}"


def _hunted(name: str, number: int) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True, dir=_fast()) as folder:
        steps, what = _machinery().found(name, Path(folder), number=number)
        click.echo(f"{name}: {steps} steps, {what or 'not found'}", err=True)
        return steps, what


def _fast() -> str | None:
    """Memory in place of the disk: processes die here, machines do not."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _machinery() -> ModuleType:
    """The machine of the tests."""
    if not (TESTS / "gate").is_dir():
        raise click.ClickException("this proof needs a checkout")
    if str(TESTS) not in sys.path:
        sys.path.append(str(TESTS))
    return import_module("gate.machine_runs")


if __name__ == "__main__":
    main()
