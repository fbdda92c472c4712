"""`interlock halt`: stop every change now."""

from __future__ import annotations

import json

import click

from interlock.surfaces.cli.options import Source, json_option, source_options, token_option


@click.command(
    epilog="\b\nExample:\n  interlock halt --reason 'something asks for changes that nobody here wants'"
)
@click.option("--reason", required=True, help="Why; everybody who asks for a change is told.")
@token_option
@source_options
@json_option
def halt(reason: str, token_file: str | None, source: Source, as_json: bool) -> None:
    """Stop it all: nothing is executed, open changes are void, no hosted model is asked. `interlock resume` ends it."""
    from interlock.surfaces.cli.changes import approvals_of, person_of
    from interlock.surfaces.cli.deciding import token_of
    from interlock.surfaces.cli.ways import way_of

    with source.opened() as runtime:
        if token_file:
            way_of(runtime, token_of(token_file)).halt(reason)
        else:  # a halt waits for no other service: whoever holds the database may
            held = approvals_of(runtime)
            (held.office or held.desk).halt(person_of(runtime).principal, reason)
    click.echo(
        json.dumps({"halted": reason})
        if as_json
        else "halted: open changes are void, nothing is executed; `interlock resume` ends it"
    )
