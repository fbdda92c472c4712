"""What may happen between a client and the API server: an answer lost, a request lost, a change in between, a redirect.

A proxy in plain HTTP on loopback; towards the server it is nobody, so that the client's own credential counts.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal[
    "", "lose answer", "lose request", "half an answer", "no json", "redirect", "503", "408", "late"
]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding"}
NEVER_FORWARDED: tuple[Fault, ...] = ("lose request", "redirect", "503", "408")
WRITES = ("POST", "PATCH", "DELETE", "PUT")


@dataclass
class Between:
    """`fault` is what happens to the next writes; `before` is called before each is forwarded."""

    url: str = ""
    fault: Fault = ""
    before: Callable[[], None] = field(default=lambda: None)
    writes: list[tuple[str, str, Any]] = field(default_factory=list)
    """The writes that reached the server."""
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def between(port: int, ca_file: str) -> Iterator[Between]:
    """A running proxy to the API server at `port`."""
    held = Between()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(held, port, ca_file))
    http.daemon_threads = True
    thread = threading.Thread(target=lambda: http.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    held.url = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield held
    finally:
        held.ended.set()
        http.shutdown()
        thread.join()
        http.server_close()


def _handler(held: Between, port: int, ca_file: str) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one class
    context = ssl.create_default_context(cafile=ca_file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _go(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))) or None
            fault = held.fault if self.command in WRITES else ""
            if fault in NEVER_FORWARDED:
                self._instead(fault)
                return
            if self.command in WRITES:
                held.before()
                held.writes.append((self.command, self.path, json.loads(body) if body else None))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            status, content = _forwarded(port, context, self.command, self.path, body, headers)
            self._back(fault, status, content)

        def _instead(self, fault: Fault) -> None:
            self.close_connection = True
            if fault != "lose request":
                self._answer(int(fault) if fault.isdigit() else 307, b"gone elsewhere")

        def _back(self, fault: Fault, status: int, content: bytes) -> None:
            if fault == "late":
                held.ended.wait(5)
            if fault == "lose answer":
                self.close_connection = True
                return
            self._answer(status, b"<html>" if fault == "no json" else content, cut=fault == "half an answer")

        def _answer(self, status: int, content: bytes, *, cut: bool = False) -> None:
            self.send_response(status)
            for name, value in (("Location", "/version"), ("Content-Type", "application/json")):
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # a client that waited long enough is gone
                self.wfile.write(content[: len(content) // 2] if cut else content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    for method in ("GET", *WRITES):
        setattr(Handler, f"do_{method}", Handler._go)
    return Handler


def _forwarded(
    port: int, context: ssl.SSLContext, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    server = HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
    try:
        server.request(method, path, body, headers)
        answer = server.getresponse()
        return answer.status, answer.read()
    finally:
        server.close()
