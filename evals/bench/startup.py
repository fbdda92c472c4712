"""What starting costs: `interlock --help`, and `ask` on the demo in a new process, beside `python -c pass`.

Medians of five after one warm-up, so the page cache is warm. CPU and peak memory come from wait4(2), not from us.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from interlock.evals.bench.report import Figure, report

RUNS = 5
DEMO = Path(__file__).resolve().parent.parent / "replays" / "demo"
UNUSED = (
    "kubernetes",
    "chromadb",
    "llama_index",
    "fastapi",
    "mcp",
    "openai",
    "alembic",
    "uvicorn",
    "python_terraform",
)


@dataclass(frozen=True)
class Cost:
    """One process: seconds of CPU and wall, peak resident MB."""

    cpu: float
    wall: float
    megabytes: float


def measure(argv: Sequence[str], environment: dict[str, str]) -> Cost:
    """Run `argv` to its end with its output thrown away."""
    started = time.monotonic()
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    pid = os.posix_spawn(argv[0], list(argv), environment, file_actions=quiet)
    _, status, used = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(argv)} ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - started, used.ru_maxrss / 1024)


def median(argv: Sequence[str], environment: dict[str, str]) -> Cost:
    """The medians of five runs after a warm-up."""
    measure(argv, environment)
    runs = [measure(argv, environment) for _ in range(RUNS)]
    return Cost(
        *(statistics.median(getattr(run, name) for run in runs) for name in ("cpu", "wall", "megabytes"))
    )


def imported(environment: dict[str, str], arguments: list[str]) -> list[str]:
    """Which of the heavy packages that `arguments` do not need were loaded all the same."""
    program = (
        "import sys, io, contextlib\n"
        "from interlock.surfaces.cli.main import run\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):\n"
        f"    run({arguments!r})\n"
        f"sys.stdout.write(','.join(m for m in {UNUSED!r} if m in sys.modules))\n"
    )
    reading, writing = os.pipe()
    redirected = [(os.POSIX_SPAWN_DUP2, writing, 1)]
    pid = os.posix_spawn(
        sys.executable, [sys.executable, "-c", program], environment, file_actions=redirected
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return [name for name in said.split(",") if name]


@click.command()
def main() -> None:
    """Measure and print; the last line is `RESULT {json}`."""
    interlock = str(Path(sys.executable).with_name("interlock"))
    question = ["ask", "--replay", str(DEMO), "--json", "why does checkout-api fail?"]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "INTERLOCK_STATE_DIR": f"{folder}/state",
            "INTERLOCK_CACHE_DIR": f"{folder}/cache",
        }
        bare = median([sys.executable, "-c", "pass"], environment)
        helped = median([interlock, "--help"], environment)
        asked = median([interlock, *question], environment)
        extra = imported(environment, question)
    peer = f"python -c pass: {bare.cpu:.3f} CPU-s, {bare.wall:.3f} s, {bare.megabytes:.0f} MB"
    report(
        "make bench-startup",
        [
            Figure("help_cpu", helped.cpu, "s", "< 0.5", peer, helped.cpu < 0.5),
            Figure("help_memory", helped.megabytes, "MB", "< 60", peer, helped.megabytes < 60),
            Figure("help_cpu_ratio", helped.cpu / bare.cpu, "x python -c pass", "none", peer, True),
            Figure("ask_wall", asked.wall, "s", "< 3", peer, asked.wall < 3),
            Figure("ask_cpu", asked.cpu, "s", "none", peer, True),
            Figure("ask_memory", asked.megabytes, "MB", "none", peer, True),
            Figure(
                "ask_unused_imports",
                len(extra),
                ", ".join(extra) or "packages",
                "0",
                ", ".join(UNUSED),
                not extra,
            ),
        ],
    )


if __name__ == "__main__":
    main()
