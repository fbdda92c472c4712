"""One conversation with another MCP server: connect, list, compare, call, end.

Threat: a server that hangs, floods, changes what a tool is, asks us for input, a model or our files, or sends a client on
to elsewhere. Mechanism: a new connection for each call, one deadline over all of it, limits on bytes and pages, no
capability declared and every request of the server's refused, the definition compared in the very conversation that calls
it. Nothing of a person's goes along: no token, no session, no earlier call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

import anyio
from pydantic import JsonValue, TypeAdapter, ValidationError

from interlock.core.errors import InterlockError, NotFound, Refused, Unreachable
from interlock.tools.mcp.definition import Cleans, Definition, defined
from interlock.tools.mcp.quiet import THREAD, keep_quiet
from interlock.tools.mcp.settings import ServerSettings
from interlock.tools.mcp.stdio import StdioTransport

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import CallToolResult, InputRequiredResult, Tool

T = TypeVar("T")
MOST_BYTES = 8_000_000
_PAGES = 20
_TOLD = 300
PINNED = "mcp-accepted"
ASKS = "mcp-asks-nothing"


@dataclass(frozen=True)
class Server:
    """A configured server and how it is asked."""

    name: str
    settings: ServerSettings
    redactor: Cleans

    def definitions(self) -> dict[str, Definition]:
        """What it says now of the listed tools it has.

        Raises:
            Unreachable: when it does not answer, or not in time.
            InterlockError: as it answered.
        """
        return self._in_time(lambda client: self._listed(client, self.settings.tools))

    def call(self, pinned: Definition, arguments: Mapping[str, JsonValue]) -> CallToolResult:
        """Call a tool that still is what was accepted.

        Raises:
            Refused: when its definition is another now, or the server asks for something back.
            NotFound: when the server has no such tool any more.
            Unreachable, InterlockError: as above.
        """

        async def called(client: Client) -> CallToolResult:
            now = (await self._listed(client, {pinned.tool})).get(pinned.tool)
            if now is None:
                raise NotFound(f"MCP server {self.name} has no tool {pinned.tool} any more")
            if now.digest != pinned.digest:
                raise Refused(
                    f"MCP server {self.name} describes {pinned.tool} otherwise than when it was accepted",
                    rule=PINNED,
                    hint=f"look at the change and accept it: interlock mcp-servers accept {self.name}",
                )
            return await self._called(client, pinned.tool, arguments)

        return self._in_time(called)

    async def _called(self, client: Client, tool: str, arguments: Mapping[str, JsonValue]) -> CallToolResult:
        from mcp_types import CallToolRequest, CallToolRequestParams, CallToolResult, InputRequiredResult

        # Not `call_tool`: that runs the server's output schema, patterns included, over the server's answer.
        adapter: TypeAdapter[CallToolResult | InputRequiredResult] = TypeAdapter(
            CallToolResult | InputRequiredResult
        )
        request = CallToolRequest(params=CallToolRequestParams(name=tool, arguments=dict(arguments)))
        answer = await client.session.send_request(request, adapter)
        if isinstance(answer, InputRequiredResult):
            raise Refused(f"MCP server {self.name} asks for input before it answers {tool}", rule=ASKS)
        return answer

    async def _listed(self, client: Client, wanted: Collection[str]) -> dict[str, Definition]:
        found = [tool async for tool in _tools(client) if tool.name in wanted]
        wire = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in found]
        return {str(one["name"]): defined(one, self.redactor) for one in wire}

    def _in_time(self, work: Callable[[Client], Awaitable[T]]) -> T:
        """Run to the end or the deadline, in a loop of its own: callers may have one running."""
        from anyio.from_thread import start_blocking_portal

        keep_quiet()
        with start_blocking_portal(name=THREAD) as portal:
            return portal.call(self._bounded, work)

    async def _bounded(self, work: Callable[[Client], Awaitable[T]]) -> T:
        seconds = self.settings.timeout_seconds
        try:
            with anyio.fail_after(seconds):
                async with self._connected() as client:
                    return await work(client)
        except TimeoutError:
            raise Unreachable(f"MCP server {self.name} did not answer within {seconds:g} s") from None

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        from mcp import Client
        from mcp_types import Implementation

        import interlock

        who = Implementation(name="interlock", version=interlock.__version__)
        problem: list[Callable[[], InterlockError | None]] = []
        try:
            async with (
                self._transport(problem) as transport,
                Client(transport, client_info=who, cache=None) as client,  # type: ignore[arg-type]
            ):
                yield client
        except BaseException as error:
            told = next((p for look in problem if (p := look()) is not None), None)
            raise self._explained(error, told) from None

    @asynccontextmanager
    async def _transport(self, problem: list[Callable[[], InterlockError | None]]) -> AsyncIterator[object]:
        one = self.settings
        if one.command:
            environment = {name: value.get_secret_value() for name, value in one.environment.items()}
            stdio = StdioTransport(one.command, environment, MOST_BYTES)
            problem.append(lambda: stdio.problem)
            yield stdio
            return
        from mcp.client.streamable_http import streamable_http_client

        from interlock.core.outbound_async import bounded_client

        headers = {name: value.get_secret_value() for name, value in one.headers.items()}
        client, bounded = bounded_client(
            one.url, headers=headers, seconds=one.timeout_seconds, most=MOST_BYTES
        )
        problem.append(lambda: bounded.problem)
        async with client:
            yield streamable_http_client(one.url, http_client=client, max_sse_event_size=MOST_BYTES)

    def _explained(self, error: BaseException, told: InterlockError | None) -> BaseException:
        """The error of ours that says what happened; one that only stops us goes on as it is."""
        leaves = list(_leaves(error))
        own = next((leaf for leaf in leaves if isinstance(leaf, InterlockError)), None)
        stops = next((leaf for leaf in leaves if not isinstance(leaf, Exception)), None)
        if isinstance(own, Refused | NotFound):
            return own
        if told is not None:
            return Unreachable(f"MCP server {self.name}: {told.message}", hint=told.hint)
        if own is not None or stops is not None:
            return cast("BaseException", own or stops)
        return self._said(leaves[0])

    def _said(self, error: BaseException) -> InterlockError:
        from mcp.shared.exceptions import MCPError

        if isinstance(error, MCPError):
            return InterlockError(f"MCP server {self.name} answers: {error.error.message[:_TOLD]}")
        if isinstance(error, ValidationError | ValueError):
            return Unreachable(f"MCP server {self.name} answers what is not MCP")
        return Unreachable(f"MCP server {self.name} cannot be reached: {type(error).__name__}")


async def _tools(client: Client) -> AsyncIterator[Tool]:
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools:
            yield tool
        cursor = page.next_cursor
        if cursor is None:
            return


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error
