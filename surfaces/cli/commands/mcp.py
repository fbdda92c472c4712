"""`interlock mcp`: the product for an IDE or another agent, on standard input and output."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from interlock.surfaces.cli.options import Source, source_options

CLIENTS = ("vscode", "cursor", "claude", "zed")
TOOLSETS = ("default", "kubernetes", "logs", "metrics", "changes", "knowledge", "all")
_toolset = click.option(
    "--toolset",
    "toolsets",
    multiple=True,
    type=click.Choice(TOOLSETS),
    help="Which tools to list (repeatable; default: mcp.toolsets).",
)


@click.group(
    invoke_without_command=True,
    epilog="\b\nExamples:\n  interlock mcp\n  interlock mcp --replay demo --toolset all\n"
    "  interlock mcp install --client vscode",
)
@_toolset
@source_options
@click.pass_context
def mcp(context: click.Context, toolsets: tuple[str, ...], source: Source) -> None:
    """Speak MCP on standard input and output, and nothing else, as the user of this terminal."""
    if context.invoked_subcommand:
        return
    from interlock.approvals.settings import ApprovalsSettings
    from interlock.core.settings import load_settings
    from interlock.surfaces.mcp.settings import McpSettings
    from interlock.surfaces.mcp.stdio import serve

    known = load_settings(source.config)
    settings = known.section(McpSettings)
    if toolsets:
        settings = McpSettings.model_validate({**settings.model_dump(), "toolsets": toolsets})
    if sys.stdin.isatty():
        click.echo("waiting for MCP on standard input; see interlock mcp install --help", err=True)
    serve(source.opened, settings, changes=known.section(ApprovalsSettings).enabled)


@mcp.command(
    epilog="\b\nExamples:\n  interlock mcp install --client vscode\n"
    "  interlock mcp install --client zed --replay demo\n"
    "  interlock mcp install --client claude --url https://interlock.example/mcp --token"
)
@click.option("--client", type=click.Choice(CLIENTS), required=True, help="Which client is to be configured.")
@click.option("--url", default="", metavar="URL", help="A service to connect to; none: start one here.")
@click.option("--token", is_flag=True, help="With --url: by a service token, which is not printed.")
@_toolset
@source_options
def install(client: str, url: str, token: bool, toolsets: tuple[str, ...], source: Source) -> None:
    """Print what to put into the configuration of a client; nothing is written."""
    from interlock.surfaces.mcp.install import CLIENTS as KNOWN
    from interlock.surfaces.mcp.install import Start

    if token and not url:
        raise click.UsageError("--token goes with --url; a server that the client starts needs none")
    if url:
        _check(url)
    arguments = ["mcp", *_arguments(source), *(part for one in toolsets for part in ("--toolset", one))]
    start = Start(shutil.which("interlock") or str(Path(sys.argv[0]).resolve()), arguments, url, token)
    click.echo(KNOWN[client].document(start))
    click.echo(f"put this into {KNOWN[client].place(start)}", err=True)


def _check(url: str) -> None:
    """Refuse an address at which no client would find us, or would send its token for all to read."""
    from urllib.parse import urlsplit

    from interlock.core.errors import BadInput

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(f"{url!r} is not a URL", hint="--url https://interlock.example/mcp")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise BadInput(f"{url} is not encrypted", hint="https; plain http is for this machine only")
    if not parts.path.endswith("/mcp"):
        raise BadInput(f"{url} is not where MCP is served", hint="its path ends in /mcp")


def _arguments(source: Source) -> list[str]:
    """The same source for a program that is started in another folder."""
    replay = source.replay or ""
    named = {
        "--config": str(source.config.resolve()) if source.config else "",
        "--replay": str(Path(replay).resolve()) if Path(replay).is_dir() and replay else replay,
        "--cluster-url": source.cluster_url or "",
    }
    given = [part for name, value in named.items() if value for part in (name, value)]
    return [*given, *(part for folder in source.knowledge for part in ("--knowledge", str(folder.resolve())))]
