"""`interlock doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from interlock.core.errors import InterlockError
from interlock.surfaces.cli.options import json_option, opened, source_options

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command(epilog="\b\nExamples:\n  interlock doctor\n  interlock doctor --replay demo --json")
@source_options
@json_option
def doctor(
    replay: str | None,
    cluster_url: str | None,
    knowledge: tuple[Path, ...],
    config: Path | None,
    as_json: bool,
) -> None:
    """Check settings, store, record, model, cluster, logs and knowledge; exit code 1 when something is broken."""
    with opened(config=config, replay=replay, cluster_url=cluster_url, knowledge=knowledge) as runtime:
        found = runtime.doctor()
    for health in found:
        if as_json:
            row = {"name": health.name, "state": health.state, "detail": health.detail, "hint": health.hint}
            click.echo(json.dumps(row))
            continue
        click.secho(f"{health.state:4} ", fg=_COLOURS[health.state], nl=False)
        click.echo(f"{health.name}: {health.detail}")
        if health.hint:
            click.echo(f"     hint: {health.hint}")
    broken = [health.name for health in found if health.state == "fail"]
    if broken:
        raise InterlockError(f"not well: {', '.join(broken)}")
