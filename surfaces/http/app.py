"""The app factory: one FastAPI app with the door, the API, the login and the probes; later surfaces mount on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from interlock import __version__
from interlock.agent.runtime import Runtime
from interlock.core.audit import configuration
from interlock.core.clock import SystemClock
from interlock.core.errors import BadInput, InterlockError, Refused, StoreFailed
from interlock.core.identity.oidc import Issuer
from interlock.core.identity.people import People
from interlock.core.identity.settings import IdentitySettings
from interlock.core.identity.tokens import Tokens
from interlock.core.outbound import Outbound
from interlock.surfaces.http import problems
from interlock.surfaces.http.api import Api
from interlock.surfaces.http.authn import Authenticator
from interlock.surfaces.http.background import Background, record_problem
from interlock.surfaces.http.guard import LOOPBACK, Door
from interlock.surfaces.http.limits import Limits
from interlock.surfaces.http.login import Login
from interlock.surfaces.http.metrics import Counts
from interlock.surfaces.http.sessions import Sessions, open_session_key
from interlock.surfaces.http.settings import ServeSettings
from interlock.surfaces.http.signins import SignIns

SESSION_KEY = "session.key"


@dataclass(frozen=True)
class Served:
    """The app, and the parts that later surfaces need."""

    app: FastAPI
    door: Door
    authenticator: Authenticator
    background: Background


def create_app(runtime: Runtime, settings: ServeSettings) -> Served:
    """Put the service together.

    Raises:
        BadInput: when it would be open to the network without a way to sign in, or TLS is half configured.
    """
    identity = runtime.parts.settings.section(IdentitySettings)
    check_exposure(settings, identity)
    clock, counts = SystemClock(), Counts()
    outbound = Outbound()
    issuer = Issuer(identity.oidc, outbound, clock) if identity.oidc else None
    key = open_session_key(runtime.parts.state_dir / SESSION_KEY)
    sessions = Sessions(key, clock, timedelta(hours=settings.session_hours))
    people, signins = People(identity.people), SignIns(runtime.audit.note, clock)
    _record_settings(runtime, settings)
    authenticator = Authenticator(
        people,
        tokens=Tokens(runtime.parts.store, clock),
        issuer=issuer,
        sessions=sessions if identity.oidc else None,
        certificates=settings.client_ca is not None,
        local=runtime.parts.principal if _is_open(settings, identity) else None,
        failed=signins.failed,
    )
    background = Background(runtime, clock, counts, signins)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background.start()
        yield
        await run_in_threadpool(background.stop)

    app = FastAPI(
        title="Interlock",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    app.add_exception_handler(InterlockError, problems.shown)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(Exception, problems.shown)
    limits = Limits(clock, at_once=settings.questions_at_once, per_minute=settings.questions_per_minute)
    app.include_router(Api(runtime, authenticator, limits, counts, settings.link_hosts).router())
    if identity.oidc and issuer and identity.oidc.client_id:
        login = Login(
            identity.oidc,
            issuer,
            sessions,
            outbound,
            clock,
            key=key,
            public_url=settings.public_url,
            people=people,
            signins=signins,
        )
        app.include_router(login.router())
    _add_probes(app, runtime, authenticator, counts)
    door = Door(
        app,
        hosts=frozenset(host.lower() for host in settings.allowed_hosts),
        secure=settings.tls_cert is not None or settings.public_url.startswith("https://"),
        max_body=settings.max_body_bytes,
    )
    return Served(app, door, authenticator, background)


def check_exposure(settings: ServeSettings, identity: IdentitySettings) -> None:
    """Refuse to be reached by others without knowing them.

    Raises:
        BadInput: naming what to set.
    """
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise BadInput("serve.tls_cert and serve.tls_key go together")
    if settings.client_ca and not settings.tls_cert:
        raise BadInput("serve.client_ca needs TLS", hint="set serve.tls_cert and serve.tls_key")
    if identity.oidc and identity.oidc.client_id and not settings.public_url:
        raise BadInput("the OIDC login needs serve.public_url", hint="the address as browsers see it")
    if _is_loopback(settings.host):
        return
    if not identity.oidc and not settings.client_ca:
        raise BadInput(
            f"refusing to listen on {settings.host}: nobody could be told apart",
            hint="configure identity.oidc or serve.client_ca, or listen on 127.0.0.1",
        )
    if not settings.tls_cert and not settings.public_url.startswith("https://"):
        raise BadInput(
            f"refusing to listen on {settings.host} without TLS",
            hint="set serve.tls_cert, or serve.public_url to the https address of the proxy in front",
        )


def _record_settings(runtime: Runtime, settings: ServeSettings) -> None:
    """The settings this service runs under, when they are new; without our own database nobody can say."""
    sections = {**runtime.parts.settings.shown(), "serve": settings.model_dump(mode="json")}
    with suppress(StoreFailed):
        configuration.record(sections, runtime.parts.store, runtime.audit)


def _is_open(settings: ServeSettings, identity: IdentitySettings) -> bool:
    return _is_loopback(settings.host) and not identity.oidc and not settings.client_ca


def _is_loopback(host: str) -> bool:
    return host in LOOPBACK | {"::1"}


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


async def _bad_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse({"error": f"{where or 'body'}: {first['msg']}", "hint": "see docs/json.md"}, 400)
