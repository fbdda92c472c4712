"""A kubelet stand-in: serves container logs to the API server, and nothing else.

Logs are files LOGS/NS/POD/CONTAINER.log and CONTAINER.previous.log, each line '<RFC 3339> <text>';
CONTAINER.refused holds why there is none. Only a client
with a certificate of the cluster's authority is answered. How tail, since and limits cut is this file's, not a
kubelet's.
"""

from __future__ import annotations

import argparse
import itertools
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

FOLLOW_SECONDS = 30.0


def log_file(logs: Path, namespace: str, pod: str, container: str, *, previous: bool) -> Path:
    """Where the lines of one container are kept."""
    return logs / namespace / pod / f"{container}{'.previous' if previous else ''}.log"


def select(lines: list[str], query: Mapping[str, str], now: datetime) -> str:
    """The lines a query asks for, in the order a kubelet applies its options: since, tail, stamps."""
    since = _since(query, now)
    if since is not None:
        lines = [line for line in lines if _stamp(line) >= since]
    if "tailLines" in query:
        lines = lines[max(0, len(lines) - int(query["tailLines"])) :]
    return "".join(map(_cutter(query), lines))


def _since(query: Mapping[str, str], now: datetime) -> datetime | None:
    if "sinceTime" in query:
        return _time(query["sinceTime"])
    if "sinceSeconds" in query:
        return now - timedelta(seconds=int(query["sinceSeconds"]))
    return None


def _cutter(query: Mapping[str, str]) -> Callable[[str], str]:
    return str if query.get("timestamps") == "true" else lambda line: line.partition(" ")[2]


def _stamp(line: str) -> datetime:
    return _time(line.partition(" ")[0])


def _time(text: str) -> datetime:
    whole, dot, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(whole + dot + fraction[:6].ljust(6, "0") if dot else whole).replace(
        tzinfo=UTC
    )


class LogHandler(BaseHTTPRequestHandler):
    """GET /containerLogs/NS/POD/CONTAINER."""

    protocol_version = "HTTP/1.1"
    logs = Path()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        if len(parts) != 4 or parts[0] != "containerLogs":
            return self._text(404, "404 page not found\n")
        query = dict(parse_qsl(url.query))
        previous = query.get("previous") == "true"
        path = log_file(self.logs, parts[1], parts[2], parts[3], previous=previous)
        refusal = path.with_suffix(".refused")
        if refusal.is_file():
            return self._text(400, refusal.read_text())
        if not path.is_file():
            kind = "previous terminated container" if previous else "container"
            return self._text(400, f'{kind} "{parts[3]}" in pod "{parts[2]}" not found')
        return self._stream(path, query)

    def _stream(self, path: Path, query: Mapping[str, str]) -> None:
        data = select(path.read_text().splitlines(keepends=True), query, datetime.now(UTC)).encode()
        if "limitBytes" in query:
            data = data[: int(query["limitBytes"])]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        more = _follow(path, _cutter(query)) if query.get("follow") == "true" else iter(())
        for chunk in itertools.chain([data], more):
            if chunk:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _text(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """The API server's own log says enough."""


def _follow(path: Path, cut: Callable[[str], str]) -> Iterator[bytes]:
    end = time.monotonic() + FOLLOW_SECONDS
    with path.open() as handle:
        handle.seek(0, 2)
        while time.monotonic() < end:
            time.sleep(0.05)
            yield "".join(map(cut, handle.readlines())).encode()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--pki", type=Path, required=True)
    args = parser.parse_args()
    LogHandler.logs = args.logs
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(args.pki / "kubelet.crt", args.pki / "kubelet.key")
    context.load_verify_locations(args.pki / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(("127.0.0.1", args.port), LogHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    main()
