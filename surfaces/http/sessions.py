"""A signed-in browser: who, when they signed in and how strongly, sealed in a cookie by the server's own key.

The cookie is a JWT (HS256) of ours that nothing else accepts: its audience is this service's session. It holds no
token of the identity provider.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from interlock.core.clock import Clock
from interlock.core.errors import BadInput, NotSignedIn
from interlock.core.identity.oidc import Claims
from interlock.core.identity.principal import Principal

COOKIE = "interlock_session"
_AUDIENCE = "interlock-session"


@dataclass(frozen=True)
class Session:
    """Who a browser is."""

    subject: str
    groups: tuple[str, ...]
    auth_time: int
    acr: str

    def principal(self) -> Principal:
        """As a principal."""
        return Principal(f"oidc:{self.subject}", groups=self.groups, surface="web")


class Sessions:
    """Seals and opens sessions."""

    def __init__(self, key: bytes, clock: Clock, lasting: timedelta) -> None:
        self._key = key
        self._clock = clock
        self.lasting = lasting

    def sealed(self, claims: Claims) -> str:
        """A cookie for a login that was just verified."""
        from joserfc import jwt
        from joserfc.jwk import OctKey

        now = int(self._clock.now().timestamp())
        said = {
            "aud": _AUDIENCE,
            "sub": claims.subject,
            "groups": list(claims.groups),
            "auth_time": claims.auth_time or 0,  # not told: good for reading, never fresh
            "acr": claims.acr,
            "iat": now,
            "exp": now + int(self.lasting.total_seconds()),
            "jti": secrets.token_hex(8),
        }
        return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(self._key))

    def opened(self, cookie: str) -> Session:
        """The session in a cookie.

        Raises:
            NotSignedIn: when it is not ours, or over.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import OctKey

        try:
            read = jwt.decode(cookie, OctKey.import_key(self._key), algorithms=["HS256"])
            jwt.JWTClaimsRegistry(
                now=lambda: int(self._clock.now().timestamp()),
                aud={"essential": True, "value": _AUDIENCE},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(read.claims)
            said = read.claims
            return Session(str(said["sub"]), tuple(said["groups"]), int(said["auth_time"]), str(said["acr"]))
        except (JoseError, ValueError, KeyError, TypeError):
            raise NotSignedIn("your session is over", hint="sign in again") from None


def open_session_key(path: Path) -> bytes:
    """The server's key for sessions, made when there is none.

    Raises:
        BadInput: when others may read it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    if path.stat().st_mode & 0o077:
        raise BadInput(f"the key {path} can be read by others", hint=f"chmod 600 {path}")
    return path.read_bytes()
