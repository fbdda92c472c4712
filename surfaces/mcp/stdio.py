"""Serves one client on standard input and output, as the user of this terminal.

Guarantee: nothing but JSON-RPC on standard output; the list of tools is there before anything is opened.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from interlock.core.identity import local_principal
from interlock.surfaces.mcp.callers import Caller

if TYPE_CHECKING:
    from interlock.agent.runtime import Runtime
    from interlock.approvals.desk import Desk
    from interlock.surfaces.mcp.settings import McpSettings

INTERRUPTED = 130


class Later:
    """The runtime, opened once, by the first that needs it."""

    def __init__(self, open_: Callable[[], AbstractContextManager[Runtime]]) -> None:
        self._open = open_
        self._lock = threading.Lock()
        self._held = ExitStack()
        self._runtime: Runtime | None = None

    def __call__(self) -> Runtime:
        """The runtime."""
        with self._lock:
            if self._runtime is None:
                self._runtime = self._held.enter_context(self._open())
            return self._runtime

    def close(self) -> None:
        """Give everything back."""
        with self._lock:
            self._held.close()


def serve(
    open_: Callable[[], AbstractContextManager[Runtime]], settings: McpSettings, *, changes: bool
) -> None:
    """Serve until standard input ends; `changes` may be asked for when approvals are on."""
    from interlock.surfaces.mcp.server import build_server

    later = Later(open_)
    caller = Caller(replace(local_principal(), surface="mcp"))

    def desk() -> Desk | None:
        held = later().approvals
        return held.desk if held else None

    # The SDK waits for a line that may never come; what is written, is written in transactions.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    server = build_server(later, settings, identify=lambda _: caller, desk=desk if changes else None)
    try:
        server.run("stdio")
    finally:
        later.close()
