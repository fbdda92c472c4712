"""`interlock mcp`: the product for an IDE or another agent, on standard input and output."""

from __future__ import annotations

import click

from interlock.surfaces.cli.options import Source, source_options

TOOLSETS = ("default", "kubernetes", "logs", "metrics", "changes", "knowledge", "all")


@click.group(
    invoke_without_command=True,
    epilog="\b\nExamples:\n  interlock mcp\n  interlock mcp --replay demo --toolset all\n"
    "  interlock mcp install --client vscode",
)
@click.option(
    "--toolset",
    "toolsets",
    multiple=True,
    type=click.Choice(TOOLSETS),
    help="Which tools to list (repeatable; default: mcp.toolsets).",
)
@source_options
@click.pass_context
def mcp(context: click.Context, toolsets: tuple[str, ...], source: Source) -> None:
    """Speak MCP on standard input and output, and nothing else."""
    if context.invoked_subcommand:
        return
    from interlock.core.settings import load_settings
    from interlock.surfaces.mcp.settings import McpSettings
    from interlock.surfaces.mcp.stdio import serve

    settings = load_settings(source.config).section(McpSettings)
    if toolsets:
        settings = McpSettings.model_validate({**settings.model_dump(), "toolsets": toolsets})
    serve(source.opened, settings)
