"""The Inspector's command line and clients of two older SDKs, each in its own environment, over stdio and HTTP.

`python tests/mcp/proofs/prove.py`. Against `interlock mcp` and `interlock serve` on the demo recording, changes switched on.
The last line is `RESULT {json}`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from proofs.inspector import inspect, load  # noqa: E402  the path is set above

from interlock.evals.bench.report import Figure, report  # noqa: E402

INTERLOCK = str(Path(sys.executable).with_name("interlock"))
CLIENTS = {"mcp 1.12.4": ("mcp==1.12.4", "pydantic<2.12"), "mcp 1.30.0": ("mcp==1.30.0",)}
SETTINGS = (
    "mcp: {calls_per_minute: 100000, toolsets: [default, logs]}\napprovals: {enabled: true, solo: true}\n"
)
PLACES = {
    "INTERLOCK_CONFIG": "interlock.yaml",
    "INTERLOCK_STATE_DIR": "state",
    "INTERLOCK_CACHE_DIR": "cache",
}
REQUESTS, AT_ONCE = 400, 8
Row = tuple[str, bool, str]


def environment_of(client: str) -> Path:
    """The Python of a virtual environment that holds this client and nothing of ours; made where it is not there."""
    home = Path(sys.prefix) / "peers" / client.replace(" ", "-")
    python = home / "bin" / "python"
    if not (home / "done").exists():
        click.echo(f"making the environment of {client}", err=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *CLIENTS[client]], check=True)
        (home / "done").touch()
    return python


def started_by_clients(home: Path) -> Path:
    """What a client starts: clients hand on little of their environment, so the command sets its own."""
    command = home / "interlock-mcp"
    places = "".join(f"export {name}={home / folder}\n" for name, folder in PLACES.items())
    command.write_text(f"#!/bin/sh\n{places}exec {INTERLOCK} mcp --replay demo\n")
    command.chmod(0o700)
    return command


@contextmanager
def service(home: Path) -> Iterator[str]:
    """`interlock serve` on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [INTERLOCK, "serve", "--replay", "demo", "--port", str(port)]
    places = {name: str(home / folder) for name, folder in PLACES.items()}
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **places}
        )
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(30)


def client_rows(client: str, transport: str, where: Sequence[str]) -> list[Row]:
    """The steps of one client."""
    argv = [str(environment_of(client)), str(HERE / "client_v1.py"), transport, *where]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"step"')]
    rows = [(str(one["step"]), bool(one["ok"]), str(one["said"])) for one in said]
    ended = "the client ended well"
    return [*rows, (ended, done.returncode == 0, done.stderr[-300:] if done.returncode else "")]


def show(title: str, rows: Sequence[Row]) -> tuple[int, int]:
    """Print them; how many went well, of how many."""
    good = sum(ok for _, ok, _ in rows)
    click.echo(f"\n{title}: {good} of {len(rows)}")
    for what, ok, said in rows:
        click.echo(f"  {'ok  ' if ok else 'FAIL'} {what}" + (f" ({said})" if said else ""))
    return good, len(rows)


def measured(title: str, found: dict[str, object]) -> Figure:
    """One load run."""
    latency = found["latencyMs"]
    assert isinstance(latency, dict)
    said = (
        f"{title}: {found['ok']} of {found['requests']} ok, {found['throughput']} a second, "
        f"p50 {latency['p50']} ms, p90 {latency['p90']} ms, p99 {latency['p99']} ms"
    )
    click.echo(f"  {said}")
    errors = float(str(found["errors"])) + float(str(found["toolErrors"]))
    return Figure(f"load_{title}_errors", errors, "errors", "0", said, errors == 0)


def main() -> None:
    """Run everything."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="interlock-prove-mcp-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "interlock.yaml").write_text(SETTINGS)
        stdio = [str(started_by_clients(home))]
        with service(home) as url:
            for transport, where in (("stdio", stdio), ("http", [url])):
                for client in CLIENTS:
                    rows = client_rows(client, transport, where)
                    figures.append(_all_good(f"{client} {transport}", rows))
                figures.append(_all_good(f"inspector {transport}", list(inspect(where, transport))))
            click.echo(f"\nload: kubernetes_list, {REQUESTS} calls, {AT_ONCE} at once")
            for transport, where in (("stdio", stdio), ("http", [url])):
                figures.append(
                    measured(transport, load(where, transport, requests=REQUESTS, at_once=AT_ONCE))
                )
    click.echo()
    report("make prove-mcp", figures)
    sys.exit(0 if all(figure.holds for figure in figures) else 1)


def _all_good(title: str, rows: Sequence[Row]) -> Figure:
    good, of = show(title, rows)
    return Figure(title.replace(" ", "_"), good, "steps", f"{of}", "none", good == of)


if __name__ == "__main__":
    main()
