"""A read that is stopped is cut off at the server, and at nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.stopping import Stop, Stopped, stoppable


class Waiting(ThreadingHTTPServer):
    """Answers `/version` at once and `/healthz` when it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.go = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.peers: list[int] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Waiting

    def do_GET(self) -> None:
        self.server.peers.append(self.client_address[1])
        if self.path == "/healthz":
            self.server.arrived.release()
            self.server.go.wait(20)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Waiting]:
    """The server."""
    made = Waiting()
    thread = threading.Thread(target=lambda: made.serve_forever(poll_interval=0.02))
    thread.start()
    yield made
    made.go.set()
    made.shutdown()
    thread.join()
    made.server_close()


def read(transport: HttpTransport, path: str, stop: Stop) -> bytes:
    with stoppable(stop):
        return transport.get(path).body


def test_stopping_one_of_two_reads_ends_that_one_alone(server: Waiting) -> None:
    one, other = Stop(), Stop()
    url = f"http://127.0.0.1:{server.server_port}"
    with closing(HttpTransport(Endpoint(url), seconds=20)) as transport, ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(read, transport, "/healthz", stop) for stop in (one, other))
        assert all(server.arrived.acquire(timeout=10) for _ in range(2))
        one.set()
        with pytest.raises(Stopped):
            first.result(10)
        assert not second.done()
        server.go.set()
        assert second.result(10) == b"{}"


def test_a_connection_is_used_again_and_one_that_was_cut_is_not(server: Waiting) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    with closing(HttpTransport(Endpoint(url), seconds=20)) as transport, ThreadPoolExecutor(1) as pool:
        for _ in range(3):
            assert read(transport, "/version", Stop()) == b"{}"
        assert len(set(server.peers)) == 1
        stop = Stop()
        waiting = pool.submit(read, transport, "/healthz", stop)
        assert server.arrived.acquire(timeout=10)
        stop.set()
        with pytest.raises(Stopped):
            waiting.result(10)
        assert read(transport, "/version", Stop()) == b"{}"
        assert len(set(server.peers)) == 2


def test_what_is_stopped_already_sends_nothing(server: Waiting) -> None:
    stop = Stop()
    stop.set()
    with closing(HttpTransport(Endpoint(f"http://127.0.0.1:{server.server_port}"))) as transport:
        with pytest.raises(Stopped):
            read(transport, "/version", stop)
        assert server.peers == []
