"""A Kubernetes API on loopback that answers discovery and then keeps a caller waiting, or pours out a log without end.

It notices when the caller hangs up, as a server that works for nobody should.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POD = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "api-1", "namespace": "shop", "uid": "1", "creationTimestamp": "2026-11-01T00:00:00Z"},
    "spec": {"containers": [{"name": "app", "image": "app:1"}]},
    "status": {"phase": "Running"},
}  # fmt: skip


class Slow(ThreadingHTTPServer):
    """A cluster that answers discovery and then keeps a caller waiting, or never stops."""

    daemon_threads = True

    def __init__(self, *, endless: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.endless = endless
        self.asked: list[str] = []
        self.waiting = threading.Event()
        self.left = threading.Event()
        self.sent = 0


class _Handler(BaseHTTPRequestHandler):
    server: Slow

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        kinds = [{"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get", "list"]}]
        known: dict[str, Any] = {
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": kinds},
            "/apis": {"kind": "APIGroupList", "groups": []},
            "/api/v1/namespaces/shop/pods/api-1": POD,
        }
        if path in known:
            body = json.dumps(known[path]).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        elif self.server.endless:
            self._pour()
        else:
            self.server.waiting.set()
            self.connection.settimeout(100)
            if self.connection.recv(1) == b"":  # the caller hung up
                self.server.left.set()
            self.close_connection = True

    def _pour(self) -> None:
        self.send_response(200)
        self.end_headers()
        line = b"2026-11-01T00:00:00Z " + b"x" * 65_000 + b"\n"
        try:
            while self.server.sent < 300_000_000:
                self.wfile.write(line)
                self.server.sent += len(line)
        except OSError:
            self.server.left.set()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def served(*, endless: bool) -> Iterator[Slow]:
    """The server, running."""
    server = Slow(endless=endless)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
