"""An identity provider and a directory on loopback, with keys that can be rotated and answers that can fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from interlock.core.clock import FixedClock
from interlock.core.identity.oidc import Issuer
from interlock.core.identity.settings import OidcSettings
from interlock.core.outbound import Outbound

NOW = datetime(2026, 4, 18, 10, 50, tzinfo=UTC)
AT = int(NOW.timestamp())


class Provider(ThreadingHTTPServer):
    """Serves a discovery document, a JWKS and SCIM lists."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys = [RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})]
        self.asked: list[str] = []
        self.down = False
        self.users: list[dict[str, Any]] = []
        self.groups: list[dict[str, Any]] = []

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def rotate(self) -> None:
        number = len(self.keys) + 1
        self.keys = [RSAKey.generate_key(2048, {"kid": f"k{number}", "use": "sig"})]

    def token(self, *, header: dict[str, Any] | None = None, drop: str = "", **claims: Any) -> str:
        said = {
            "iss": self.issuer,
            "aud": "interlock",
            "sub": "ana",
            "iat": AT,
            "exp": AT + 600,
            "groups": ["sre"],
            **claims,
        }
        said.pop(drop, None)
        return jwt.encode(
            {"alg": "RS256", "kid": self.keys[0].kid, **(header or {})},
            said,
            self.keys[0],
            algorithms=["RS256", "PS256"],
        )


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(parts.path)
        if self.server.down:
            self.send_error(503)
            return
        query = {k: int(v[0]) for k, v in parse_qs(parts.query).items()}
        body = json.dumps(self._answer(parts.path, query)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, query: dict[str, int]) -> Any:
        server = self.server
        if path.endswith("openid-configuration"):
            return {"issuer": server.issuer, "jwks_uri": f"{server.issuer}/keys"}
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in server.keys]}
        items = server.users if path.endswith("/Users") else server.groups
        start = query["startIndex"] - 1
        return {"totalResults": len(items), "Resources": items[start : start + min(query["count"], 3)]}

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A running provider."""
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def outbound() -> Outbound:
    """A client that does not wait between attempts."""
    return Outbound(attempts=2, wait=lambda _: None)


@pytest.fixture
def clock() -> FixedClock:
    """Stands still."""
    return FixedClock(NOW)


@pytest.fixture
def settings(provider: Provider) -> OidcSettings:
    """The provider's settings."""
    return OidcSettings(issuer=provider.issuer, audience="interlock")


@pytest.fixture
def issuer(settings: OidcSettings, outbound: Outbound, clock: FixedClock) -> Issuer:
    """The provider as we see it."""
    return Issuer(settings, outbound, clock)
