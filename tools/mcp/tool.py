"""A listed and accepted tool of another server as a tool of ours.

Its description and arguments are the server's own redacted words; nothing of ours stands around them and nothing of
theirs in ours. An argument its definition does not name is refused, whatever its schema says of others.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, JsonValue, model_serializer, model_validator

from interlock.core.errors import BadInput, NotServed, UnknownName
from interlock.tools.mcp.answer import rendered
from interlock.tools.mcp.definition import Definition
from interlock.tools.mcp.servers import McpServers
from interlock.tools.mcp.settings import called, label
from interlock.tools.tool import Args, Context, Result, Tool

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


class Given(Args):
    """Arguments for another server, held against its definition: names, what is required, plain types."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    arguments: dict[str, JsonValue]

    @model_serializer
    def _plain(self) -> dict[str, JsonValue]:
        return self.arguments


def remote_tool(server: str, definition: Definition) -> Tool[Given]:
    """The tool of ours for one of theirs."""
    own_name = called(server, definition.tool)

    class Arguments(Given):
        """The arguments of this one tool."""

        @model_validator(mode="before")
        @classmethod
        def _held(cls, given: object) -> dict[str, object]:
            return {"arguments": _checked(own_name, definition, given)}

        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:  # noqa: ANN401 - as pydantic has it
            return copy.deepcopy({**definition.schema, "additionalProperties": False})

    class Remote(Tool[Given]):
        """One tool of one server."""

        name = own_name
        title = definition.title or definition.tool
        description = definition.description
        systems = (label(server),)
        cost = "moderate"
        args = Arguments

        def run(self, args: Given, context: Context) -> Result:
            """Ask the server."""
            servers = context.backend(McpServers)
            if servers is None:
                raise NotServed("no MCP servers are configured")
            return servers.call(server, definition, args.arguments)

        def render(self, data: JsonValue) -> str:
            """As `answer.rendered` says."""
            return rendered(data)

    return Remote()


def remote_tools(servers: McpServers) -> dict[str, Tool[Any]]:
    """Every listed and accepted tool by its name here."""
    return {name: remote_tool(server, one) for name, (server, one) in sorted(servers.pinned.items())}


def _checked(name: str, definition: Definition, given: object) -> dict[str, JsonValue]:
    """The arguments, when the definition names them all, none is missing and each is of its plain type.

    The server checks the rest: running its schema's patterns here would let it hang us.
    """
    if not isinstance(given, dict):
        raise BadInput(f"{name}: the arguments must be an object")
    for key, value in given.items():
        if key not in definition.properties:
            raise UnknownName(f"argument of {name}:", str(key), definition.properties)
        if wanted := _mistyped(definition.properties[key], value):
            raise BadInput(f"{name}: {key} must be of type {wanted}")
    for key in definition.required:
        if key not in given:
            raise BadInput(f"{name}: {key} is missing")
    return given


def _mistyped(said: JsonValue, value: object) -> str:
    """The type that `value` should have and has not; '' when it has, or none is said plainly."""
    wanted = said.get("type") if isinstance(said, dict) else None
    if not isinstance(wanted, str) or wanted not in _TYPES:
        return ""
    as_number = isinstance(value, bool) and wanted != "boolean"
    return "" if isinstance(value, _TYPES[wanted]) and not as_number else wanted
