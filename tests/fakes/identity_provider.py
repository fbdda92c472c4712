"""An OpenID provider and SCIM service on loopback, with keys that can be rotated and answers that can fail.

Speaks OpenID Connect Discovery 1.0, JWKS (RFC 7517), the token endpoint of RFC 6749 with PKCE (RFC 7636), and SCIM 2.0
lists (RFC 7644).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Provider(ThreadingHTTPServer):
    """Serves a discovery document, a JWKS and SCIM lists."""

    def __init__(self, now: int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.now = now
        self.keys = [RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})]
        self.asked: list[str] = []
        self.down = False
        self.codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {}
        self.users: list[dict[str, Any]] = []
        self.groups: list[dict[str, Any]] = []

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def authorize(self, query: dict[str, str]) -> str:
        """What the person's click at the provider does: a code for the browser to take back."""
        code = secrets.token_hex(8)
        self.codes[code] = query
        return code

    def rotate(self) -> None:
        number = len(self.keys) + 1
        self.keys = [RSAKey.generate_key(2048, {"kid": f"k{number}", "use": "sig"})]

    def token(self, *, header: dict[str, Any] | None = None, drop: str = "", **claims: Any) -> str:
        now = self.now or int(time.time())
        said = {
            "iss": self.issuer,
            "aud": "interlock",
            "sub": "ana",
            "iat": now,
            "exp": now + 600,
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
        if parts.path == "/authorize":
            self._sent_back({k: v[0] for k, v in parse_qs(parts.query).items()})
            return
        query = {k: int(v[0]) for k, v in parse_qs(parts.query).items()}
        self._end(200, self._answer(parts.path, query))

    def do_POST(self) -> None:
        form = {
            k: v[0]
            for k, v in parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()).items()
        }
        begun = self.server.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if begun is None or begun["code_challenge"] != proof.rstrip(b"=").decode():
            self._end(400, {"error": "invalid_grant"})
            return
        claims = {"nonce": begun["nonce"], "aud": begun["client_id"], **self.server.claims}
        self._end(200, {"id_token": self.server.token(**claims), "token_type": "Bearer"})

    def _sent_back(self, query: dict[str, str]) -> None:
        """A browser is let through at once, as whom `claims` say."""
        self.send_response(302)
        back = urlencode({"state": query["state"], "code": self.server.authorize(query)})
        self.send_header("location", f"{query['redirect_uri']}?{back}")
        self.send_header("content-length", "0")
        self.end_headers()

    def _end(self, code: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(code)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, query: dict[str, int]) -> Any:
        server = self.server
        if path.endswith("openid-configuration"):
            return {
                "issuer": server.issuer,
                "jwks_uri": f"{server.issuer}/keys",
                "authorization_endpoint": f"{server.issuer}/authorize",
                "token_endpoint": f"{server.issuer}/token",
            }
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in server.keys]}
        items = server.users if path.endswith("/Users") else server.groups
        start = query["startIndex"] - 1
        return {"totalResults": len(items), "Resources": items[start : start + min(query["count"], 3)]}

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def running_provider(now: int | None = None) -> Iterator[Provider]:
    """A running provider; `now` is the time on its tokens, by default the machine's."""
    with Provider(now) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
