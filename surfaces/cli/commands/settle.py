"""`interlock settle`: say what became of an execution whose outcome nobody could read."""

from __future__ import annotations

import click

from interlock.surfaces.cli.options import Source, json_option, source_options, token_option


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock settle chg-0123456789ab --applied --token-file token --reason 'the template is the new one'\n"
    "  interlock settle chg-0123456789ab --not-applied --token-file token --reason 'revision is unchanged'"
)
@click.argument("change_id", metavar="ID")
@click.option("--applied/--not-applied", required=True, help="What you found when you looked at the object.")
@click.option("--reason", required=True, help="What you saw; it goes on record.")
@token_option
@source_options
@json_option
def settle(
    change_id: str, applied: bool, reason: str, token_file: str | None, source: Source, as_json: bool
) -> None:
    """Settle an OUTCOME_UNKNOWN. It is not run again either way."""
    from interlock.surfaces.cli.changes import tell
    from interlock.surfaces.cli.deciding import token_of
    from interlock.surfaces.cli.ways import way_of

    with source.opened() as runtime:
        shown = way_of(runtime, token_of(token_file)).settle(change_id, reason, applied=applied)
    tell(shown, as_json=as_json)
