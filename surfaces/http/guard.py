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
        body = _Body(self._max_body)
        await self._app(scope, body.bounded(receive), body.answered(self._with_headers(send)))

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
            return _too_large(self._max_body)
        return None

    def _is_own(self, origin: bytes, host: str) -> bool:
        return origin.decode("latin-1").lower() == f"{self._scheme}://{host}"

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


class _Body:
    """A body that says its length nowhere: when it grows too large the app hears no more of it, and answers nothing."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._refused = False

    def bounded(self, receive: Receive) -> Receive:
        """What the app receives."""

        async def limited() -> Message:
            message = await receive()
            self._taken += len(message.get("body", b""))
            return {"type": "http.disconnect"} if self._taken > self._most else message

        return limited

    def answered(self, send: Send) -> Send:
        """What the app answers, or why it was not heard to the end."""

        async def judged(message: Message) -> None:
            if message["type"] != "http.response.start" or self._taken <= self._most:
                if not self._refused:
                    await send(message)
                return
            self._refused = True
            await _refuse(send, *_too_large(self._most))

        return judged


def _too_large(most: int) -> tuple[int, str]:
    return 413, f"a request may have {most} bytes"


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


async def _refuse(send: Send, status: int, why: str) -> None:
    body = json.dumps({"error": why, "hint": None}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
