"""`interlock owner`: the code behind a live object, without a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import Source, json_option, source_options

if TYPE_CHECKING:
    from interlock.core.evidence import Evidence


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock owner deployment/payments-api -n payments\n"
    "  interlock owner cm/app-config -n payments --knowledge ./infrastructure --json"
)
@click.argument("target", metavar="KIND/NAME")
@click.option("-n", "--namespace", default="", help="Its namespace; without it, the one that holds the name.")
@source_options
@json_option
def owner(
    target: str,
    namespace: str,
    source: Source,
    as_json: bool,
) -> None:
    """Name the code that owns a live object, with file, lines and the reasons."""
    kind, slash, name = target.partition("/")
    if not slash or not kind or not name:
        raise BadInput(
            f"{target!r} is not KIND/NAME", hint="interlock owner deployment/payments-api -n payments"
        )
    with source.opened() as runtime:
        found = runtime.call_tool("iac_owner", {"kind": kind, "name": name, "namespace": namespace})
    if as_json:
        click.echo(json.dumps(_document(found)))
        return
    for line in found.text.splitlines():
        click.echo(line)
    for limit in found.limits:
        click.echo(f"limit: {limit}", err=True)


def _document(found: Evidence) -> dict[str, object]:
    data = found.data if isinstance(found.data, dict) else {}
    return {
        "object": found.subject,
        "statements": data.get("statements", []),
        "locators": [locator.model_dump(mode="json") for locator in found.locators],
        "limits": list(found.limits),
    }
