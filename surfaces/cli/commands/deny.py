"""`interlock deny`: say no to one proposal; that ends it."""

from __future__ import annotations

import click

from interlock.surfaces.cli.options import Source, decision_options, json_option, source_options


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock deny chg-0123456789ab\n"
    "  interlock deny chg-0123456789ab --token-file - --digest 3fa9c1d20b7e --reason 'wrong revision' < token"
)
@click.argument("change_id", metavar="ID")
@decision_options
@source_options
@json_option
def deny(
    change_id: str, token_file: str | None, digest: str | None, reason: str, source: Source, as_json: bool
) -> int:
    """Deny a proposal. One deny ends it, however many approved."""
    from interlock.surfaces.cli.deciding import decision

    return decision("deny", change_id, source, token_file, digest, reason, as_json=as_json)
