"""The read-only wall between us and a cluster.

Threat: a read tool, a bug or a crafted name that reaches a verb which changes something or opens a channel.
Mechanism: one method, one allow-list of method and path, names checked before they become paths, no redirects, no
proxy from the environment. Guarantee: only GETs of API objects and the POSTs that are reads (access reviews) leave.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

import httpx  # noqa: TID251 - this is the one room that talks HTTP to clusters
from pydantic import JsonValue

from interlock.core.errors import BadInput, Forbidden, InterlockError, NotFound, NotServed, Unreachable

JSON = "application/json"
_READS = re.compile(r"^/(api|apis|version|openapi|healthz|livez|readyz)(/[A-Za-z0-9._:~%-]+)*$")
_CHANNELS = re.compile(r"/(exec|attach|portforward|proxy)(/|$)")
_REVIEWS = re.compile(
    r"^/apis/(authorization\.k8s\.io/v\w+/(self)?subject(access|rules)reviews"
    r"|authentication\.k8s\.io/v\w+/selfsubjectreviews)$"
)
RETRIES = 3
TOO_MANY_REQUESTS = 429
GONE = 410
MOST_PATIENCE = 5.0
"""Seconds that one Retry-After may cost: on-call waits for an answer, not for a queue."""
_NAME = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9._:~-]{0,251}[A-Za-z0-9])?$")


@dataclass(frozen=True)
class Reply:
    """What a server said."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, JsonValue]:
        """The body as a JSON object.

        Raises:
            Unreachable: when it is not one, so this is no Kubernetes API.
        """
        try:
            loaded = json.loads(self.body)
        except ValueError:
            loaded = None
        if not isinstance(loaded, dict):
            raise Unreachable(
                "the server answered, but not as a Kubernetes API", hint="check the cluster's URL"
            )
        return loaded


class Expired(InterlockError):
    """A continue token or resourceVersion is too old (410); the list has to be read from its start."""


class Transport(Protocol):
    """Reads paths of one cluster's API."""

    def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = JSON) -> Reply:
        """The reply to a GET."""

    def close(self) -> None:
        """Give the connections back."""


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
        try:
            self._client = httpx.Client(
                base_url=self._url,
                headers=_headers(endpoint),
                verify=_tls(endpoint) if self._url.startswith("https") else False,
                timeout=seconds,
                trust_env=False,
                follow_redirects=False,
            )
        except (httpx.InvalidURL, OSError) as error:
            raise BadInput(f"cannot use cluster {endpoint.url!r}: {error}") from None

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
            self._pause.wait(_retry_after(reply))
            reply = self._send(path, params, accept)
        raise_for(reply, path)
        return reply

    def close(self) -> None:
        """Close the connections."""
        self._pause.set()
        self._client.close()

    def _send(self, path: str, params: Mapping[str, str] | None, accept: str) -> Reply:
        try:
            got = self._client.get(path, params=dict(params or {}), headers={"accept": accept})
        except httpx.TimeoutException:
            raise Unreachable(
                f"the cluster at {self._url} did not answer in time", hint="is it up? see `interlock doctor`"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(
                f"cannot reach the cluster at {self._url}: {error}", hint="is it up? see `interlock doctor`"
            ) from None
        return Reply(got.status_code, got.content, dict(got.headers))


def check_read(method: str, path: str) -> None:
    """Let a read pass.

    Raises:
        InterlockError: for everything that is not on the list.
    """
    if method == "GET" and _READS.match(path) and not _CHANNELS.search(path) and "/../" not in path + "/":
        return
    if method == "POST" and _REVIEWS.match(path):
        return
    raise InterlockError(f"{method} {path} is not a read; the read-only transport does not send it")


def segment(name: str) -> str:
    """`name` as one path segment.

    Raises:
        BadInput: when no Kubernetes object can have this name.
    """
    if not _NAME.match(name) or ".." in name:
        raise BadInput(f"{name[:80]!r} cannot be the name of a Kubernetes object")
    return quote(name, safe="")


def raise_for(reply: Reply, path: str) -> None:
    """Turn an error reply into the error tree; a 2xx passes."""
    if reply.status < 300:
        return
    message = _message(reply)
    if reply.status in (401, 403):
        raise Forbidden(message or f"not allowed to read {path}")
    if reply.status == 404:
        details = _details(reply)
        if details.get("name"):
            raise NotFound(message)
        raise NotServed(message or f"the server does not hold {path}")
    if reply.status == 400 and message:
        raise BadInput(message)
    if reply.status == GONE:
        raise Expired(message or "the list changed while it was read")
    if reply.status == TOO_MANY_REQUESTS:
        raise Unreachable("the cluster is too busy to answer (429)", hint="ask again in a minute")
    raise Unreachable(f"the cluster answered {reply.status}{': ' + message if message else ''}")


def _headers(endpoint: Endpoint) -> list[tuple[str, str]]:
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


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=endpoint.ca_file)
    if endpoint.client_cert:
        context.load_cert_chain(*endpoint.client_cert)
    if not endpoint.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _status(reply: Reply) -> dict[str, JsonValue]:
    try:
        loaded = json.loads(reply.body)
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) and loaded.get("kind") == "Status" else {}


def _message(reply: Reply) -> str:
    return str(_status(reply).get("message") or "")[:500]


def _details(reply: Reply) -> dict[str, JsonValue]:
    details = _status(reply).get("details")
    return details if isinstance(details, dict) else {}
