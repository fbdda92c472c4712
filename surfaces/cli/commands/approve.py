"""`interlock approve`: say yes to one proposal, by its page or with a token of the identity provider."""

from __future__ import annotations

import click

from interlock.surfaces.cli.options import Source, decision_options, json_option, source_options


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock approve chg-0123456789ab\n"
    "  interlock approve chg-0123456789ab --token-file token --digest 3fa9c1d20b7e --reason 'as discussed'\n"
    "\nWithout a token it prints the page to decide on. The token is an OIDC ID token of a login just now, and never an\n"
    "argument. Exit codes: 0 carried out, 3 refused, 5 another decision is needed."
)
@click.argument("change_id", metavar="ID")
@decision_options
@source_options
@json_option
def approve(
    change_id: str, token_file: str | None, digest: str | None, reason: str, source: Source, as_json: bool
) -> int:
    """Approve a proposal. When that completes what it needs, it is carried out."""
    from interlock.surfaces.cli.deciding import decision

    return decision("approve", change_id, source, token_file, digest, reason, as_json=as_json)
