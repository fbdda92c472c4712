"""Puts the MCP server on the HTTP service: the entry at /mcp, its metadata, and the sessions' life."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI, Request
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import Response
from starlette.routing import Route

from interlock.agent.runtime import Runtime
from interlock.core.clock import SystemClock
from interlock.core.identity.oidc import Issuer
from interlock.core.identity.people import People
from interlock.core.identity.settings import IdentitySettings
from interlock.core.identity.tokens import Tokens
from interlock.core.outbound import Outbound
from interlock.surfaces.http.authn import Authenticator
from interlock.surfaces.http.front import is_open
from interlock.surfaces.http.limits import Limits
from interlock.surfaces.http.settings import ServeSettings
from interlock.surfaces.http.signins import SignIns
from interlock.surfaces.mcp.entry import METADATA, PATH, Entry, Resource, identified
from interlock.surfaces.mcp.server import Register, Server, build_server
from interlock.surfaces.mcp.settings import McpSettings

IDLE_SECONDS = 900.0
"""After which a session of the older revision ends; with the calls a minute allows, one principal cannot take all."""


@dataclass(frozen=True)
class Mounted:
    """The server on an app."""

    server: Server

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this lasts, requests are answered. Once only."""
        async with self.server.session_manager.run():
            yield


def mount(
    app: FastAPI,
    runtime: Runtime,
    serve: ServeSettings,
    *,
    people: People,
    signins: SignIns,
    questions: Limits,
    register: Register | None = None,
) -> Mounted:
    """Add `/mcp` to an app; its lifespan has to be run within `running`. `questions` counts those of the API too."""
    settings = runtime.parts.settings.section(McpSettings)
    identity = runtime.parts.settings.section(IdentitySettings)
    approvals = runtime.approvals
    server = build_server(
        lambda: runtime,
        settings,
        identify=identified,
        room=questions.question,
        desk=(lambda: approvals.desk) if approvals else None,
        register=register,
    )
    # Host and Origin are the door's and the entry's; the SDK's own check knows only fixed lists.
    server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=serve.max_body_bytes,
        session_idle_timeout=IDLE_SECONDS,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    resource = Resource(
        serve.public_url,
        identity.oidc.issuer if identity.oidc else "",
        settings.scopes,
    )
    entry = Entry(
        server.session_manager.handle_request,
        _authenticator(runtime, serve, identity, settings, people, signins),
        Limits(SystemClock(), at_once=settings.calls_at_once, per_minute=settings.calls_per_minute),
        resource,
    )

    @app.get(METADATA, include_in_schema=False)
    async def metadata(request: Request) -> Response:
        return resource.metadata(request)

    app.router.routes.append(Route(PATH, endpoint=entry, include_in_schema=False))
    return Mounted(server)


def _authenticator(
    runtime: Runtime,
    serve: ServeSettings,
    identity: IdentitySettings,
    settings: McpSettings,
    people: People,
    signins: SignIns,
) -> Authenticator:
    """As the API has it, but for tokens of our own audience, and without the sessions of browsers."""
    clock, oidc = SystemClock(), identity.oidc
    if oidc and settings.audience:
        oidc = oidc.model_copy(update={"audience": settings.audience})
    return Authenticator(
        people,
        tokens=Tokens(runtime.parts.store, clock),
        issuer=Issuer(oidc, Outbound(), clock) if oidc else None,
        sessions=None,
        certificates=serve.client_ca is not None,
        local=runtime.parts.principal if is_open(serve, identity) else None,
        failed=signins.failed,
    )
