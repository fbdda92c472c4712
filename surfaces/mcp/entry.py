"""The way into /mcp over HTTP: who asks, what their token is good for, how often; an OAuth 2.1 resource server.

Threat: a token for somebody else's service, one in a URL, a session of another user, a page of another origin, a flood.
Mechanism: every request proves anew who sends it, before the SDK sees a byte; browser sessions do not count here.
Guarantee: what reaches the server carries its caller, and a session answers only to the principal who opened it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from interlock.core.errors import InterlockError, NotSignedIn
from interlock.core.identity.oidc import Claims
from interlock.surfaces.http.authn import Authenticator
from interlock.surfaces.http.authn import Caller as Authenticated
from interlock.surfaces.http.guard import App, Receive, Send
from interlock.surfaces.http.guard import Scope as Connection
from interlock.surfaces.http.limits import Limits
from interlock.surfaces.http.problems import TooMany, body_of, status_of
from interlock.surfaces.mcp.callers import EVERYTHING, Caller, Scope

PATH = "/mcp"
METADATA = "/.well-known/oauth-protected-resource/mcp"
CALLER = "interlock.mcp.caller"
_IN_URL = frozenset({"access_token", "token", "authorization", "api_key", "apikey", "bearer"})


@dataclass(frozen=True)
class Resource:
    """This server as OAuth knows it. `issuer` is '' where no identity provider is configured."""

    public_url: str
    issuer: str
    scopes: Mapping[Scope, str]

    def base(self, request: Request) -> str:
        """Where clients reach us."""
        return self.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"

    def origin(self, request: Request) -> str:
        """The origin of our own pages, by the name they asked for; a proxy in front may have taken TLS off."""
        scheme = "https" if self.public_url.startswith("https://") else request.url.scheme
        return f"{scheme}://{request.url.netloc}"

    def metadata(self, request: Request) -> Response:
        """RFC 9728."""
        if not self.issuer:
            return JSONResponse(
                {"error": "no identity provider is configured", "hint": "use a service token"}, 404
            )
        return JSONResponse(
            {
                "resource": f"{self.base(request)}{PATH}",
                "authorization_servers": [self.issuer],
                "scopes_supported": [*self.scopes.values()],
                "bearer_methods_supported": ["header"],
                "resource_name": "Interlock",
            }
        )

    def challenge(self, request: Request, **said: str) -> str:
        """What `WWW-Authenticate` says: the error, the least scope, and where to find out more."""
        if self.issuer:
            said["resource_metadata"] = f"{self.base(request)}{METADATA}"
            if "read" in self.scopes:
                said["scope"] = self.scopes["read"]
        quoted = ", ".join(f'{key}="{value}"' for key, value in said.items())
        return f"Bearer {quoted}".rstrip()

    def granted(self, who: Authenticated) -> frozenset[Scope]:
        """What a proof is good for here."""
        if isinstance(who.login, Claims) and self.scopes:
            carried = _carried(who.login.raw)
            return frozenset(ours for ours, name in self.scopes.items() if name in carried)
        return frozenset(one for one in EVERYTHING if who.may(one))


class Entry:
    """Wraps the SDK's transport."""

    def __init__(self, app: App, authenticator: Authenticator, limits: Limits, resource: Resource) -> None:
        self._app = app
        self._authenticator = authenticator
        self._limits = limits
        self._resource = resource

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Let a request in under its caller, or answer why not."""
        request = Request(scope)
        try:
            caller = await self._caller(request)
        except InterlockError as error:
            await self._refused(request, error)(scope, receive, send)
            return
        if not caller.scopes:
            await self._insufficient(request)(scope, receive, send)
            return
        known = AccessToken(token="", client_id=caller.principal.id, scopes=[*caller.scopes])
        try:
            await self._app({**scope, CALLER: caller, "user": AuthenticatedUser(known)}, receive, send)
        except ClientDisconnect:
            # Nobody hears this, unless it was the door that stopped listening: then it says why.
            await Response(status_code=400)(scope, receive, send)

    async def _caller(self, request: Request) -> Caller:
        _check_url(request)
        self._check_origin(request)
        who = await run_in_threadpool(self._authenticator.caller, request)
        self._limits.count(who.principal.id)
        return Caller(replace(who.principal, surface="mcp"), self._resource.granted(who), who.who.alias)

    def _check_origin(self, request: Request) -> None:
        # The door looks at requests that change something; a stream that is read is worth as much.
        origin, own = request.headers.get("origin"), self._resource.origin(request)
        if origin is not None and origin.lower() != own.lower():
            raise _ForeignPage("a page of another origin may not ask this")

    def _refused(self, request: Request, error: InterlockError) -> Response:
        headers: dict[str, str] = {}
        if isinstance(error, NotSignedIn):
            presented = "authorization" in request.headers
            said = {"error": "invalid_token", "error_description": error.message} if presented else {}
            headers["www-authenticate"] = self._resource.challenge(request, **said)
        if isinstance(error, TooMany):
            headers["retry-after"] = str(error.after)
        status = 400 if isinstance(error, _TokenInUrl) else 403 if isinstance(error, _ForeignPage) else None
        return JSONResponse(body_of(error), status or status_of(error), headers)

    def _insufficient(self, request: Request) -> Response:
        said = {"error": "this token is good for nothing here", "hint": "it needs the scope read"}
        challenge = self._resource.challenge(request, error="insufficient_scope")
        return JSONResponse(said, 403, {"www-authenticate": challenge})


class _TokenInUrl(InterlockError):
    """A URL is written to logs and histories; what is in it is no secret any more."""


class _ForeignPage(InterlockError):
    """A page of another origin."""


def identified(request: object) -> Caller:
    """The caller that the entry put on a request.

    Raises:
        InterlockError: when a message came in by another way.
    """
    caller = request.scope.get(CALLER) if isinstance(request, Request) else None
    if not isinstance(caller, Caller):
        raise InterlockError("nobody is known to have asked this")
    return caller


def _check_url(request: Request) -> None:
    asked = {name.lower() for name, _ in parse_qsl(request.url.query, keep_blank_values=True)}
    if asked & _IN_URL:
        raise _TokenInUrl("a token in a URL is not taken", hint="send it as Authorization: Bearer ...")


def _carried(claims: Mapping[str, Any]) -> set[str]:
    """The scopes of a token: `scope` (RFC 9068), or `scp` as some providers write it."""
    found: set[str] = set()
    for name in ("scope", "scp"):
        value = claims.get(name)
        if isinstance(value, str):
            found |= set(value.split())
        elif isinstance(value, list):
            found |= {one for one in value if isinstance(one, str)}
    return found
