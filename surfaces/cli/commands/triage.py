"""`interlock triage`: an alert, what is broken, since when, and why."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import Source, cluster_option, json_option, source_options


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock triage alert.json --replay DIR\n"
    "  interlock triage --replay demo\n"
    "  curl -s .../api/v2/alerts | jq '.[0]' | interlock triage - --json"
)
@click.argument("alert", required=False, metavar="ALERT.json")
@cluster_option
@source_options
@json_option
def triage(
    alert: str | None,
    cluster: str,
    source: Source,
    as_json: bool,
) -> None:
    """Triage an Alertmanager webhook (a file, or - for standard input); with --replay, its own alert by default."""
    from interlock.surfaces.cli.view import show

    with source.opened() as runtime:
        document = _read(alert) if alert else runtime.recorded_alert()
        show(runtime.triage(document, cluster=cluster), as_json=as_json)


def _read(named: str) -> object:
    try:
        raw = sys.stdin.buffer.read() if named == "-" else Path(named).read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the alert {named}: {error.strerror}") from None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise BadInput(f"the alert {named} is not JSON: {error}") from None
