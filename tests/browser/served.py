"""The service on a port that is known beforehand, because a browser has to be sent back to it after signing in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.surfaces.http.app import create_app
from interlock.surfaces.http.server import configured
from interlock.surfaces.http.settings import ServeSettings


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(folder: Path, sections: dict[str, Any], **options: Any) -> Iterator[tuple[str, Runtime]]:
    """Its address, and the runtime behind it."""
    port = free_port()
    url = f"http://localhost:{port}"
    with open_runtime(
        Settings(sections),
        principal=Principal("local:tester"),
        state_dir=folder / "state",
        cache_dir=folder / "cache",
        environment={},
    ) as runtime:
        settings = ServeSettings.model_validate({"port": port, "public_url": url, **options})
        server = uvicorn.Server(configured(create_app(runtime, settings), settings))
        ready, begin = threading.Event(), server.startup

        async def startup(sockets: Any = None) -> None:
            await begin(sockets=sockets)
            ready.set()

        server.startup = startup  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            assert ready.wait(60)
            yield url, runtime
        finally:
            server.should_exit = True
            thread.join()
