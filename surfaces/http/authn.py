"""Who asks over HTTP: a client certificate, a bearer token (of ours or the identity provider's), or a session.

Threat: somebody asks as nobody or as somebody else. Mechanism: exactly one proof counts, in this order; a proof that is
there and does not hold is an error, never a reason to try the next. Guarantee: without a proof nobody gets in, except
the user of this machine on loopback where no way to sign in is configured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from interlock.core.errors import NotSignedIn
from interlock.core.identity.certificates import principal_of
from interlock.core.identity.oidc import Claims, Issuer
from interlock.core.identity.people import Identified, People
from interlock.core.identity.principal import Principal
from interlock.core.identity.tokens import Tokens
from interlock.surfaces.http.sessions import COOKIE, Session, Sessions

PEER = "interlock.peer_certificate"
ALL = "*"


@dataclass(frozen=True)
class Caller:
    """Who asks, what their token is good for, and the proof of a fresh login where there is one."""

    who: Identified
    scopes: frozenset[str]
    login: Session | Claims | None = None

    @property
    def principal(self) -> Principal:
        """Under the canonical id."""
        return self.who.principal

    def may(self, scope: str) -> bool:
        """Whether the token, where one was used, is good for this."""
        return ALL in self.scopes or scope in self.scopes


class Authenticator:
    """The ways in that are configured."""

    def __init__(
        self,
        people: People,
        *,
        tokens: Tokens,
        issuer: Issuer | None,
        sessions: Sessions | None,
        certificates: bool,
        local: Principal | None,
        failed: Callable[[str, str], None] = lambda _way, _why: None,
    ) -> None:
        """Nothing is checked yet.

        Args:
            people: aliases to canonical ids.
            tokens: service tokens.
            issuer: the identity provider, when one is configured.
            sessions: browser sessions, when there is a login.
            certificates: whether TLS asks for client certificates.
            local: who everybody is who asks without a proof; only for loopback without any way to sign in.
            failed: is told of each proof that did not hold: of what kind it was, and why not.
        """
        self._people = people
        self._tokens = tokens
        self._issuer = issuer
        self._sessions = sessions
        self._certificates = certificates
        self._local = local
        self._failed = failed

    def caller(self, request: Request) -> Caller:
        """Who asks.

        Raises:
            NotSignedIn: when they do not prove who they are.
        """
        try:
            return self._proven(request)
        except NotSignedIn as error:
            way = self._way(request)
            if way:  # nobody failed who tried nothing
                self._failed(way, error.message)
            raise

    def _way(self, request: Request) -> str:
        """Which proof counts for this request; '' when it brings none."""
        if self._certificates:
            return "certificate"
        if request.headers.get("authorization"):
            return "token"
        return "session" if self._sessions and request.cookies.get(COOKIE) else ""

    def _proven(self, request: Request) -> Caller:
        if self._certificates:
            return self._everything(principal_of(request.scope.get(PEER), "http"))
        header = request.headers.get("authorization", "")
        if header:
            return self._bearer(header)
        cookie = request.cookies.get(COOKIE)
        if cookie and self._sessions:
            session = self._sessions.opened(cookie)
            return self._everything(session.principal(), session)
        if self._local:
            return self._everything(self._local)
        raise NotSignedIn(
            "you are not signed in", hint="open /login, or send a token: Authorization: Bearer ..."
        )

    def _bearer(self, header: str) -> Caller:
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise NotSignedIn("only bearer tokens are taken")
        text = text.strip()
        if text.startswith("ilk_"):
            principal, token = self._tokens.verified(text, "http")
            return Caller(self._people.identified(principal), frozenset(token.scopes))
        if self._issuer is None:
            raise NotSignedIn(
                "this is no token of ours, and no identity provider is configured",
                hint="make one with `interlock token create`, or set identity.oidc",
            )
        claims = self._issuer.verified(text)
        return self._everything(claims.principal("http"), claims)

    def _everything(self, principal: Principal, login: Session | Claims | None = None) -> Caller:
        return Caller(self._people.identified(principal), frozenset({ALL}), login)
