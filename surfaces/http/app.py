"""The app factory: one FastAPI app with the door, the API, the login and the probes; later surfaces mount on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from interlock import __version__
from interlock.agent.runtime import Runtime
from interlock.core.audit import configuration
from interlock.core.clock import SystemClock
from interlock.core.errors import InterlockError, Refused, StoreFailed
from interlock.core.identity.settings import IdentitySettings
from interlock.surfaces.http import problems
from interlock.surfaces.http.api import Api
from interlock.surfaces.http.authn import Authenticator
from interlock.surfaces.http.background import Background, record_problem
from interlock.surfaces.http.changes import ChangesApi
from interlock.surfaces.http.front import check_exposure, door_for, open_front, show_errors
from interlock.surfaces.http.guard import Door
from interlock.surfaces.http.limits import Limits
from interlock.surfaces.http.metrics import Counts
from interlock.surfaces.http.pages.routes import Pages
from interlock.surfaces.http.settings import ServeSettings
from interlock.surfaces.http.sides import Sides
from interlock.surfaces.mcp.mount import mount

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


@dataclass(frozen=True)
class Served:
    """The app, and the parts that later surfaces need."""

    app: FastAPI
    door: Door
    authenticator: Authenticator
    background: Background


def create_app(
    runtime: Runtime, settings: ServeSettings, *, register: Callable[[MCPServer[Any]], None] | None = None
) -> Served:
    """Put the service together; `register` adds a test's own fixtures to the MCP server.

    Raises:
        BadInput: when it would be open to the network without a way to sign in, or TLS is half configured.
    """
    identity = runtime.parts.settings.section(IdentitySettings)
    check_exposure(settings, identity)
    clock, counts = SystemClock(), Counts()
    parts = runtime.parts
    front = open_front(
        settings,
        identity,
        store=parts.store,
        note=runtime.audit.note,
        state_dir=parts.state_dir,
        local=parts.principal,
        clock=clock,
    )
    authenticator, signins = front.authenticator, front.signins
    _record_settings(runtime, settings)
    held = runtime.approvals
    sides = Sides(held.desk, held.office) if held else Sides()
    background = Background(runtime, clock, counts, signins)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background.start()
        if held and held.worker:
            held.worker.start()
        async with mounted.running():
            yield
        if held:
            await run_in_threadpool(held.close)
        await run_in_threadpool(background.stop)

    app = FastAPI(
        title="Interlock",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    show_errors(app)
    limits = Limits(clock, at_once=settings.questions_at_once, per_minute=settings.questions_per_minute)
    app.include_router(Api(runtime, authenticator, limits, counts, settings.link_hosts).router())
    app.include_router(ChangesApi(sides, front).router())
    app.include_router(Pages(sides, front).router())
    if front.login:
        app.include_router(front.login)
    _add_probes(app, runtime, authenticator, counts)
    mounted = mount(
        app,
        runtime,
        settings,
        people=front.people,
        signins=signins,
        questions=limits,
        register=register,
    )
    return Served(app, door_for(app, settings), authenticator, background)


def _record_settings(runtime: Runtime, settings: ServeSettings) -> None:
    """The settings this service runs under, when they are new; without our own database nobody can say."""
    sections = {**runtime.parts.settings.shown(), "serve": settings.model_dump(mode="json")}
    with suppress(StoreFailed):
        configuration.record(sections, runtime.parts.store, runtime.audit)


def _add_probes(app: FastAPI, runtime: Runtime, authenticator: Authenticator, counts: Counts) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        try:
            await run_in_threadpool(runtime.audit.tail, 1)
        except InterlockError as error:
            return JSONResponse(problems.body_of(error), 503)
        return PlainTextResponse("ok\n")

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        who = await run_in_threadpool(authenticator.caller, request)
        if not who.may("metrics"):
            raise Refused("this token is not good for metrics", rule="token-scope")
        counts.intact(not await run_in_threadpool(record_problem, runtime.parts.store))
        return Response(counts.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
