"""`interlock proposals`: the changes that wait for something."""

from __future__ import annotations

import json

import click

from interlock.approvals.states import STATES, State
from interlock.surfaces.cli.options import Source, json_option, source_options

WAITING: tuple[State, ...] = ("REQUESTED", "PROPOSED", "APPROVED", "CLAIMED", "OUTCOME_UNKNOWN")


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock proposals\n"
    "  interlock proposals --state proposed --json | jq -r '.changes[].link'"
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES, case_sensitive=False),
    help="Only those in this state (repeatable; default: all that wait for something).",
)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@source_options
@json_option
def proposals(states: tuple[State, ...], limit: int, source: Source, as_json: bool) -> None:
    """List the changes that you may see, the newest first."""
    from interlock.surfaces.asking import document_of
    from interlock.surfaces.cli.changes import desk_of, line_of, person_of

    with source.opened() as runtime:
        desk = desk_of(runtime)
        found = desk.list(person_of(runtime).principal, states=states or WAITING, limit=limit)
        rows = [document_of(each, desk.link(each)) for each in found]
        halted = desk.halted()
    if as_json:
        click.echo(json.dumps({"changes": rows, "halted": halted or None}))
        return
    if halted:
        click.echo(f"changes are halted: {halted}", err=True)
    for row in rows:
        click.echo(line_of(row))
    if not rows:
        what = f"in state {', '.join(states)}" if states else "waiting"
        click.echo(f"no changes {what}; ask for one: interlock request ACTION --reason '...'")
