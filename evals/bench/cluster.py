"""5,000 pods and 500 nodes on a real API server: what a diagnosis and a count cost, beside `kubectl get pods -A`.

Starts the test cluster, fills it over HTTP, stops its controllers (they would tidy up), and measures through a proxy that
counts. `python -m interlock.evals.bench.cluster [--pods N --nodes N] [--root DIR of a filled one]`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from interlock.agent.runtime import open_runtime
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.evals.bench.crowd import (
    BROKEN,
    SPACES,
    Crowd,
    node_writes,
    pod_writes,
    set_writes,
    workload_writes,
    write_all,
)
from interlock.evals.bench.proxy import Traffic, counting_proxy
from interlock.evals.bench.report import Figure, report

RUNNER = Path(__file__).resolve().parents[2] / "tests" / "cluster" / "run.py"
START_SECONDS = 120.0
RUNS = 3
WRONG = f"what is wrong with deployment {BROKEN}?"
COUNT = "how many pods are not ready?"


@dataclass(frozen=True)
class Run:
    """One client from start to end. `reading` is from its first request to its last answer."""

    bytes: int
    requests: int
    cpu: float
    wall: float
    reading: float
    out: str


@contextmanager
def control_plane(root: Path) -> Iterator[int]:
    """The test cluster in `root`; gives the runner's process id. It ends with this process."""
    argv = [sys.executable, str(RUNNER), "--root", str(root), "--nodes", "0", "--until", str(os.getpid())]
    log = (os.POSIX_SPAWN_OPEN, 1, str(root / "run.log"), os.O_WRONLY | os.O_CREAT, 0o600)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    pid = os.posix_spawn(argv[0], argv, environment, file_actions=[log, (os.POSIX_SPAWN_DUP2, 1, 2)])
    try:
        end = time.monotonic() + START_SECONDS
        while not (root / "ready").exists():
            if os.waitpid(pid, os.WNOHANG)[0] or time.monotonic() > end:
                raise SystemExit(f"the test cluster did not start: {(root / 'run.log').read_text()[-1000:]}")
            time.sleep(0.1)
        yield pid
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def fill(root: Path, runner: int, crowd: Crowd) -> float:
    """Make everything; seconds it took. The controllers stop once the namespaces have their accounts."""
    ports, context = reach(root)
    began = time.monotonic()
    names = [f"team-{n:02d}" for n in range(SPACES)]
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
    write_all(ports["api"], context, [[("POST", "/api/v1/namespaces", one)] for one in spaces])
    _wait_for_accounts(ports["api"], context, names)
    _stop_controllers(runner)
    write_all(ports["api"], context, node_writes(crowd, ports["kubelet"]))
    made = write_all(ports["api"], context, workload_writes(crowd))
    made |= write_all(ports["api"], context, set_writes(crowd, made))
    write_all(ports["api"], context, pod_writes(crowd, made))
    return time.monotonic() - began


def reach(root: Path) -> tuple[dict[str, int], ssl.SSLContext]:
    """The ports of the cluster in `root`, and TLS as its administrator."""
    context = ssl.create_default_context(cafile=str(root / "pki" / "ca.crt"))
    context.load_cert_chain(root / "pki" / "admin.crt", root / "pki" / "admin.key")
    ports: dict[str, int] = json.loads((root / "cluster.json").read_text())
    return ports, context


def _wait_for_accounts(port: int, context: ssl.SSLContext, names: list[str]) -> None:
    from http.client import HTTPSConnection

    connection = HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
    end = time.monotonic() + 60
    for name in names:
        while True:
            connection.request("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default")
            answer = connection.getresponse()
            if b'"secrets"' in answer.read() or time.monotonic() > end:
                break
            time.sleep(0.05)
    connection.close()


def _stop_controllers(runner: int) -> None:
    """End the runner's controller-manager and scheduler, and nothing else."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            program = (entry / "cmdline").read_bytes().split(b"\0")[0]
        except OSError:
            continue
        if parent == runner and program.endswith((b"kube-controller-manager", b"kube-scheduler")):
            os.kill(int(entry.name), signal.SIGTERM)


def client(argv: list[str], traffic: Traffic, environment: dict[str, str]) -> Run:
    """Run a client to its end and say what it took; medians of three after a warm-up."""
    _once(argv, traffic, environment)
    runs = [_once(argv, traffic, environment) for _ in range(RUNS)]
    middle = sorted(runs, key=lambda run: run.wall)[RUNS // 2]
    cpu, reading = (statistics.median(getattr(run, name) for run in runs) for name in ("cpu", "reading"))
    return Run(middle.bytes, middle.requests, cpu, middle.wall, reading, middle.out)


def _once(argv: list[str], traffic: Traffic, environment: dict[str, str]) -> Run:
    traffic.reset()
    with tempfile.NamedTemporaryFile() as out:
        actions = [
            (os.POSIX_SPAWN_OPEN, 1, out.name, os.O_WRONLY, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0o600),
        ]
        began = time.monotonic()
        pid = os.posix_spawn(argv[0], argv, environment, file_actions=actions)
        _, status, used = os.wait4(pid, 0)
        wall = time.monotonic() - began
        said = Path(out.name).read_text()
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(argv)} ended with {os.waitstatus_to_exitcode(status)}: {said[-500:]}")
    cpu = used.ru_utime + used.ru_stime
    return Run(traffic.received, len(traffic.requests), cpu, wall, traffic.seconds, said)


def in_process(url: str, folder: Path, tool: str, args: dict[str, object]) -> tuple[float, float]:
    """CPU and wall seconds of one tool call in a process that is already up, as in a server; the second call's."""
    with open_runtime(
        Settings({}),
        principal=Principal(id="local:bench"),
        cluster_url=url,
        state_dir=folder / "state",
        cache_dir=folder / "cache",
        environment={},
    ) as runtime:
        runtime.call_tool(tool, json.loads(json.dumps(args)))
        cpu, wall = time.process_time(), time.monotonic()
        runtime.call_tool(tool, json.loads(json.dumps(args)))
        return time.process_time() - cpu, time.monotonic() - wall


