"""`interlock show`: one change, with its card."""

from __future__ import annotations

import click

from interlock.surfaces.cli.options import Source, json_option, source_options


@click.command(
    epilog="\b\nExamples:\n  interlock show chg-0123456789ab\n  interlock show chg-0123456789ab --json"
)
@click.argument("change_id", metavar="ID")
@source_options
@json_option
def show(change_id: str, source: Source, as_json: bool) -> None:
    """Show a change: what exactly would be done, who asked, who decided, what came of it."""
    from interlock.surfaces.cli.changes import shown_of, tell

    with source.opened() as runtime:
        shown = shown_of(runtime, change_id)
    tell(shown, as_json=as_json)
