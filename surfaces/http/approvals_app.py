"""The approvals side as a service of its own: pages and API of changes, previews, decisions, executions. No chat, no model.

Its door, sign-in and errors are those of `interlock serve`; it loads neither agent nor LangChain.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from interlock import __version__
from interlock.approvals.service import Approvals
from interlock.core.audit import AuditLog
from interlock.core.clock import SystemClock
from interlock.core.errors import InterlockError
from interlock.core.identity import local_principal
from interlock.core.identity.settings import IdentitySettings
from interlock.core.settings import Settings
from interlock.core.store import Store
from interlock.surfaces.http import problems
from interlock.surfaces.http.changes import ChangesApi
from interlock.surfaces.http.front import check_exposure, door_for, open_front, show_errors
from interlock.surfaces.http.guard import Door
from interlock.surfaces.http.pages.routes import Pages
from interlock.surfaces.http.settings import ServeSettings
from interlock.surfaces.http.sides import Sides


def create_approvals_app(
    approvals: Approvals,
    settings: Settings,
    served: ServeSettings,
    *,
    store: Store,
    audit: AuditLog,
    state_dir: Path,
) -> Door:
    """Put the service together.

    Raises:
        BadInput: when it would be open to the network without a way to sign in, or TLS is half configured.
    """
    identity = settings.section(IdentitySettings)
    check_exposure(served, identity)
    front = open_front(
        served,
        identity,
        store=store,
        note=audit.note,
        state_dir=state_dir,
        local=local_principal(),
        clock=SystemClock(),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if approvals.worker:
            approvals.worker.start()
        yield
        await run_in_threadpool(approvals.close)
        front.signins.settle(ending=True)

    app = FastAPI(
        title="Interlock approvals",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    show_errors(app)
    sides = Sides(approvals.desk, approvals.office)
    app.include_router(ChangesApi(sides, front).router())
    app.include_router(Pages(sides, front).router())
    if front.login:
        app.include_router(front.login)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        try:
            await run_in_threadpool(audit.tail, 1)
        except InterlockError as error:
            return JSONResponse(problems.body_of(error), 503)
        return PlainTextResponse("ok\n")

    return door_for(app, served)
