"""The MCP server as clients meet it: real HTTP, a real child process, the real SDK client, and requests by hand."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx
import httpx2
import pytest
import uvicorn
from fakes.identity_provider import Provider, running_provider
from fakes.kube_api import KubeApi, Served
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

import interlock
from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.clock import SystemClock
from interlock.core.identity import Principal
from interlock.core.identity.tokens import Tokens
from interlock.core.settings import Settings
from interlock.surfaces.http.app import create_app
from interlock.surfaces.http.server import configured
from interlock.surfaces.http.settings import ServeSettings

DEMO = Path(interlock.__file__).parent / "evals" / "replays" / "demo"
ERAS = ("legacy", "2026-07-28")
T = TypeVar("T")
Said = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    runtime: Runtime

    @property
    def mcp(self) -> str:
        """Its MCP endpoint."""
        return f"{self.url}/mcp"

    def client(self, **options: Any) -> httpx.Client:
        """A client that speaks HTTP alone."""
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, **options)

    def token(self, principal: str, *scopes: str) -> str:
        """A service token of a person."""
        tokens = Tokens(self.runtime.parts.store, SystemClock())
        return tokens.create(principal, scopes=scopes, lasting=timedelta(days=1), kind="person")[0]

    def recorded(self, kind: str) -> list[Said]:
        """The bodies of what was put on record of a kind, oldest first."""
        return [dict(link.body) for link in self.runtime.audit.tail(500) if link.kind == kind]


Serve = Callable[..., AbstractContextManager[Service]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is indexed once for all tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def serve(tmp_path: Path, cache: Path, sqlite_made: Path) -> Serve:
    """Starts the service with these settings, on the demo recording or on a cluster at a URL."""
    shutil.copy(sqlite_made, tmp_path / "own.db")
    store = {"url": f"sqlite:///{tmp_path / 'own.db'}"}

    @contextmanager
    def started(
        serve: Said | None = None,
        *,
        cluster_url: str | None = None,
        knowledge: tuple[Path, ...] = (),
        **sections: Any,
    ) -> Iterator[Service]:
        with open_runtime(
            Settings({"store": store, **sections}),
            principal=Principal("local:tester"),
            replay=None if cluster_url else DEMO,
            cluster_url=cluster_url,
            knowledge=knowledge,
            state_dir=tmp_path / "state",
            cache_dir=cache,
            environment={},
        ) as runtime:
            settings = ServeSettings.model_validate({"port": 0, **(serve or {})})
            with _running(uvicorn.Server(configured(create_app(runtime, settings), settings))) as port:
                yield Service(f"http://localhost:{port}", runtime)

    return started


@contextmanager
def _running(server: uvicorn.Server) -> Iterator[int]:
    ready = threading.Event()
    begin = server.startup

    async def startup(sockets: Any = None) -> None:
        await begin(sockets=sockets)
        ready.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(30)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An identity provider on the machine's time."""
    with running_provider() as server:
        yield server


@pytest.fixture
def kube() -> Iterator[tuple[KubeApi, str]]:
    """A cluster that answers what a test says, with pods and events as kinds."""
    api = KubeApi().serves(
        "", "v1", ("pods", "Pod", True), ("events", "Event", True), ("secrets", "Secret", True)
    )
    with Served(api) as url:
        yield api, url


class Speak:
    """Speaks MCP to a server by the SDK's client: one function, from connecting to leaving."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def http(
        self,
        url: str,
        told: Callable[[Client], Awaitable[T]],
        *,
        era: str = "2026-07-28",
        token: str = "",
        **options: Any,
    ) -> T:
        """Over HTTP."""
        headers = {"authorization": f"Bearer {token}"} if token else {}

        async def main() -> T:
            async with httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as over:
                reached = streamable_http_client(url, http_client=over)
                async with Client(reached, mode=era, **options) as client:
                    return await told(client)

        return anyio.run(main)

    def stdio(
        self,
        told: Callable[[Client], Awaitable[T]],
        *arguments: str,
        era: str = "2026-07-28",
        **environment: str,
    ) -> T:
        """Over the standard streams of a child."""

        async def main() -> T:
            with (self._home / "stderr").open("w") as log:
                reached = stdio_client(self.child(*arguments, **environment), errlog=log)
                async with Client(reached, mode=era) as client:
                    return await told(client)

        return anyio.run(main)

    def child(self, *arguments: str, **environment: str) -> StdioServerParameters:
        """How the child is started."""
        places = {"INTERLOCK_STATE_DIR": str(self._home / "s"), "INTERLOCK_CACHE_DIR": str(self._home / "c")}
        return StdioServerParameters(
            command=str(Path(sys.executable).with_name("interlock")),
            args=["mcp", *(arguments or ("--replay", "demo"))],
            env={**os.environ, **places, **environment},
            cwd=self._home,
        )


@pytest.fixture
def speak(tmp_path: Path) -> Speak:
    """The SDK's client."""
    return Speak(tmp_path)


HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
META = "io.modelcontextprotocol/"


def modern(method: str, params: Said | None = None, **headers: str) -> Said:
    """A request of 2026-07-28, as keywords for httpx."""
    meta = {
        f"{META}protocolVersion": "2026-07-28",
        f"{META}clientInfo": {"name": "test", "version": "1"},
        f"{META}clientCapabilities": {},
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**(params or {}), "_meta": meta}}
    named = {"mcp-name": params["name"]} if params and "name" in params else {}
    return {
        "content": json.dumps(body),
        "headers": {
            **HEADERS,
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": method,
            **named,
            **headers,
        },
    }


def initialize(version: str = "2025-11-25", **headers: str) -> Said:
    """The first request of the older revisions, as keywords for httpx."""
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    return {"content": json.dumps(body), "headers": {**HEADERS, **headers}}


def answer(response: httpx.Response) -> Said:
    """The JSON-RPC answer in a response, whether it came as JSON or as an event."""
    if response.headers["content-type"].startswith("text/event-stream"):
        data = [line[6:] for line in response.text.splitlines() if line.startswith("data: {")]
        return dict(json.loads(data[-1]))
    return dict(response.json())


@dataclass(frozen=True)
class Wire:
    """Requests by hand."""

    modern: Callable[..., Said] = modern
    initialize: Callable[..., Said] = initialize
    answer: Callable[[httpx.Response], Said] = answer

    def call(self, client: httpx.Client, tool: str, args: Said | None = None, **headers: str) -> Said:
        """The result, or the error, of a tool's call."""
        asked = modern("tools/call", {"name": tool, "arguments": args or {}}, **headers)
        said = answer(client.post("/mcp", **asked))
        return dict(said.get("result") or said)


@pytest.fixture
def wire() -> Wire:
    """Requests by hand."""
    return Wire()
