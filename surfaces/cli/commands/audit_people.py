"""`interlock audit forget|hold|holds|release`: people's names and rows, and what must be kept of them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from interlock.core.identity import local_principal
from interlock.surfaces.cli.options import config_option, json_option


@click.command(epilog="\b\nExample:\n  interlock audit forget oidc:ana@example.com --yes")
@click.argument("principal")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def forget(principal: str, yes: bool, config: Path | None) -> None:
    """Remove a person's questions and evidence, and the tie between their name and the record.

    The record itself stays whole and verifies; it no longer says who it was. Refused while a legal hold covers them.
    """
    if not yes:
        click.confirm(f"Remove everything kept of {principal}? This cannot be undone.", abort=True)
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        gone = record.retention.erase(principal)
        record.log.forget(principal)
    click.echo(f"removed {gone.turns} turns, {gone.evidence} evidence, {gone.events} events, and the name")


@click.command(epilog="\b\nExample:\n  interlock audit hold oidc:ana@example.com --reason 'case 4711'")
@click.argument("subject")
@click.option("--reason", required=True, help="Why; it is kept.")
@config_option
def hold(subject: str, reason: str, config: Path | None) -> None:
    """Keep a principal's rows (or everything: '*') whatever their age, and refuse to forget them."""
    by = local_principal().id
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        record.log.append("hold.placed", {"by": by, "principal": subject, "reason": reason})
        made = record.retention.place(subject, reason, by)
    click.echo(f"hold {made.id} on {made.subject}")


@click.command(epilog="\b\nExample:\n  interlock audit release 3")
@click.argument("number", type=int)
@config_option
def release(number: int, config: Path | None) -> None:
    """End a legal hold."""
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        ended = record.retention.release(number)
        record.log.append("hold.released", {"by": local_principal().id, "hold": number})
    click.echo(f"hold {ended.id} on {ended.subject} ended")


@click.command(epilog="\b\nExample:\n  interlock audit holds")
@config_option
@json_option
def holds(config: Path | None, as_json: bool) -> None:
    """List the legal holds in force."""
    from interlock.surfaces.cli.record import opened_record

    with opened_record(config) as record:
        found = record.retention.holds()
    if as_json:
        click.echo(json.dumps([held.__dict__ for held in found]))
    elif not found:
        click.echo("no legal hold is in force")
    else:
        for held in found:
            click.echo(f"{held.id} {held.subject} since {held.at} by {held.placed_by}: {held.reason}")
