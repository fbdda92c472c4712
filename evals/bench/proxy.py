"""A proxy on loopback that lets reads through to one API server and counts what crosses the wire, either way.

Clients speak plain HTTP to it, so requests can be told apart; bodies pass as the server made them, compressed or not.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_DROPPED = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}


@dataclass
class Traffic:
    """What passed since the last reset. `first` and `last` are when it began and ended."""

    requests: list[tuple[str, int, int]] = field(default_factory=list)
    received: int = 0
    sent: int = 0
    first: float = 0.0
    last: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, path: str, status: int, received: int, sent: int, began: float) -> None:
        """One exchange."""
        with self.lock:
            self.requests.append((path, status, received))
            self.received += received
            self.sent += sent
            self.first = min(self.first or began, began)
            self.last = time.monotonic()

    def reset(self) -> None:
        """Forget."""
        with self.lock:
            self.requests.clear()
            self.received = self.sent = 0
            self.first = self.last = 0.0

    @property
    def seconds(self) -> float:
        """From the first request's arrival to the last answer's end."""
        return self.last - self.first


@contextmanager
def counting_proxy(port: int, context: ssl.SSLContext) -> Iterator[tuple[str, Traffic]]:
    """Its URL, and what it counts; `context` holds the credential with which the server is asked."""
    traffic = Traffic()
    local = threading.local()

    def asked(path: str, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
        if not hasattr(local, "connection"):
            local.connection = HTTPSConnection("127.0.0.1", port, timeout=120, context=context)
        local.connection.request("GET", path, headers=headers)
        answer: HTTPResponse = local.connection.getresponse()
        return answer, answer.read()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            began = time.monotonic()
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
            answer, body = asked(self.path, headers)
            kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _DROPPED]
            head = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{k}: {v}" for k, v in kept)]
            raw = ("\r\n".join([*head, f"Content-Length: {len(body)}"]) + "\r\n\r\n").encode("latin-1")
            self.wfile.write(raw + body)
            self.wfile.flush()
            sent = len(self.requestline) + len(str(self.headers))
            traffic.add(self.path, answer.status, len(raw) + len(body), sent, began)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", traffic
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
