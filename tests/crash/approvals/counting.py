"""Stands before the API server: counts what changes it, and lets something die right before or after a request.

Plain HTTP on loopback; towards the server it is nobody, so that the client's own credential counts.
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
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crash.approvals.spots import Spot

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding"}


@dataclass(frozen=True)
class Write:
    """One request that would change something, and what the server answered."""

    method: str
    path: str
    body: Any
    status: int

    @property
    def made(self) -> bool:
        """Whether the server says that it did it."""
        return self.status < 300


@dataclass
class Counting:
    """`writes` is every request to change something that reached the server, in order."""

    url: str = ""
    writes: list[Write] = field(default_factory=list)
    spot: Spot | None = None
    die: Callable[[], bool] = lambda: True
    """What happens at the spot; True: this request, or its answer, is lost with it."""
    arriving: Callable[[str], None] = lambda path: None
    """Called with the path of each write, before it is passed on."""
    died: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    seen: int = 0

    def watch(self, spot: Spot | None, die: Callable[[], bool]) -> None:
        """From now on count requests towards a spot."""
        with self.lock:
            self.seen, self.spot, self.die = 0, spot, die
            self.died.clear()

    def next(self, *, writing: bool) -> Spot | None:
        """Count a request; the spot, when it is this one."""
        spot = self.spot
        if spot is None or spot.where != "wire" or not (writing or not spot.what):
            return None
        self.seen += 1
        return spot if self.seen == spot.nth else None

    def fell(self) -> bool:
        """Let die what is to die; True when the request, or its answer, is lost with it."""
        self.spot = None
        lost = self.die()
        self.died.set()
        return lost


@contextmanager
def counting(port: int, ca_file: str) -> Iterator[Counting]:
    """A running one, before the API server at `port`."""
    held = Counting()
    http = _Server(("127.0.0.1", 0), _handler(held, port, ca_file))
    thread = threading.Thread(target=lambda: http.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    held.url = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield held
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed in the middle of a request is no error here."""


def changes(method: str, path: str, body: Any) -> bool:
    """Whether a request would change something."""
    parts = urlsplit(path)
    if method == "GET" or parts.path.endswith("accessreviews"):
        return False
    inside = body.get("deleteOptions", body) if isinstance(body, dict) else {}
    return not (parse_qs(parts.query).get("dryRun") or inside.get("dryRun"))


def _handler(held: Counting, port: int, ca_file: str) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one class
    context = ssl.create_default_context(cafile=ca_file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _go(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0"))) or None
            body = json.loads(content) if content else None
            writing = changes(self.command, self.path, body)
            # One at a time: what dies with a request has died before the next one is looked at.
            with held.lock:
                if writing:
                    held.arriving(self.path)
                spot = held.next(writing=writing)
                if spot and spot.moment == "before" and held.fell():
                    self.close_connection = True
                    return
                status, answer = self._forwarded(content)
                if writing:
                    held.writes.append(Write(self.command, urlsplit(self.path).path, body, status))
                lost = spot is not None and spot.moment == "lost" and held.fell()
            if lost:
                self.close_connection = True
            else:
                self._answer(status, answer)

        def setup(self) -> None:
            super().setup()
            # One connection onward for each that comes in, and for as long: a handshake costs more than a request.
            self.onward = HTTPSConnection("127.0.0.1", port, context=context, timeout=30)

        def finish(self) -> None:
            self.onward.close()
            super().finish()

        def _forwarded(self, content: bytes | None) -> tuple[int, bytes]:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            self.onward.request(self.command, self.path, content, headers)
            answer = self.onward.getresponse()
            return answer.status, answer.read()

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # whoever asked may be dead
                self.wfile.write(content)
                self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    for method in ("GET", "POST", "PATCH", "DELETE", "PUT"):
        setattr(Handler, f"do_{method}", Handler._go)
    return Handler
