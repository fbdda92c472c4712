"""What every service of ours has in front: who asks, how a browser signs in, errors as JSON, the door around it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import JsonValue
from starlette.exceptions import HTTPException

from interlock.core.clock import Clock
from interlock.core.errors import BadInput, InterlockError
from interlock.core.identity.oidc import Issuer
from interlock.core.identity.people import People
from interlock.core.identity.principal import Principal
from interlock.core.identity.settings import IdentitySettings
from interlock.core.identity.tokens import Tokens
from interlock.core.outbound import Outbound
from interlock.core.store import Store
from interlock.surfaces.http import problems
from interlock.surfaces.http.authn import Authenticator
from interlock.surfaces.http.csrf import Csrf
from interlock.surfaces.http.guard import LOOPBACK, Door
from interlock.surfaces.http.login import Login
from interlock.surfaces.http.sessions import Sessions, open_session_key
from interlock.surfaces.http.settings import ServeSettings
from interlock.surfaces.http.signins import SignIns

SESSION_KEY = "session.key"
_WHERE = "changes are at /changes, the API at /api/v1 (docs/json.md)"
Note = Callable[[str, Mapping[str, JsonValue]], object]


@dataclass(frozen=True)
class Front:
    """The parts in front. `login` is None where browsers cannot sign in."""

    authenticator: Authenticator
    people: People
    signins: SignIns
    csrf: Csrf
    login: APIRouter | None


def open_front(
    settings: ServeSettings,
    identity: IdentitySettings,
    *,
    store: Store,
    note: Note,
    state_dir: Path,
    local: Principal,
    clock: Clock,
) -> Front:
    """The parts in front, as configured; `local` is who asks on loopback where nobody can sign in."""
    outbound = Outbound()
    issuer = Issuer(identity.oidc, outbound, clock) if identity.oidc else None
    key = open_session_key(state_dir / SESSION_KEY)
    sessions = Sessions(key, clock, timedelta(hours=settings.session_hours))
    people, signins = People(identity.people), SignIns(note, clock)
    authenticator = Authenticator(
        people,
        tokens=Tokens(store, clock),
        issuer=issuer,
        sessions=sessions if identity.oidc else None,
        certificates=settings.client_ca is not None,
        local=local if is_open(settings, identity) else None,
        failed=signins.failed,
    )
    login = None
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
        ).router()
    return Front(authenticator, people, signins, Csrf(key), login)


def show_errors(app: FastAPI) -> None:
    """Errors of an app as JSON."""
    app.add_exception_handler(InterlockError, problems.shown)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Exception, problems.shown)


def door_for(app: FastAPI, settings: ServeSettings) -> Door:
    """The door around an app."""
    return Door(
        app,
        hosts=frozenset(host.lower() for host in settings.allowed_hosts),
        secure=settings.tls_cert is not None or settings.public_url.startswith("https://"),
        max_body=settings.max_body_bytes,
    )


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
    if is_loopback(settings.host):
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


def is_open(settings: ServeSettings, identity: IdentitySettings) -> bool:
    """Whether everybody who reaches it is taken for the user of this machine."""
    return is_loopback(settings.host) and not identity.oidc and not settings.client_ca


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    return host in LOOPBACK | {"::1"}


async def _bad_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    json = "json" in request.headers.get("content-type", "") or request.method == "GET"
    hint = "see docs/json.md" if json else "send JSON, with the header content-type: application/json"
    return JSONResponse({"error": f"{where or 'body'}: {first['msg']}", "hint": hint}, 400)


async def _no_route(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        said = {"error": f"there is nothing at {request.url.path}", "hint": _WHERE}
        if request.url.path.startswith("/login"):
            said["hint"] = "nobody signs in here: no identity provider is configured (identity.oidc)"
        return JSONResponse(said, 404)
    hint = "see docs/json.md"
    return JSONResponse({"error": str(error.detail), "hint": hint}, error.status_code, error.headers)
