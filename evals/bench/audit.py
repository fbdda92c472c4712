"""What the record costs: appending on both databases with one and four writers, and verifying a long chain.

A long chain is filled by our own link function in large transactions, since appending a million one by one would
measure the disk's fsync for an hour; appends are measured one by one. The peer is SQLite's or PostgreSQL's own bare
INSERT of the same bytes, one transaction each, in the same run. `--start-postgres` starts a server of the run's own.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import click
from pydantic import JsonValue
from sqlalchemy import insert, text

from interlock.core.audit import GENESIS, AuditLog, link
from interlock.core.audit.chain import content_of
from interlock.core.clock import SystemClock
from interlock.core.store import Store, open_store
from interlock.core.store.tables import audit
from interlock.evals.bench.report import Figure, report

_PAGE = 20_000
BODY: dict[str, JsonValue] = {
    "principal": "oidc:somebody@example.com",
    "conversation": "cv_0123456789abcdef",
    "tool": "kubernetes_get",
    "args": {"kind": "deployments", "name": "checkout-api", "namespace": "shop"},
    "evidence": "ev_0123456789abcdef",
    "sha256": "0" * 64,
}


@click.command()
@click.option("--records", default=1_000_000, show_default=True, help="Length of the chain to verify.")
@click.option("--appends", default=1_000, show_default=True, help="Appends a writer.")
@click.option("--postgres", metavar="URL", help="An empty PostgreSQL database.")
@click.option(
    "--start-postgres", is_flag=True, help="Start a PostgreSQL for this run (a checkout's tests know how)."
)
def main(records: int, appends: int, postgres: str | None, start_postgres: bool) -> None:
    """Measure and report."""
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        _postgres(Path(folder)) if start_postgres else nullcontext(postgres) as server,
    ):
        urls = {"sqlite": f"sqlite:///{Path(folder) / 'own.db'}"} | ({"postgresql": server} if server else {})
        for name, url in urls.items():
            store = open_store(url)
            figures += _appending(name, store, url, appends)
            figures.append(_verifying(name, store, records))
            store.close()
    started = " --start-postgres" if start_postgres else ""
    report(f"python -m interlock.evals.bench.audit --records {records} --appends {appends}{started}", figures)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """The URL of a server that runs until the block ends; the programs are Debian's `postgresql`."""
    driver = Path(__file__).resolve().parents[2] / "tests" / "database" / "postgres.py"
    spec = spec_from_file_location("postgres_driver", driver)
    if spec is None or spec.loader is None or not driver.is_file():
        raise click.ClickException("--start-postgres needs a checkout; name a server with --postgres URL")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    with module.running(folder) as server:
        yield server.url()


def _appending(name: str, store: Store, url: str, count: int) -> list[Figure]:
    log = AuditLog(store, SystemClock())
    bare = _percentiles(_times(lambda: _bare(store), count // 4))
    with store.write() as connection:
        connection.execute(text("DROP TABLE bare"))
    peer = f"{name}: one bare INSERT a transaction, p50 {bare[0]:.2f} ms, p99 {bare[1]:.2f} ms"
    alone = _percentiles(_times(lambda: log.append("tool.intent", BODY), count))
    stores = [open_store(url) for _ in range(4)]
    started = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        runs = pool.map(
            lambda s: _times(lambda: AuditLog(s, SystemClock()).append("tool.intent", BODY), count), stores
        )
        four = _percentiles([taken for run in runs for taken in run])
    rate = 4 * count / (time.perf_counter() - started)
    for opened in stores:
        opened.close()
    return [
        Figure(f"{name}_append_p50", alone[0], "ms", "none", peer, holds=True),
        Figure(f"{name}_append_p99", alone[1], "ms", "none", peer, holds=True),
        Figure(f"{name}_append_x_bare", alone[0] / bare[0], "x bare INSERT", "none", peer, holds=True),
        Figure(f"{name}_4_writers_p50", four[0], "ms", "none", peer, holds=True),
        Figure(f"{name}_4_writers_p99", four[1], "ms", "none", peer, holds=True),
        Figure(f"{name}_4_writers_rate", rate, "records/s", "none", peer, holds=True),
    ]


def _verifying(name: str, store: Store, records: int) -> Figure:
    _fill(store, records)
    log = AuditLog(store, SystemClock())
    started, cpu = time.perf_counter(), time.process_time()
    found = log.verify()
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    if not found.intact:
        raise SystemExit(f"the filled chain does not verify: {found.problem}")
    return Figure(
        f"{name}_verify",
        found.records / wall,
        "records/s",
        "none",
        f"{name}: {found.records} records in {wall:.1f} s wall, {used:.1f} CPU-s",
        holds=True,
    )


def _fill(store: Store, records: int) -> None:
    tail = AuditLog(store, SystemClock()).tail(1)
    seq, previous = (tail[0].seq, tail[0].hash) if tail else (0, GENESIS)
    assert _content(1, "now") == content_of(1, "now", "tool.intent", {**BODY, "n": 1})
    while seq < records:
        rows = []
        for _ in range(min(_PAGE, records - seq)):
            seq += 1
            at = SystemClock().now().isoformat()
            content = _content(seq, at)
            digest = link(previous, content)
            rows.append(
                {
                    "seq": seq,
                    "at": at,
                    "kind": "tool.intent",
                    "body": content,
                    "previous": previous,
                    "hash": digest,
                }
            )
            previous = digest
        with store.write() as connection:
            connection.execute(insert(audit), rows)


def _content(seq: int, at: str) -> bytes:
    """What `content_of` gives for these plain words, a tenth as dear: filling is not what is measured."""
    said = {"seq": seq, "at": at, "kind": "tool.intent", "body": {**BODY, "n": seq}}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _bare(store: Store) -> None:
    content = content_of(1, "now", "tool.intent", BODY)
    with store.write() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bare (body TEXT)"))
        connection.execute(text("INSERT INTO bare VALUES (:body)"), {"body": content.decode()})


def _times(act: Callable[[], object], count: int) -> list[float]:
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        act()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def _percentiles(taken: list[float]) -> tuple[float, float]:
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


if __name__ == "__main__":
    main()