def first_number(out: str) -> int:
    """The first number of the first verified claim."""
    claims = [c["text"] for c in json.loads(out)["claims"] if c["verified"]]
    found = re.findall(r"(?<![\w./:-])\d+(?![\w/:-])", claims[0]) if claims else []
    return int(found[0]) if found else -1


def figures(
    wrong: Run, count: Run, kubectl: Run, in_server: dict[str, tuple[float, float]], right: int
) -> list[Figure]:
    """The figures with their targets; kubectl is the peer."""
    peer = f"kubectl get pods -A: {kubectl.bytes} bytes, {kubectl.requests} requests, {kubectl.cpu:.2f} CPU-s, {kubectl.wall:.2f} s"
    half, said = kubectl.bytes / 2, first_number(count.out)
    named = BROKEN in wrong.out
    diagnose, query = in_server["diagnose"], in_server["kubernetes_query"]
    return [
        Figure("diagnose_bytes", wrong.bytes, "bytes", "< 2e6", peer, wrong.bytes < 2_000_000 and named),
        Figure("diagnose_requests", wrong.requests, "requests", "none", peer, True),
        Figure("diagnose_reading", wrong.reading, "s", "< 2", peer, wrong.reading < 2),
        Figure("diagnose_tool_wall", diagnose[1], "s in a server", "< 2", peer, diagnose[1] < 2),
        Figure("diagnose_tool_cpu", diagnose[0], "CPU-s in a server", "none", peer, True),
        Figure("diagnose_cli_wall", wrong.wall, "s with start-up", "none", peer, True),
        Figure("diagnose_cli_cpu", wrong.cpu, "CPU-s with start-up", "none", peer, True),
        Figure("count_bytes", count.bytes, "bytes", f"< {half:.0f}", peer, count.bytes < half),
        Figure("count_requests", count.requests, "requests", "none", peer, True),
        Figure("count_exact", said, f"pods, {right} made", "exact", peer, said == right),
        Figure("count_reading", count.reading, "s", "none", peer, True),
        Figure("count_tool_wall", query[1], "s in a server", "none", peer, True),
        Figure("count_tool_cpu", query[0], "CPU-s in a server", "none", peer, True),
        Figure("count_cli_cpu", count.cpu, "CPU-s with start-up", "none", peer, True),
        Figure("kubectl_bytes", kubectl.bytes, "bytes", "none", peer, True),
        Figure("kubectl_cpu", kubectl.cpu, "CPU-s", "none", peer, True),
    ]


def measure(root: Path, crowd: Crowd, *, shown: bool) -> list[Figure]:
    """Measure the filled cluster in `root`."""
    ports, context = reach(root)
    interlock = str(Path(sys.executable).with_name("interlock"))
    kubectl = shutil.which("kubectl") or ""
    with counting_proxy(ports["api"], context) as (url, traffic), tempfile.TemporaryDirectory() as folder:
        state = {"INTERLOCK_STATE_DIR": f"{folder}/state", "INTERLOCK_CACHE_DIR": f"{folder}/cache"}
        environment = {**os.environ, **state, "KUBECONFIG": os.devnull}
        get = [kubectl, f"--server={url}", f"--cache-dir={folder}/kubectl", "get", "pods", "-A"]
        ask = [interlock, "ask", "--json", "--cluster-url", url]
        wrong = client([*ask, WRONG], traffic, environment)
        _show(traffic, shown=shown)
        count = client([*ask, COUNT], traffic, environment)
        _show(traffic, shown=shown)
        peer = client(get, traffic, environment)
        not_ready = [{"attribute": "ready", "operator": "is", "value": False}]
        query = {"kind": "pods", "where": not_ready, "only_count": True}
        calls: dict[str, dict[str, object]] = {
            "diagnose": {"kind": "deployment", "name": BROKEN, "namespace": "team-07"},
            "kubernetes_query": {**query},
        }
        server = {tool: in_process(url, Path(folder), tool, args) for tool, args in calls.items()}
    return figures(wrong, count, peer, server, crowd.states().not_ready)


def _show(traffic: Traffic, *, shown: bool) -> None:
    for path, status, size in traffic.requests if shown else ():
        click.echo(f"  {status} {size:9} {path[:160]}")


@click.command()
@click.option("--pods", default=5000, show_default=True)
@click.option("--nodes", default=500, show_default=True)
@click.option("--deployments", default=250, show_default=True)
@click.option("--requests", is_flag=True, help="also print every request of the two questions")
def main(pods: int, nodes: int, deployments: int, *, requests: bool) -> None:
    """Fill, measure and print; the last line is `RESULT {json}`."""
    crowd = Crowd(pods, nodes, deployments)
    with tempfile.TemporaryDirectory(prefix="interlock-crowd-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        with control_plane(root) as runner:
            seconds = fill(root, runner, crowd)
            states = crowd.states()
            click.echo(
                f"filled in {seconds:.0f} s: {states.total} pods of which {states.not_ready} are not ready"
            )
            report("make bench-cluster", measure(root, crowd, shown=requests))


if __name__ == "__main__":
    main()
