"""A bucket on loopback, as S3's REST API speaks: PUT and GET of objects, ListObjectsV2 in pages of two, errors as XML.

Path-style addresses. A request without a signature of version 4 is refused; the signature itself is not computed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 2


class Bucket(ThreadingHTTPServer):
    """The bucket `seals`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        key = self._key()
        if key is None:
            return
        if (
            self.headers.get("content-encoding") == "aws-chunked"
            or "x-amz-decoded-content-length" in self.headers
        ):
            size, _, rest = body.partition(b"\r\n")
            body = rest[: int(size.split(b";")[0], 16)]
        self.server.objects[key] = body
        self._end(200, b"")

    def do_GET(self) -> None:
        key = self._key()
        if key is None:
            return
        query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        if query.get("list-type") == "2":
            self._end(200, self._listed(query.get("prefix", ""), query.get("start-after", "")))
        elif key in self.server.objects:
            self._end(200, self.server.objects[key])
        else:
            self._fail(404, "NoSuchKey")

    def _key(self) -> str | None:
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if not self.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            self._fail(403, "AccessDenied")
        elif bucket != "seals":
            self._fail(404, "NoSuchBucket")
        else:
            return key
        return None

    def _listed(self, prefix: str, after: str) -> bytes:
        keys = sorted(k for k in self.server.objects if k.startswith(prefix) and k > after)
        shown = "".join(f"<Contents><Key>{escape(k)}</Key><Size>1</Size></Contents>" for k in keys[:PAGE])
        more = "true" if len(keys) > PAGE else "false"
        head = '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        return f"{head}<Name>seals</Name><IsTruncated>{more}</IsTruncated>{shown}</ListBucketResult>".encode()

    def _fail(self, status: int, code: str) -> None:
        self._end(status, f'<?xml version="1.0"?><Error><Code>{code}</Code></Error>'.encode())

    def _end(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def serving_bucket() -> Iterator[Bucket]:
    """A running bucket."""
    with Bucket() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
