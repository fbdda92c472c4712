"""The read-only transport over HTTP. The wall itself is `transport.check_read`; nothing is sent that it does not pass.

Guarantees: no redirects, no proxy from the environment, a deadline, a cap on what a server may answer, bounded patience
with a busy one. A read that nobody waits for any more (`core.stopping`) is cut off, on its own connection alone.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx  # noqa: TID251 - this is the one room that talks HTTP to clusters
from pydantic import JsonValue

from interlock.core.clusters.lines import Lines
from interlock.core.clusters.transport import JSON, TOO_MANY_REQUESTS, Reply, check_read, raise_for
from interlock.core.errors import BadInput, Unreachable
from interlock.core.stopping import check_stopped, current_stop

RETRIES = 3
MOST_PATIENCE = 5.0
"""Seconds that one Retry-After may cost: on-call waits for an answer, not for a queue."""
MOST_BYTES = 64_000_000
"""Of one reply. A page of 500 large objects is a tenth of it; a server that ignores limitBytes is not read whole."""


@dataclass(frozen=True)
class Endpoint:
    """Where a cluster is and how to prove who we are. Secrets never show in its repr.

    `impersonate` is the user and groups that the cluster is to decide for, in place of the credential's own.
    """

    url: str
    ca_file: str | None = None
    client_cert: tuple[str, str] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    verify: bool = True
    impersonate: tuple[str, tuple[str, ...]] | None = None


class HttpTransport:
    """The transport over HTTP."""

    def __init__(self, endpoint: Endpoint, *, seconds: float = 10.0) -> None:
        self._url = endpoint.url.rstrip("/")
        self._pause = threading.Event()
        self._endpoint = endpoint
        self._seconds = seconds
        try:
            self._tls = tls_context(endpoint) if self._url.startswith("https") else False
            self._client = self._made()
        except (httpx.InvalidURL, OSError) as error:
            raise BadInput(f"cannot use cluster {endpoint.url!r}: {error}") from None
        self._lines = Lines(self._made)

    def _made(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._url,
            headers=login_headers(self._endpoint),
            verify=self._tls,
            timeout=self._seconds,
            trust_env=False,
            follow_redirects=False,
        )

    def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = JSON) -> Reply:
        """GET `path`.

        Raises:
            Unreachable, Forbidden, NotFound, NotServed, BadInput: as the server answered.
        """
        check_read("GET", path)
        reply = self._send(path, params, accept)
        for _ in range(RETRIES):
            if reply.status != TOO_MANY_REQUESTS:
                break
            self._wait(_retry_after(reply))
            reply = self._send(path, params, accept)
        raise_for(reply, path)
        return reply

    def review(self, path: str, body: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        """POST an access review, which asks and changes nothing.

        Raises:
            Unreachable, Forbidden, NotFound, NotServed, BadInput: as the server answered.
        """
        check_read("POST", path)
        try:
            got = self._client.post(path, json=dict(body))
        except httpx.HTTPError as error:
            raise Unreachable(
                f"the cluster at {self._url} did not review access: {type(error).__name__}"
            ) from None
        reply = Reply(got.status_code, got.content)
        raise_for(reply, path)
        return reply.json()

    def close(self) -> None:
        """Close the connections."""
        self._pause.set()
        self._client.close()
        self._lines.close()

    def _wait(self, seconds: float) -> None:
        stop = current_stop()
        if stop is None:
            self._pause.wait(seconds)
        else:
            stop.wait(seconds)

    def _send(self, path: str, params: Mapping[str, str] | None, accept: str) -> Reply:
        try:
            return self._asked(path, dict(params or {}), accept)
        except httpx.TimeoutException:
            raise Unreachable(
                f"the cluster at {self._url} did not answer in time", hint="is it up? see `interlock doctor`"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            check_stopped()  # a connection that we cut looks like one that the server cut
            raise Unreachable(
                f"cannot reach the cluster at {self._url}: {error}", hint="is it up? see `interlock doctor`"
            ) from None

    def _asked(self, path: str, params: dict[str, str], accept: str) -> Reply:
        stop = current_stop()
        if stop is None:
            return _read(self._client, path, params, accept, {})
        with self._lines.leased(stop) as line:
            return _read(line.client, path, params, accept, {"trace": line.trace(stop)})


def _read(
    client: httpx.Client, path: str, params: dict[str, str], accept: str, extensions: dict[str, Any]
) -> Reply:
    body = bytearray()
    headers = {"accept": accept}
    with client.stream("GET", path, params=params, headers=headers, extensions=extensions) as got:
        for chunk in got.iter_bytes():
            check_stopped()
            body += chunk
            if len(body) > MOST_BYTES:
                raise Unreachable(f"the cluster's answer to {path} is larger than {MOST_BYTES} bytes")
    return Reply(got.status_code, bytes(body), dict(got.headers), got.num_bytes_downloaded)


def login_headers(endpoint: Endpoint) -> list[tuple[str, str]]:
    """The headers that prove who we are."""
    headers = [("user-agent", "interlock")]
    if endpoint.token:
        headers.append(("authorization", f"Bearer {endpoint.token}"))
    if endpoint.impersonate:
        user, groups = endpoint.impersonate
        headers.append(("impersonate-user", user))
        headers += [("impersonate-group", group) for group in groups]
    return headers


def _retry_after(reply: Reply) -> float:
    asked = reply.headers.get("retry-after", "1")
    return min(float(asked), MOST_PATIENCE) if asked.isdigit() else 1.0


def tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """TLS as the endpoint wants it."""
    context = ssl.create_default_context(cafile=endpoint.ca_file)
    if endpoint.client_cert:
        context.load_cert_chain(*endpoint.client_cert)
    if not endpoint.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
