"""Signing in with a browser: OIDC authorization code flow with PKCE, ending in a session cookie.

Threat: a login started by somebody else (login CSRF), a stolen code, an open redirect. Mechanism: state, nonce and code
verifier live in a short-lived sealed cookie of the browser that began; PKCE S256 (RFC 7636); the way back is a path of
ours only. Guarantee: the ID token is verified like every other and must carry our nonce.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from interlock.core.clock import Clock
from interlock.core.errors import NotSignedIn, Unreachable
from interlock.core.identity.oidc import Claims, Issuer
from interlock.core.identity.people import People
from interlock.core.identity.settings import OidcSettings
from interlock.core.outbound import Outbound
from interlock.surfaces.http.sessions import COOKIE, Sessions
from interlock.surfaces.http.signins import SignIns

BEGUN = "interlock_login"
BEGUN_LASTS = timedelta(minutes=10)


class Login:
    """The login of one identity provider."""

    def __init__(
        self,
        settings: OidcSettings,
        issuer: Issuer,
        sessions: Sessions,
        outbound: Outbound,
        clock: Clock,
        *,
        key: bytes,
        public_url: str,
        people: People,
        signins: SignIns,
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._sessions = sessions
        self._out = outbound
        self._clock = clock
        self._key = key
        self._url = public_url.rstrip("/")
        self._people = people
        self._signins = signins
        self._secure = self._url.startswith("https://")

    def router(self) -> APIRouter:
        """`/login`, `/login/callback` and `/logout`."""
        routes = APIRouter(include_in_schema=False)
        routes.add_api_route("/login", self.begin, methods=["GET"])
        routes.add_api_route("/login/callback", self.finish, methods=["GET"])
        routes.add_api_route("/logout", self.leave, methods=["POST"])
        return routes

    async def begin(self, back: str = "/", fresh: bool = False) -> Response:
        """Send the browser to the provider; `fresh` asks it to prove again who is there."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        found = await run_in_threadpool(self._discovered)
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": f"{self._url}/login/callback",
            "scope": "openid profile email groups",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if fresh else {}),
        }
        answer = RedirectResponse(f"{found['authorization_endpoint']}?{urlencode(asked)}", 303)
        begun = self._sealed({"state": state, "nonce": nonce, "verifier": verifier, "back": _own_path(back)})
        self._set(answer, BEGUN, begun, BEGUN_LASTS, path="/login")
        return answer

    async def finish(self, request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        """Take the browser back, check what it brings, and give it a session."""
        try:
            begun, claims = await self._checked(request, state, code, error)
        except NotSignedIn as wrong:
            await run_in_threadpool(self._signins.failed, "login", wrong.message)
            raise
        who = self._people.identified(claims.principal("web")).principal
        await run_in_threadpool(lambda: self._signins.succeeded(who.id, way="login", acr=claims.acr))
        answer = RedirectResponse(str(begun["back"]), 303)
        self._set(answer, COOKIE, self._sessions.sealed(claims), self._sessions.lasting, path="/")
        answer.delete_cookie(BEGUN, path="/login")
        return answer

    async def _checked(
        self, request: Request, state: str, code: str, error: str
    ) -> tuple[dict[str, Any], Claims]:
        begun = self._opened(request.cookies.get(BEGUN, ""))
        if not secrets.compare_digest(state.encode(), str(begun["state"]).encode()):
            raise NotSignedIn("this login was not begun here", hint="open /login")
        if error or not code:
            raise NotSignedIn("the identity provider did not sign you in", hint="open /login to try again")
        token = await run_in_threadpool(self._exchanged, code, str(begun["verifier"]))
        claims = await run_in_threadpool(self._issuer.verified, token)
        if claims.raw.get("nonce") != begun["nonce"]:
            raise NotSignedIn("the identity provider answered another login", hint="open /login")
        return begun, claims

    async def leave(self) -> Response:
        """End the session of this browser."""
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    def _exchanged(self, code: str, verifier: str) -> str:
        secret = self._settings.client_secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self._url}/login/callback",
            "client_id": self._settings.client_id,
            "code_verifier": verifier,
            **({"client_secret": secret.get_secret_value()} if secret else {}),
        }
        endpoint = str(self._discovered()["token_endpoint"])
        try:
            body = self._out.post(
                endpoint, urlencode(form).encode(), content_type="application/x-www-form-urlencoded"
            )
            return str(json.loads(body)["id_token"])
        except (Unreachable, ValueError, KeyError, TypeError):
            raise NotSignedIn("the identity provider did not take the login", hint="open /login") from None

    def _discovered(self) -> dict[str, Any]:
        place = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = json.loads(self._out.get(place))
        if not isinstance(found, dict) or found.get("issuer") != self._settings.issuer:
            raise Unreachable("the identity provider's discovery document names another issuer")
        return found

    def _sealed(self, said: dict[str, str]) -> str:
        from joserfc import jwt
        from joserfc.jwk import OctKey

        end = int((self._clock.now() + BEGUN_LASTS).timestamp())
        return jwt.encode({"alg": "HS256"}, {**said, "aud": BEGUN, "exp": end}, OctKey.import_key(self._key))

    def _opened(self, cookie: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import OctKey

        try:
            read = jwt.decode(cookie, OctKey.import_key(self._key), algorithms=["HS256"])
            jwt.JWTClaimsRegistry(
                now=lambda: int(self._clock.now().timestamp()),
                aud={"essential": True, "value": BEGUN},
                exp={"essential": True},
            ).validate(read.claims)
        except (JoseError, ValueError, TypeError):
            raise NotSignedIn("this login was not begun here, or too long ago", hint="open /login") from None
        return dict(read.claims)

    def _set(self, answer: Response, name: str, value: str, lasting: timedelta, *, path: str) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=int(lasting.total_seconds()),
            path=path,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


def _own_path(back: str) -> str:
    plain = (
        back.startswith("/") and not back.startswith(("//", "/\\")) and "\n" not in back and "\r" not in back
    )
    return back if plain else "/"
