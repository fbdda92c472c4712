"""`interlock history`: what happened to a change, or what became of the last ones."""

from __future__ import annotations

import json

import click

from interlock.approvals.states import OPEN, STATES
from interlock.core.unseen import visible
from interlock.surfaces.cli.options import Source, json_option, source_options


@click.command(
    epilog="\b\nExamples:\n  interlock history\n  interlock history chg-0123456789ab\n  interlock history --json"
)
@click.argument("change_id", metavar="[ID]", required=False)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@source_options
@json_option
def history(change_id: str | None, limit: int, source: Source, as_json: bool) -> None:
    """Show every step of one change, or the last changes that ended. The record has more: interlock audit."""
    if change_id is None:
        _ended(source, limit, as_json=as_json)
        return
    from interlock.surfaces.cli.changes import desk_of, person_of

    with source.opened() as runtime:
        events = desk_of(runtime).history(person_of(runtime).principal, change_id)
    if as_json:
        click.echo(json.dumps({"history": [*events]}))
        return
    for each in events:
        note = f": {each['note']}" if each["note"] else ""
        line = f"{str(each['at'])[:19]}Z  {each['event']:<8} {each['state']:<15} by {each['principal']}{note}"
        click.echo(visible(line, lines=False))


def _ended(source: Source, limit: int, *, as_json: bool) -> None:
    from interlock.surfaces.asking import document_of
    from interlock.surfaces.cli.changes import desk_of, line_of, person_of

    states = [state for state in STATES if state not in OPEN and state != "CLAIMED"]
    with source.opened() as runtime:
        desk = desk_of(runtime)
        found = desk.list(person_of(runtime).principal, states=states, limit=limit)
        rows = [document_of(each, desk.link(each)) for each in found]
    if as_json:
        click.echo(json.dumps({"changes": rows}))
        return
    for row in rows:
        click.echo(line_of(row))
    if not rows:
        click.echo("no change has ended yet; open ones: interlock proposals")
