"""`interlock tools`: what the assistant can look at, and each of it by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from interlock.core.errors import BadInput, UnknownName
from interlock.surfaces.cli.options import Source, json_option, source_options

if TYPE_CHECKING:
    from pydantic import JsonValue

_ONCE_ACCEPTED = (
    "tools of other MCP servers exist once accepted, and not beside a replay: interlock mcp-servers list"
)


@click.group()
def tools() -> None:
    """List the tools, and call one by hand."""


@tools.command("list", epilog="\b\nExample:\n  interlock tools list --json")
@json_option
def list_tools(as_json: bool) -> None:
    """Name every tool, what it reads and its arguments."""
    from interlock.tools.registry import all_tools

    for tool in all_tools().values():
        if as_json:
            schema = tool.args.model_json_schema()
            row = {
                "name": tool.name,
                "title": tool.title,
                "description": tool.description,
                "systems": list(tool.systems),
            }
            click.echo(json.dumps({**row, "cost": tool.cost, "args": schema}))
        else:
            click.echo(f"{tool.name:20} {tool.title}")
            click.echo(f"{'':20} {', '.join(tool.args.model_fields)}")


@tools.command(
    epilog="\b\nExamples:\n"
    "  interlock tools call kubernetes_list kind=pods namespace=shop\n"
    "  interlock tools call kubernetes_list --replay demo kind=pods namespace=checkout --json"
)
@click.argument("name")
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@source_options
@json_option
def call(
    name: str,
    arguments: tuple[str, ...],
    source: Source,
    as_json: bool,
) -> None:
    """Call a tool and print the evidence it gives."""
    with source.opened() as runtime:
        try:
            found = runtime.call_tool(name, _arguments(arguments))
        except UnknownName as error:
            if name.startswith("mcp_") and name not in runtime.remote:
                error.hint = _ONCE_ACCEPTED
            raise
    if as_json:
        said = {
            "tool": found.tool,
            "args": found.args,
            "subject": found.subject,
            "text": found.text,
            "data": found.data,
        }
        locators = [locator.model_dump(mode="json") for locator in found.locators]
        omitted = {"lines": found.omitted_lines, "bytes": found.omitted_bytes}
        more = {
            "redactions": found.redactions,
            "omitted": omitted,
            "handle": found.handle,
            "limits": found.limits,
        }
        click.echo(json.dumps({**said, "locators": locators, **more}))
        return
    click.echo(found.text)
    for limit in found.limits:
        click.echo(f"limit: {limit}", err=True)


def _arguments(pairs: tuple[str, ...]) -> dict[str, JsonValue]:
    import yaml

    given: dict[str, JsonValue] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise BadInput(
                f"{pair!r} is not KEY=VALUE", hint="interlock tools list shows the arguments of each tool"
            )
        given[key] = yaml.safe_load(value) if value in ("true", "false") or value.isdigit() else value
    return given
