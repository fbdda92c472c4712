"""The HTTP side of the replay server.

Threat: a page in the reader's browser that asks a server on localhost (DNS rebinding), or a neighbour on the network.
Mechanism: it binds loopback addresses only and answers only requests whose Host is loopback. Writes do not exist.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from interlock.core.errors import BadInput
from interlock.core.replay.api import ReplayState, respond
from interlock.core.replay.statuses import Failure, Response

LONGEST_BODY = 1_000_000


class Listener(ThreadingHTTPServer):
    """One thread a connection; all share the opened recording."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], state: ReplayState) -> None:
        self.state = state
        self.stopping = threading.Event()
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no event worth a word."""


def listen(state: ReplayState, host: str, port: int) -> Listener:
    """Binds the port.

    Raises:
        BadInput: the host is not loopback, or the port cannot be had.
    """
    address = "127.0.0.1" if host == "localhost" else host
    if not _is_loopback(address) or ":" in address:
        raise BadInput(f"a replay is served on loopback only, not on {host}", hint="use 127.0.0.1")
    try:
        return Listener((address, port), state)
    except (OSError, OverflowError) as error:
        raise BadInput(
            f"cannot listen on {host}:{port}: {error}", hint="choose another port, or 0 for any"
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "interlock-replay"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    server: Listener

    def _answer(self) -> None:
        try:
            response = self._respond()
        except Failure as failure:
            response = failure.response()
        self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

    def _respond(self) -> Response:
        if not _is_loopback(urlsplit(f"//{self.headers.get('Host', '127.0.0.1')}").hostname or ""):
            raise Failure(403, "a replay answers only to loopback names: check the Host header", {})
        body = self._body()
        url = urlsplit(self.path)
        query = dict(reversed(parse_qsl(url.query, keep_blank_values=True)))
        return respond(self.server.state, self.command, url.path, query, self.headers.get("Accept", ""), body)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdigit() or int(length) > LONGEST_BODY:
            self.close_connection = True  # the body is not read, so the connection cannot be used again
            raise Failure(413, f"a body of at most {LONGEST_BODY} bytes, with its length, is read", {})
        return self.rfile.read(int(length))

    def _send(self, response: Response) -> None:
        self.send_response(response.code)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Cache-Control", "no-cache, private")
        for warning in response.warnings:
            self.send_header("Warning", f'299 - "{_quotable(warning)}"')
        if response.stream is None:
            self.send_header("Content-Length", str(len(response.body)))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(response)

    def _send_body(self, response: Response) -> None:
        if response.stream is None:
            self.wfile.write(response.body)
            return
        self._send_chunks(response.stream)
        if response.hold:
            self.wfile.flush()
            self.server.stopping.wait(response.hold)
        self.wfile.write(b"0\r\n\r\n")

    def _send_chunks(self, stream: Iterable[bytes]) -> None:
        for piece in stream:
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: the caller's own record says what was asked."""


def _quotable(text: str) -> str:
    printable = "".join(c if c.isprintable() and ord(c) < 128 else "?" for c in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"')
