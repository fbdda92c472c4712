"""How every bench reports: a table for people and, last, one `RESULT {json}` line for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from interlock.core.errors import InterlockError
from interlock.core.process import run


@dataclass(frozen=True)
class Figure:
    """One measured figure, its target and the peer or limit measured in the same run."""

    name: str
    value: float
    unit: str
    target: str
    peer: str
    holds: bool


def report(command: str, figures: Sequence[Figure]) -> None:
    """Print the table and the result line; machine, date and commit included."""
    for figure in figures:
        mark = "holds" if figure.holds else "DOES NOT HOLD"
        click.echo(f"{figure.name:28} {figure.value:10.3f} {figure.unit:20} target {figure.target:8} {mark}")
    for peer in dict.fromkeys(figure.peer for figure in figures):
        click.echo(f"beside: {peer}")
    said = {
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "commit": commit(),
        "figures": [asdict(figure) for figure in figures],
        "holds": all(figure.holds for figure in figures),
    }
    click.echo("RESULT " + json.dumps(said))


def commit() -> str:
    """The checkout's commit, or 'unknown' outside one."""
    try:
        done = run(["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).resolve().parent)
    except InterlockError:
        return "unknown"
    return done.out.decode().strip() or "unknown"
