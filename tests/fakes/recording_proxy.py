"""A proxy in front of a real API server that writes down every request that reaches it, whatever it is.

It forwards byte for byte, as the client certificate it was given, and hides nothing: a write would be forwarded too, so
what is on its list is what the server got. Plain HTTP on loopback towards the client, TLS towards the server.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding"}


@dataclass(frozen=True)
class Asked:
    """One request line, as it came over the wire, and whether its answer was read to its end."""

    method: str
    target: str
    status: int
    finished: bool

    def __str__(self) -> str:
        return f"{self.method} {self.target} -> {self.status}"


class RecordingProxy:
    """`with RecordingProxy(port, context) as proxy`: `proxy.url` is the cluster, `proxy.asked` what was sent to it."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self.asked: list[Asked] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(port, context, self.asked))
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(
            target=lambda: self._http.serve_forever(poll_interval=0.02), daemon=True
        )

    @property
    def url(self) -> str:
        """The API server, as its clients are to call it."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> RecordingProxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def _handler(port: int, context: ssl.SSLContext, asked: list[Asked]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 65_536

        def setup(self) -> None:
            super().setup()
            self.server_side = HTTPSConnection("127.0.0.1", port, context=context, timeout=60)

        def finish(self) -> None:
            self.server_side.close()
            super().finish()

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))) or None
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            self.server_side.request(self.command, self.path, body, headers)
            answer = self.server_side.getresponse()
            content, finished = answer.read(), False
            try:
                self.send_response(answer.status)
                for key, value in answer.getheaders():
                    if key.lower() not in HOP_BY_HOP:
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()
                finished = True
            finally:
                asked.append(Asked(self.command, self.path, answer.status, finished))

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"):
        setattr(Handler, f"do_{method}", Handler._forward)
    return Handler
