"""`interlock mcp-servers`: the tools of other MCP servers, and the operator's acceptance of what they say they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import InterlockError, NeedsDecision, UnknownName, Unreachable
from interlock.surfaces.cli.options import config_option, json_option

if TYPE_CHECKING:
    from interlock.surfaces.cli.record import OpenRecord
    from interlock.tools.mcp.acceptance import Listed
    from interlock.tools.mcp.servers import McpServers

_SHOWN = {
    "accepted": "may be called",
    "new": "not accepted yet",
    "changed": "is not what was accepted",
    "gone": "the server has no such tool",
    "refused": "does not say that it only reads",
}


@click.group("mcp-servers")
def mcp_servers() -> None:
    """The tools of other MCP servers: list them, and accept what they say they are."""


@mcp_servers.command("list", epilog="\b\nExample:\n  interlock mcp-servers list")
@config_option
@json_option
def list_servers(config: Path | None, as_json: bool) -> None:
    """Ask each configured server what its listed tools are now, and compare with what was accepted."""
    from interlock.tools.mcp.acceptance import compared
    from interlock.tools.mcp.settings import called

    failed = []
    with _opened(config) as (servers, record):
        if not servers.names:
            click.echo("no MCP server is configured; see docs/mcp-servers.md", err=True)
        for server in servers.names:
            try:
                found = compared(servers, record.store, server)
            except InterlockError as error:
                failed.append(server)
                click.echo(f"{server}: {servers.shown(error.message)}", err=True)
                continue
            for one in found:
                click.echo(
                    json.dumps({"server": server, **one.as_json()})
                    if as_json
                    else f"{called(server, one.tool):40} {one.state}: {_SHOWN[one.state]}"
                )
    if failed:
        raise Unreachable(f"did not answer: {', '.join(failed)}", hint="are they running? see mcp_servers")


@mcp_servers.command(
    epilog="\b\nExamples:\n  interlock mcp-servers accept grafana\n  interlock mcp-servers accept grafana list_alerts"
)
@click.argument("server")
@click.argument("tools", nargs=-1, metavar="[TOOL]...")
@click.option("--yes", is_flag=True, help="Do not ask: what the server says now was looked at already.")
@config_option
def accept(server: str, tools: tuple[str, ...], yes: bool, config: Path | None) -> None:
    """Show what a server's listed tools say they are, and accept it after a look. Their words reach models as they are.

    Of TOOL all listed ones by default.
    """
    from interlock.core.identity import local_principal
    from interlock.tools.mcp.acceptance import compared, take

    with _opened(config) as (servers, record):
        if server not in servers.names:
            error = UnknownName("MCP server", server, servers.names)
            error.hint = error.hint or "configured ones: " + (", ".join(servers.names) or "none")
            raise error
        found = compared(servers, record.store, server)
        unknown = [tool for tool in tools if tool not in {one.tool for one in found}]
        if unknown:
            raise UnknownName("listed tool", unknown[0], [one.tool for one in found])
        wanted = [
            one for one in found if one.state in ("new", "changed") and (not tools or one.tool in tools)
        ]
        for one in wanted:
            _show(one)
        if not wanted:
            click.echo("nothing to accept")
            return
        if not yes:
            _confirm(f"Accept {len(wanted)} of {server}?")
        take(servers, record.store, record.log, server, wanted, principal=local_principal().id)
    click.echo(f"accepted: {', '.join(one.tool for one in wanted)}")


def _confirm(question: str) -> None:
    try:
        click.confirm(question, abort=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise NeedsDecision("nobody accepted it", hint="--yes, once you have read it") from None


def _show(one: Listed) -> None:
    click.echo(f"{one.tool} ({one.state})")
    for line in one.difference():
        click.echo(f"  {line}")


@contextmanager
def _opened(config: Path | None) -> Iterator[tuple[McpServers, OpenRecord]]:
    from interlock.core.redaction import Redactor
    from interlock.surfaces.cli.record import opened_record
    from interlock.tools.mcp.servers import McpServers
    from interlock.tools.mcp.settings import McpServersSettings, secrets_of

    with opened_record(config) as record:
        section = record.settings.section(McpServersSettings)
        redactor = Redactor(own_secrets=secrets_of(section))
        try:
            yield McpServers(section, record.store, redactor), record
        except InterlockError as error:
            # A server's own words may be in it.
            error.message = redactor.clean_text(error.message)
            raise
