"""What the official conformance suite asks for under fixed names, registered on the product's own app, in tests only.

The names, the schemas and the stable words are the suite's; everything else about a request (door, limits, sessions,
request state, masked errors) is the product's. `register` is handed to the app factory.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

from mcp.server import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)
from mcp_types import SamplingMessage as Said
from proofs.asked import register_rounds
from proofs.forms import Defaults, Enums, Reply
from pydantic import Field

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
ADDRESS = {
    "$anchor": "addressDef",
    "type": "object",
    "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
}
TEXT = {"type": "string"}
KEYWORDS: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": ADDRESS},
    "properties": {
        "name": TEXT,
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {**TEXT, "enum": ["phone", "email"]},
        "phone": TEXT,
        "email": TEXT,
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
Deprecated = (MCPDeprecationWarning,)
"""Logging and sampling by the server are; the older revision still asks for both."""


def register(server: MCPServer[Any]) -> None:
    """Add everything the suite looks for to a server that the app factory has built."""
    _contents(server)
    _talking(server)
    _asking(server)
    _changing(server)
    _resources(server)
    _prompts(server)
    _low_level(server)
    register_rounds(server)


def _image() -> ImageContent:
    return ImageContent(type="image", data=PIXEL, mime_type="image/png")


def _embedded(uri: str, text: str, mime: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(
        type="resource", resource=TextResourceContents(uri=uri, mime_type=mime, text=text)
    )


def _contents(server: MCPServer[Any]) -> None:
    """One tool a kind of content."""

    @server.tool()
    def test_simple_text() -> str:
        """Text."""
        return "This is a simple text response for testing."

    @server.tool()
    def test_image_content() -> list[ImageContent]:
        """A picture."""
        return [_image()]

    @server.tool()
    def test_audio_content() -> list[AudioContent]:
        """A sound."""
        return [AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")]

    @server.tool()
    def test_embedded_resource() -> list[EmbeddedResource]:
        """A resource in the answer."""
        return [_embedded("test://embedded-resource", "This is an embedded resource content.")]

    @server.tool()
    def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
        """Several kinds."""
        data = _embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
        return [TextContent(type="text", text="Multiple content types test:"), _image(), data]

    @server.tool()
    def test_error_handling() -> str:
        """Fail."""
        raise RuntimeError("This tool intentionally returns an error for testing")

    @server.tool()
    def test_x_mcp_header(
        region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "",
    ) -> str:
        """Take an argument that a header repeats."""
        return region

    server.add_tool(
        lambda: "", name="json_schema_2020_12_tool", description="Take a schema of every keyword."
    )
    # A tool's schema cannot be given, only derived; the suite asks for this very one.
    found = server._tool_manager.get_tool("json_schema_2020_12_tool")
    assert found is not None
    found.parameters = KEYWORDS


def _talking(server: MCPServer[Any]) -> None:
    """Tools that say something while they work."""

    @server.tool()
    async def test_tool_with_logging(ctx: Context) -> str:
        """Log three times."""
        await _log(ctx, "Tool execution started", "Tool processing data", "Tool execution completed")
        return "done"

    @server.tool()
    async def test_logging_tool(ctx: Context) -> str:
        """Log, though the caller may not have asked for it."""
        await _log(ctx, "not asked for")
        return "done"

    @server.tool()
    async def test_tool_with_progress(ctx: Context) -> str:
        """Report progress three times."""
        for percent in (0, 50, 100):
            await ctx.report_progress(percent, 100, f"Completed step {percent} of 100")
        return "done"

    @server.tool()
    async def test_reconnection(ctx: Context) -> str:
        """Close the stream under way; the answer waits to be fetched."""
        await ctx.close_sse_stream()
        return "Reconnection test completed"


async def _log(ctx: Context, *lines: str) -> None:
    for line in lines:
        await ctx.info(line)


def _asking(server: MCPServer[Any]) -> None:
    """Tools that ask the client, as the older revision does: by a request of the server's own."""

    @server.tool()
    async def test_sampling(prompt: str, ctx: Context) -> str:
        """Ask the client's model."""
        said = Said(role="user", content=TextContent(type="text", text=prompt))
        found = await ctx.session.create_message([said], max_tokens=100, related_request_id=ctx.request_id)
        return f"LLM response: {getattr(found.content, 'text', '')}"

    @server.tool()
    async def test_elicitation(message: str, ctx: Context) -> str:
        """Ask the client's user."""
        return f"User response: {(await ctx.elicit(message, Reply)).action}"

    @server.tool()
    async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
        """Ask with defaults."""
        return f"Elicitation completed: {(await ctx.elicit('Who?', Defaults)).action}"

    @server.tool()
    async def test_elicitation_sep1330_enums(ctx: Context) -> str:
        """Ask with lists of choices."""
        return f"Elicitation completed: {(await ctx.elicit('Which?', Enums)).action}"

    @server.tool()
    async def test_missing_capability(ctx: Context) -> str:
        """Refuse a client that declared no sampling."""
        declared = ctx.client_capabilities
        if declared is None or declared.sampling is None:
            needed = {"requiredCapabilities": {"sampling": {}}}
            raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "this tool needs sampling", needed)
        return "done"


def _changing(server: MCPServer[Any]) -> None:
    """Tools that change a list and say so."""

    @server.tool()
    async def test_trigger_tool_change(ctx: Context) -> str:
        """Add a tool and take it away."""
        server.add_tool(lambda: "", name="test_dynamic_tool")
        server.remove_tool("test_dynamic_tool")
        await ctx.notify_tools_changed()
        return "done"

    @server.tool()
    async def test_trigger_prompt_change(ctx: Context) -> str:
        """Add a prompt and take it away."""
        server.add_prompt(Prompt.from_function(lambda: "", name="test_dynamic_prompt"))
        server.remove_prompt("test_dynamic_prompt")
        await ctx.notify_prompts_changed()
        return "done"


def _resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text")
    def text() -> str:
        """Text."""
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def binary() -> bytes:
        """A picture."""
        return base64.b64decode(PIXEL)

    @server.resource("test://template/{id}/data")
    def template(id: str) -> str:
        """Whatever is asked for."""
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    @server.resource("test://watched-resource")
    def watched() -> str:
        """Something to subscribe to."""
        return "watched"


def _prompts(server: MCPServer[Any]) -> None:
    @server.prompt()
    def test_simple_prompt() -> str:
        """No arguments."""
        return "This is a simple prompt for testing."

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
        """Two arguments."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @server.prompt()
    def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
        """A resource in the prompt."""
        held = _embedded(resourceUri, "Embedded resource content for testing.")
        return [UserMessage(content=held), UserMessage(content="Please process the embedded resource above.")]

    @server.prompt()
    def test_prompt_with_image() -> list[UserMessage]:
        """A picture in the prompt."""
        return [UserMessage(content=_image()), UserMessage(content="Please analyze the image above.")]


def _low_level(server: MCPServer[Any]) -> None:
    """The older revision's methods for which `MCPServer` has no way in."""
    low = server._lowlevel_server

    async def level(ctx: ServerRequestContext[Any], params: SetLevelRequestParams) -> EmptyResult:
        return EmptyResult()

    async def subscribe(ctx: ServerRequestContext[Any], params: SubscribeRequestParams) -> EmptyResult:
        return EmptyResult()

    async def unsubscribe(ctx: ServerRequestContext[Any], params: UnsubscribeRequestParams) -> EmptyResult:
        return EmptyResult()

    low.add_request_handler("logging/setLevel", SetLevelRequestParams, level)
    low.add_request_handler("resources/subscribe", SubscribeRequestParams, subscribe)
    low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe)
