"""The door of every request: the right Host, the right Origin, a bounded body, headers that a browser heeds.

Threat: DNS rebinding, cross-site requests with somebody's cookie, endless bodies, framing. Mechanism: a pure ASGI
middleware in front of everything. Guarantee: a request for a Host that is not ours, or a changing one from another
Origin, reaches no route.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


class Door:
    """Wraps an app."""

    def __init__(self, app: App, *, hosts: frozenset[str], secure: bool, max_body: int) -> None:
        self._app = app
        self._hosts = hosts | LOOPBACK
        self._scheme = "https" if secure else "http"
        self._secure = secure
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        why = self._refusal(scope)
        if why:
            await _refuse(send, *why)
            return
        await self._app(scope, self._bounded(receive), self._with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if _name(host) not in self._hosts:
            return 421, "this service is not reached by that name; see serve.allowed_hosts"
        origin = headers.get(b"origin")
        if scope["method"] not in _SAFE and origin is not None and not self._is_own(origin, host):
            return 403, "a page of another origin may not ask this"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._max_body:
            return 413, f"a request may have {self._max_body} bytes"
        return None

    def _is_own(self, origin: bytes, host: str) -> bool:
        return origin.decode("latin-1").lower() == f"{self._scheme}://{host}"

    def _bounded(self, receive: Receive) -> Receive:
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_body:
                return {"type": "http.disconnect"}
            return message

        return limited

    def _with_headers(self, send: Send) -> Send:
        async def added(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                extra = [pair for pair in _HEADERS if pair[0] not in known]
                if b"content-security-policy" not in known:
                    extra.append((b"content-security-policy", _POLICY))
                if self._secure:
                    extra.append((b"strict-transport-security", b"max-age=31536000"))
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        return added


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


async def _refuse(send: Send, status: int, why: str) -> None:
    body = json.dumps({"error": why, "hint": None}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
