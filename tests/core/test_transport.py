"""The read-only transport lets reads out and nothing else, and says plainly what a server answered."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.clusters.connect import from_url
from interlock.core.clusters.transport import check_read, segment
from interlock.core.errors import BadInput, Forbidden, InterlockError, NotFound, NotServed, Unreachable


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/pods",
        "/apis/apps/v1/namespaces/shop/deployments/api",
        "/version",
        "/api/v1/namespaces/a/pods/b/log",
    ],
)
def test_reads_pass(path: str) -> None:
    check_read("GET", path)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "get", "HEAD"])
def test_no_other_method_passes(method: str) -> None:
    with pytest.raises(InterlockError):
        check_read(method, "/api/v1/namespaces/shop/pods/api-1")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/a/pods/b/exec",
        "/api/v1/namespaces/a/pods/b/attach",
        "/api/v1/namespaces/a/pods/b/portforward",
        "/api/v1/namespaces/a/pods/b/proxy/admin",
        "/api/v1/nodes/n/proxy/run/a/b/c",
        "/api/v1/namespaces/a/services/s/proxy",
        "/metrics",
        "/logs/kube-apiserver.log",
        "/api/v1/../../etc",
        "http://elsewhere/api/v1/pods",
        "/api/v1/pods?watch=1",
        "/api/v1/pods\r\nX: y",
        "",
    ],
)
def test_paths_that_act_or_lead_away_do_not_pass(path: str) -> None:
    with pytest.raises(InterlockError):
        check_read("GET", path)


def test_access_reviews_are_the_only_posts() -> None:
    check_read("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
    with pytest.raises(InterlockError):
        check_read("POST", "/api/v1/namespaces/a/pods/b/eviction")
    with pytest.raises(InterlockError):
        check_read("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/../../../api/v1/pods")


@given(st.text(max_size=60))
def test_a_name_never_becomes_more_than_one_segment(name: str) -> None:
    try:
        made = segment(name)
    except BadInput:
        return
    assert "/" not in made
    assert made not in ("", ".", "..")
    check_read("GET", f"/api/v1/namespaces/{made}")


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers every GET with what the test put on the server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status, body = self.server.answer  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield listening
    listening.shutdown()
    listening.server_close()
    thread.join()


def status(code: int, message: str, **details: str) -> bytes:
    return json.dumps({"kind": "Status", "code": code, "message": message, "details": details}).encode()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((403, status(403, "pods is forbidden")), Forbidden, "pods is forbidden"),
        ((401, status(401, "Unauthorized")), Forbidden, "Unauthorized"),
        ((404, status(404, 'pods "x" not found', name="x")), NotFound, "not found"),
        ((404, b"404 page not found"), NotServed, "does not hold"),
        ((200, b"<html>welcome</html>"), Unreachable, "not as a Kubernetes API"),
        ((200, b'{"hello": "world"}'), Unreachable, "not as a Kubernetes API"),
        ((503, b"busy"), Unreachable, "503"),
        ((302, b""), Unreachable, "302"),
    ],
)
def test_an_answer_becomes_the_error_it_is(
    server: http.server.ThreadingHTTPServer,
    answer: tuple[int, bytes],
    error: type[InterlockError],
    words: str,
) -> None:
    server.answer = answer  # type: ignore[attr-defined]
    with (
        contextlib.closing(from_url("test", f"http://127.0.0.1:{server.server_port}")) as reader,
        pytest.raises(error, match=words),
    ):
        reader.version()


def test_a_dead_cluster_is_unreachable_and_says_where() -> None:
    with (
        contextlib.closing(from_url("test", "http://127.0.0.1:9")) as reader,
        pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:9"),
    ):
        reader.version()


@pytest.mark.parametrize("url", ["", "cluster", "ftp://127.0.0.1", "127.0.0.1:8080"])
def test_what_is_no_url_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match="not a cluster URL"):
        from_url("test", url)
