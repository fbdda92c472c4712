"""MCP over a program's standard input and output, the program started by `core.process` like any other.

Threat: a server that writes without end, or anything but JSON-RPC. Mechanism: the SDK's own transport is not used, for it
starts programs itself; lines are read here, within a limit, and what is no message is handed on as an error.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from interlock.core.errors import Unreachable
from interlock.core.process import Talk, talk

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.shared.message import SessionMessage

    Incoming = SessionMessage | Exception

_CHUNK = 65_536
_TOLD = 300


class StdioTransport:
    """One conversation with one program; use it once."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], most: int) -> None:
        self._argv = argv
        self._environment = environment
        self._left = self._most = most
        self.problem: Unreachable | None = None
        self._opened = self._open()

    async def __aenter__(
        self,
    ) -> tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]:
        """Start the program."""
        return await self._opened.__aenter__()

    async def __aexit__(self, *error: object) -> bool | None:
        """End it."""
        return await self._opened.__aexit__(*error)  # type: ignore[arg-type]

    @asynccontextmanager
    async def _open(
        self,
    ) -> AsyncIterator[tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]]:
        with talk(self._argv, environment=self._environment) as program:
            to_us, incoming = _stream()
            outgoing, from_us = _messages()
            async with anyio.create_task_group() as group, incoming, outgoing:
                group.start_soon(self._read, program, to_us)
                group.start_soon(self._write, program, from_us)
                try:
                    yield incoming, outgoing
                finally:
                    group.cancel_scope.cancel()

    async def _read(self, program: Talk, into: MemoryObjectSendStream[Incoming]) -> None:
        buffer = bytearray()
        async with into:
            while chunk := await _some(program.out):
                self._left -= len(chunk)
                if self._left < 0:
                    self.problem = Unreachable(f"it wrote more than {self._most} bytes")
                    return
                *lines, rest = chunk.split(b"\n")
                for line in lines:
                    buffer += line
                    if buffer.strip():
                        await into.send(_message(bytes(buffer)))
                    buffer.clear()
                buffer += rest
            said = " ".join(program.last_words().split())[-_TOLD:]
            self.problem = Unreachable(f"it ended{f': {said}' if said else ''}")

    async def _write(self, program: Talk, messages: MemoryObjectReceiveStream[SessionMessage]) -> None:
        async with messages:
            async for one in messages:
                left = memoryview(
                    one.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
                )
                while left:
                    await anyio.wait_writable(program.into)
                    try:
                        left = left[os.write(program.into, left) :]
                    except BlockingIOError:
                        continue
                    except OSError:
                        return


def _stream() -> tuple[MemoryObjectSendStream[Incoming], MemoryObjectReceiveStream[Incoming]]:
    return anyio.create_memory_object_stream(0)


def _messages() -> tuple[MemoryObjectSendStream[SessionMessage], MemoryObjectReceiveStream[SessionMessage]]:
    return anyio.create_memory_object_stream(0)


async def _some(descriptor: int) -> bytes:
    """The next bytes, empty at the end."""
    while True:
        await anyio.wait_readable(descriptor)
        try:
            return os.read(descriptor, _CHUNK)
        except BlockingIOError:
            continue
        except OSError:
            return b""


def _message(line: bytes) -> Incoming:
    from mcp.shared.message import SessionMessage
    from mcp_types import jsonrpc_message_adapter

    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        return error
