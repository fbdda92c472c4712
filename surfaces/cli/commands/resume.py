"""`interlock resume`: let changes be asked for and made again."""

from __future__ import annotations

import json

import click

from interlock.surfaces.cli.options import Source, json_option, source_options, token_option


@click.command(
    epilog="\b\nExample:\n  interlock resume --token-file token --reason 'it was a test; the alert rule is fixed'"
)
@click.option("--reason", required=True, help="Why; it goes on record.")
@token_option
@source_options
@json_option
def resume(reason: str, token_file: str | None, source: Source, as_json: bool) -> None:
    """Go on after a halt. What was void stays void. It takes a fresh login of somebody who may decide."""
    from interlock.surfaces.cli.deciding import token_of
    from interlock.surfaces.cli.ways import way_of

    with source.opened() as runtime:
        way_of(runtime, token_of(token_file)).resume(reason)
    click.echo(json.dumps({"halted": None}) if as_json else "resumed: changes may be asked for again")
