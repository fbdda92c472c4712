"""The read-only wall between us and a cluster.

Threat: a read tool, a bug or a crafted name that reaches a verb which changes something or opens a channel.
Mechanism: one method, one allow-list of method and path, names checked before they become paths, no redirects, no
proxy from the environment. Guarantee: only GETs of API objects and the POSTs that are reads (access reviews) leave.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

from pydantic import JsonValue

from interlock.core.errors import BadInput, Forbidden, InterlockError, NotFound, NotServed, Unreachable

JSON = "application/json"
_READS = re.compile(r"^/(api|apis|version|openapi|healthz|livez|readyz)(/[A-Za-z0-9._:~%-]+)*$")
_CHANNELS = re.compile(r"/(exec|attach|portforward|proxy)(/|$)")
_REVIEWS = re.compile(
    r"^/apis/(authorization\.k8s\.io/v\w+/(self)?subject(access|rules)reviews"
    r"|authentication\.k8s\.io/v\w+/selfsubjectreviews)$"
)
TOO_MANY_REQUESTS = 429
GONE = 410
_NAME = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9._:~-]{0,251}[A-Za-z0-9])?$")


@dataclass(frozen=True)
class Reply:
    """What a server said; `received` is the size of its body on the wire, which may have been compressed."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    received: int = 0

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
        if details.get("name") and not _not_recorded(details):
            raise NotFound(message)
        raise NotServed(message or f"the server does not hold {path}")
    if reply.status == 400 and message:
        raise BadInput(message)
    if reply.status == GONE:
        raise Expired(message or "the list changed while it was read")
    if reply.status == TOO_MANY_REQUESTS:
        raise Unreachable("the cluster is too busy to answer (429)", hint="ask again in a minute")
    raise Unreachable(f"the cluster answered {reply.status}{': ' + message if message else ''}")


def _status(reply: Reply) -> dict[str, JsonValue]:
    try:
        loaded = json.loads(reply.body)
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) and loaded.get("kind") == "Status" else {}


def _message(reply: Reply) -> str:
    return str(_status(reply).get("message") or "")[:500]


def _not_recorded(details: Mapping[str, JsonValue]) -> bool:
    # How a replay says that something was not recorded, which is not the same as not being there.
    causes = details.get("causes")
    return isinstance(causes, list) and any(
        isinstance(c, dict) and c.get("reason") == "NotRecorded" for c in causes
    )


def _details(reply: Reply) -> dict[str, JsonValue]:
    details = _status(reply).get("details")
    return details if isinstance(details, dict) else {}
