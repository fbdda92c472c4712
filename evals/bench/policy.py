"""What a decision costs: a bundle of 10, 100 and 1000 policies, parsed once, as every tool call asks it.

Beside it, in the same run: a lookup in a plain Python set, which knows no conditions, and cedarpy given the policies as
text at each call, which is how it is not done. Wall time of the median call on a machine that others use would lie; the
processor's time is what is measured, over batches.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from interlock.core.identity import Principal
from interlock.core.policy import Ask
from interlock.core.policy.bundle import load
from interlock.core.policy.cedar import CedarPolicy
from interlock.evals.bench.report import Figure, report

SIZES = (10, 100, 1000)
TARGETS = {10: 500.0, 100: 1500.0, 1000: 15000.0}
"""Microseconds. A read of a cluster takes milliseconds; a decision must be lost in it."""
BATCHES = 15
MEMBERS = 50


@click.command()
@click.option("--calls", default=400, show_default=True, help="Decisions a size, in batches.")
def main(calls: int) -> None:
    """Measure and report."""
    figures: list[Figure] = []
    for size in SIZES:
        figures.append(_figure(size, calls))
    report(f"python -m interlock.evals.bench.policy --calls {calls}", figures)


def _figure(size: int, calls: int) -> Figure:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, size)
        bundle = load(folder)
    policy = CedarPolicy(bundle)
    granted = {(f"oidc:p{n}", f"tool-{n % size}", "prod") for n in range(MEMBERS)}
    people = [Principal(f"oidc:p{n}") for n in range(MEMBERS)]
    asks = [Ask(f"tool-{n % size}", "prod", namespace=f"ns-{n}") for n in range(MEMBERS)]
    numbers = iter(range(10**9))

    def decide() -> None:
        n = next(numbers) % MEMBERS
        assert policy.rule(people[n], asks[n]).allowed

    def look_up() -> None:
        n = next(numbers) % MEMBERS
        assert (people[n].id, asks[n].tool, asks[n].resource) in granted

    ours = _microseconds(decide, calls)
    plain = _microseconds(look_up, calls * 20)
    text = _microseconds(_by_text(bundle.text, size), max(BATCHES, calls * 10 // (size * 4)))
    said = f"{size} policies: set lookup {plain:.1f} us, cedarpy with policy text each call {text:.0f} us"
    return Figure(
        f"decision_{size}", ours, "us CPU, median", f"< {TARGETS[size]:.0f}", said, holds=ours < TARGETS[size]
    )


def _by_text(text: str, size: int) -> Callable[[], None]:
    import cedarpy

    request = {
        "principal": {"type": "Interlock::Person", "id": "oidc:p0"},
        "action": {"type": "Interlock::Action", "id": "read"},
        "resource": {"type": "Interlock::Cluster", "id": "prod"},
        "context": {"tool": "tool-0", "namespace": "ns-0", "surface": "cli"},
    }
    group = {"type": "Interlock::Group", "id": "g0"}
    entities: list[dict[Any, Any]] = [
        {"uid": request["principal"], "attrs": {}, "parents": [group]},
        {"uid": group, "attrs": {}, "parents": []},
    ]

    def call() -> None:
        assert cedarpy.is_authorized(request, text, entities).allowed, size

    return call


def _write(folder: Path, size: int) -> None:
    """A bundle as teams write them: a permit a tool and group, one forbid in ten."""
    groups = "".join(
        f"  g{g}: [{', '.join(f'{chr(34)}oidc:p{n}{chr(34)}' for n in range(MEMBERS) if n % 10 == g)}]\n"
        for g in range(10)
    )
    (folder / "policy.yaml").write_text(f"version: 1\nname: bench\ngroups:\n{groups}")
    statements = [
        f'@id("tool-{n}") permit(principal in Interlock::Group::"g{n % 10}", action == '
        f'Interlock::Action::"read", resource) when {{ context.tool == "tool-{n}" }};'
        if n < size - size // 10
        else f'@id("no-{n}") forbid(principal, action == Interlock::Action::"read", '
        f'resource == Interlock::Cluster::"prod") when {{ context.namespace == "vault-{n}" }};'
        for n in range(size)
    ]
    everybody = '@id("all") permit(principal, action == Interlock::Action::"read", resource);'
    (folder / "main.cedar").write_text("\n".join([everybody, *statements[1:]]))


def _microseconds(act: Callable[[], None], calls: int) -> float:
    """CPU microseconds a call: the median of batches."""
    each = max(1, calls // BATCHES)
    act()
    taken = []
    for _ in range(BATCHES):
        started = time.process_time()
        for _ in range(each):
            act()
        taken.append((time.process_time() - started) / each * 1e6)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
