"""MCP beside two other servers, on one real API server with 1,000 pods: bytes, time, and what the answers contain.

`python -m interlock.evals.bench.mcp`. Each server is started on standard input and output with the same kubeconfig and
asked the same four things, in turns, by a client that only counts. Targets are those of issue 7; where we lose, it says so.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from interlock.core.process import run
from interlock.evals.bench.cluster import control_plane, fill
from interlock.evals.bench.crowd import BROKEN, HOME, Crowd, pod_name, state_of
from interlock.evals.bench.mcp_servers import (
    Scene,
    Server,
    facts,
    go_server,
    kubectl_server,
    ours,
)
from interlock.evals.bench.mcp_wire import Answer, Wire, started
from interlock.evals.bench.node import install
from interlock.evals.bench.report import Figure, report

LOCKED = Path(__file__).resolve().parents[2] / "tests" / "mcp" / "proofs" / "npm" / "peer"
GO = "kubernetes-mcp-server-linux-amd64"
KUBECTL = "kubectl-mcp-server==2.0.0"
ROUNDS = 30
STARTS = 5
TASKS = {
    "pods": "pods of a namespace",
    "pod": "one pod",
    "logs": "200 log lines",
    "wrong": "what is wrong with this deployment",
}
CROWD = Crowd(pods=1000, nodes=100, deployments=50)


@dataclass
class Seen:
    """What was measured of one server."""

    server: Server
    starts: list[float] = field(default_factory=list)
    list_bytes: int = 0
    tools: int = 0
    read_only_bytes: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    answers: dict[str, Sequence[Answer]] = field(default_factory=dict)

    def median(self, task: str) -> float:
        """Milliseconds of a task, all its calls."""
        return statistics.median(self.seconds[task]) * 1000

    def bytes(self, task: str) -> int:
        """What crossed the wire for a task."""
        return sum(answer.bytes for answer in self.answers[task])

    def shown(self, task: str) -> int:
        """What a model is shown of a task."""
        return sum(answer.shown for answer in self.answers[task])

    def text(self, task: str) -> str:
        """What a model reads of a task."""
        return "\n".join(answer.text for answer in self.answers[task])


def scene(root: Path) -> tuple[Scene, int]:
    """The names of what is asked about, and how many pods of the Deployment are broken; writes the logs."""
    n = next(n for n, _, name in CROWD.names() if name == BROKEN)
    numbers = range(n * CROWD.each, (n + 1) * CROWD.each)
    broken = [pod_name(BROKEN, i) for i in numbers if state_of(i, BROKEN) == "crashing"]
    for name in broken:
        _write_logs(root / "podlogs" / HOME / name)
    return Scene(broken[0], (f"{BROKEN}-6c4ab5d9c1", f"{BROKEN}-6c4ab5d9c2")), len(broken)


def _write_logs(folder: Path) -> None:
    """400 lines of everyday length, three of them with a secret; and the last words of the container before."""
    folder.mkdir(parents=True, exist_ok=True)
    began = datetime.now(UTC) - timedelta(minutes=20)
    secrets = {
        250: "Authorization: Bearer abcdefghijklmnop.qrstuvwxyz0123456789",
        300: "aws_access_key_id=AKIAQ3EGVTUPZ4XAMPLE",
        350: "connecting with password=hunter2-and-more",
    }
    lines = [
        f"{_stamp(began + timedelta(seconds=n))} INFO request {n} served in {n % 40} ms for tenant {n % 17}"
        + (f" {secrets[n]}" if n in secrets else "")
        for n in range(400)
    ]
    (folder / "app.log").write_text("\n".join(lines) + "\n")
    last = f"{_stamp(began)} FATAL cannot allocate 4194304 bytes: heap is full"
    (folder / "app.previous.log").write_text("\n".join([*lines[:15], last]) + "\n")


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def servers() -> list[Server]:
    """Ours and the peers, which are installed where they are not."""
    home = Path(sys.prefix) / "peers" / KUBECTL.replace("==", "-")
    program = home / "bin" / "kubectl-mcp"
    if not program.exists():
        click.echo(f"installing {KUBECTL} into {home}", err=True)
        run([sys.executable, "-m", "venv", str(home)], seconds=120)
        network = {
            k: v for k, v in os.environ.items() if k.startswith("PIP_") or k.lower().endswith("_proxy")
        }
        done = run([str(home / "bin" / "pip"), "install", "-q", KUBECTL], environment=network, seconds=600)
        if done.code:
            raise SystemExit(done.err.decode()[-800:])
    return [ours(), go_server(install(LOCKED) / GO / "bin" / GO), kubectl_server(program)]


def measure(root: Path, spot: Scene, rounds: int) -> list[Seen]:
    """Start each several times, then ask all of them in turns."""
    seen = [Seen(server) for server in servers()]
    environments = [_environment(root, one.server) for one in seen]
    for one, environment in zip(seen, environments, strict=True):
        _starts(one, environment, root)
    with ExitStack() as running:
        wires = [
            running.enter_context(started(one.server.argv, environment, root / f"{one.server.name}.log"))[0]
            for one, environment in zip(seen, environments, strict=True)
        ]
        for turn in range(-1, rounds):
            for task, (one, wire) in itertools.product(TASKS, zip(seen, wires, strict=True)):
                _ask(one, wire, task, spot, warm=turn >= 0)
    return seen


def _environment(root: Path, server: Server) -> Mapping[str, str]:
    home = root / "homes" / server.name
    home.mkdir(parents=True, exist_ok=True)
    return {
        "HOME": str(home),
        "KUBECONFIG": str(root / "admin.kubeconfig"),
        "INTERLOCK_STATE_DIR": str(home / "state"),
        "INTERLOCK_CACHE_DIR": str(home / "cache"),
    }


def _starts(one: Seen, environment: Mapping[str, str], root: Path) -> None:
    log = root / f"{one.server.name}.log"
    for _ in range(STARTS + 1):  # the first reads the disk
        with started(one.server.argv, environment, log) as (_, listed, seconds):
            one.starts.append(seconds)
    one.list_bytes, one.tools = listed.bytes, len(listed.result["tools"])
    del one.starts[0]
    if one.server.read_only:
        with started(one.server.read_only, environment, log) as (_, listed, _seconds):
            one.read_only_bytes = listed.bytes


def _ask(one: Seen, wire: Wire, task: str, spot: Scene, *, warm: bool) -> None:
    used = wire.cpu()
    answers = [wire.call(tool, args) for tool, args in one.server.calls(spot)[task]]
    used = wire.cpu() - used
    for (tool, args), answer in zip(one.server.calls(spot)[task], answers, strict=True):
        if answer.failed:
            raise SystemExit(f"{one.server.name} {tool} {args}: {answer.text[:400]}")
    seconds = sum(answer.seconds for answer in answers)
    one.answers[task] = answers
    if warm:
        one.seconds.setdefault(task, []).append(seconds)
        one.cpu[task] = one.cpu.get(task, 0.0) + used
    else:
        one.first[task] = seconds


def show(seen: Sequence[Seen], pods: int, crashing: int) -> None:
    """The tables."""
    names = [one.server.name for one in seen]
    _row("", names)
    _row("tools", [str(one.tools) for one in seen])
    _row("tools/list, bytes", [str(one.list_bytes) for one in seen])
    _row("  in its read-only form", [str(one.read_only_bytes or "the same") for one in seen])
    _row("start to first list, ms", [f"{statistics.median(one.starts) * 1000:.0f}" for one in seen])
    for task, title in TASKS.items():
        click.echo(f"\n{title}")
        _row("  calls", [str(len(one.answers[task])) for one in seen])
        _row("  ms, median of 30", [f"{one.median(task):.1f}" for one in seen])
        _row("  CPU ms, mean of 30", [f"{one.cpu[task] * 1000 / len(one.seconds[task]):.1f}" for one in seen])
        _row("  ms, first time", [f"{one.first[task] * 1000:.0f}" for one in seen])
        _row("  bytes on the wire", [str(one.bytes(task)) for one in seen])
        _row("  bytes a model is shown", [str(one.shown(task)) for one in seen])
        for fact in facts(pods, crashing)[task]:
            _row(f"  {fact.name}", ["yes" if fact.held_by(one.text(task)) else "-" for one in seen])


def _row(title: str, cells: Sequence[str]) -> None:
    click.echo(f"{title:28}" + "".join(f"{cell:>24}" for cell in cells))


def figures(seen: Sequence[Seen]) -> list[Figure]:
    """The targets of the issue, and the bytes of each answer beside the smaller peer's."""
    mine, go, other = seen
    smaller = min(go.list_bytes, other.list_bytes)
    lists = f"tools/list: {go.list_bytes} and {other.list_bytes} bytes"
    made = [_at_most("list_bytes", mine.list_bytes, "bytes", smaller / 3, lists)]
    starts = [statistics.median(one.starts) * 1000 for one in seen]
    made.append(
        _at_most(
            "first_list", starts[0], "ms", starts[1], f"first list: {starts[1]:.0f} and {starts[2]:.0f} ms"
        )
    )
    for task, title in TASKS.items():
        times = f"{title}: {go.median(task):.1f} and {other.median(task):.1f} ms"
        made.append(_at_most(f"{task}_latency", mine.median(task), "ms", go.median(task), times))
        for name, size, what in (
            ("shown", Seen.shown, "bytes a model is shown"),
            ("wire", Seen.bytes, "bytes on the wire"),
        ):
            mine_, go_, other_ = (size(one, task) for one in seen)
            sizes = f"{title}, {what}: {go_} and {other_}"
            made.append(_at_most(f"{task}_{name}", mine_, "bytes", min(go_, other_), sizes))
    return made


def _at_most(name: str, value: float, unit: str, most: float, peer: str) -> Figure:
    return Figure(name, value, unit, f"<= {most:.0f}", peer, value <= most)


@click.command()
@click.option("--rounds", default=ROUNDS, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="write every server's answers into this folder")
def main(rounds: int, keep: Path | None) -> None:
    """Fill a cluster, ask three servers, print; the last line is `RESULT {json}`."""
    with tempfile.TemporaryDirectory(prefix="interlock-mcp-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        with control_plane(root) as runner:
            fill(root, runner, CROWD)
            spot, crashing = scene(root)
            seen = measure(root, spot, rounds)
    click.echo(f"load average {os.getloadavg()[0]:.1f}; {CROWD.pods} pods in {25} namespaces")
    show(seen, 2 * CROWD.each, crashing)
    for one in seen if keep else ():
        target = keep / one.server.name if keep else Path()
        target.mkdir(parents=True, exist_ok=True)
        for task in TASKS:
            (target / f"{task}.txt").write_text(one.text(task))
            (target / f"{task}.json").write_text(json.dumps([a.result for a in one.answers[task]], indent=1))
    click.echo()
    report("make bench-mcp", figures(seen))


if __name__ == "__main__":
    main()
