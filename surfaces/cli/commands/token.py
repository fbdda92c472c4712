"""`interlock token`: tokens for services that ask over HTTP."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.identity import local_principal
from interlock.surfaces.cli.options import config_option, json_option

if TYPE_CHECKING:
    from interlock.core.audit import AuditLog
    from interlock.core.identity.tokens import Tokens

SCOPES = ("read", "metrics", "request")


@click.group()
def token() -> None:
    """Make, list and revoke tokens for services. A token's text is shown once and kept only as a hash."""


@token.command(epilog="\b\nExample:\n  interlock token create svc:grafana --scope metrics --days 90")
@click.argument("principal")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=("read",), show_default=True
)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
@click.option("--person", is_flag=True, help="The principal is a person, not a service.")
@config_option
def create(principal: str, scopes: tuple[str, ...], days: int, person: bool, config: Path | None) -> None:
    """Make a token and print it."""
    with _opened(config) as (tokens, log):
        by = local_principal().id
        text, kept = tokens.create(
            principal, scopes=scopes, lasting=timedelta(days=days), kind="person" if person else "service"
        )
        log.append(
            "token.created", {"by": by, "principal": principal, "token": kept.id, "scopes": list(scopes)}
        )
    click.echo(text)
    click.echo(
        f"token {kept.id} of {principal}, until {kept.expires_at:%Y-%m-%d}; it is not shown again", err=True
    )


@token.command("list", epilog="\b\nExample:\n  interlock token list --json")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """List the tokens, without their secrets."""
    with _opened(config) as (tokens, _):
        found = tokens.all()
    if as_json:
        rows = [
            {
                "id": each.id,
                "principal": each.principal,
                "scopes": list(each.scopes),
                "expires_at": each.expires_at.isoformat(),
                "revoked": each.revoked,
            }
            for each in found
        ]
        click.echo(json.dumps(rows))
        return
    for each in found:
        state = "revoked" if each.revoked else f"until {each.expires_at:%Y-%m-%d}"
        click.echo(f"{each.id} {each.principal} {','.join(each.scopes)} {state}")
    if not found:
        click.echo("no tokens yet: interlock token create svc:NAME")


@token.command(epilog="\b\nExample:\n  interlock token revoke 0123456789ab")
@click.argument("token_id")
@config_option
def revoke(token_id: str, config: Path | None) -> None:
    """End a token now."""
    with _opened(config) as (tokens, log):
        tokens.revoke(token_id)
        log.append("token.revoked", {"by": local_principal().id, "token": token_id})
    click.echo(f"token {token_id} is revoked")


@contextmanager
def _opened(config: Path | None) -> Iterator[tuple[Tokens, AuditLog]]:
    from interlock.core.audit.opened import open_audit
    from interlock.core.clock import SystemClock
    from interlock.core.identity.tokens import Tokens
    from interlock.core.settings import load_settings
    from interlock.core.settings.load import state_dir
    from interlock.core.store import open_configured

    settings, directory = load_settings(config), state_dir(os.environ)
    store = open_configured(settings, directory)
    try:
        yield Tokens(store, SystemClock()), open_audit(settings, store, SystemClock(), directory)
    finally:
        store.close()
