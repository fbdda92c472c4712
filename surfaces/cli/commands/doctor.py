"""`interlock doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import json

import click

from interlock.core.errors import InterlockError
from interlock.surfaces.cli.options import Source, json_option, source_options

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command(epilog="\b\nExamples:\n  interlock doctor\n  interlock doctor --replay demo --json")
@source_options
@json_option
def doctor(
    source: Source,
    as_json: bool,
) -> None:
    """Check settings, store, record, model, cluster, logs and knowledge; exit code 1 when something is broken."""
    with source.opened() as runtime:
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
