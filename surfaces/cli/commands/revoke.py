"""`interlock revoke`: take a change back."""

from __future__ import annotations

import click

from interlock.surfaces.cli.options import Source, json_option, source_options, token_option


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock revoke chg-0123456789ab --reason 'it recovered by itself'\n"
    "  interlock revoke chg-0123456789ab --token-file token --reason 'stop the drain'"
)
@click.argument("change_id", metavar="ID")
@click.option("--reason", required=True, help="Why; it goes on record.")
@token_option
@source_options
@json_option
def revoke(change_id: str, reason: str, token_file: str | None, source: Source, as_json: bool) -> None:
    """Take a change back: who asked for it may, and who may decide it. A running drain stops between two steps."""
    from interlock.surfaces.cli.changes import tell
    from interlock.surfaces.cli.deciding import token_of
    from interlock.surfaces.cli.ways import way_of

    with source.opened() as runtime:
        shown = way_of(runtime, token_of(token_file)).revoke(change_id, reason)
    tell(shown, as_json=as_json)
