"""An HTTP endpoint on loopback that keeps what it is sent: a SIEM, or a place for checkpoints."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Endpoint(ThreadingHTTPServer):
    """A SIEM: keeps what it takes; answers the codes in `answers` first, then 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/in?key=hidden"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        code = self.server.answers.pop(0) if self.server.answers else 200
        if code == 200:
            self.server.bodies.append(body)
            self.server.headers.append(dict(self.headers))
        self._end(code, b"")

    def do_GET(self) -> None:
        self._end(200, b"".join(body + b"\n" for body in self.server.bodies))

    def _end(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("retry-after", "0")
        self.send_header("location", "http://127.0.0.1:9/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def collecting() -> Iterator[Endpoint]:
    """A running endpoint."""
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
