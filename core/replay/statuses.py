"""Responses, and the Status objects that a Kubernetes API server answers when it cannot or will not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from interlock.core.replay.kinds import Kind

JSON = "application/json"
REASONS = {
    400: "BadRequest",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    413: "RequestEntityTooLarge",
    422: "Invalid",
    500: "InternalError",
}
UNKNOWN_RESOURCE = "the server could not find the requested resource"
NOT_RECORDED = "NotRecorded"


@dataclass(frozen=True)
class Response:
    """What goes over the wire; a `stream` follows the body in pieces and stays open `hold` seconds."""

    code: int
    body: bytes
    content_type: str = JSON
    warnings: tuple[str, ...] = ()
    stream: Iterable[bytes] | None = None
    hold: float = 0


class Failure(Exception):
    """A request that is answered with a Status; raised anywhere below `api.respond`."""

    def __init__(self, code: int, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    def response(self) -> Response:
        """The Status object on the wire."""
        return as_json(status(self.code, self.message, self.details), self.code)


def as_json(value: object, code: int = 200) -> Response:
    """Compact JSON, UTF-8 unescaped, as the API server writes it."""
    return Response(code, json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")


def status(code: int, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """A Failure Status object."""
    body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    body |= {"message": message, "reason": REASONS[code]}
    if details is not None:
        body["details"] = details
    return body | {"code": code}


def bad_request(message: str) -> Failure:
    """400 with the server's own words."""
    return Failure(400, message)


def unknown_resource() -> Failure:
    """404 for a resource the server does not serve at all."""
    return Failure(404, UNKNOWN_RESOURCE, {})


def no_such_object(kind: Kind, name: str) -> Failure:
    """404 for an object that is not there, though its resource is."""
    details = {"name": name, **({"group": kind.group} if kind.group else {}), "kind": kind.plural}
    return Failure(404, f'{kind.qualified} "{name}" not found', details)


def not_recorded(what: str, kind: Kind, name: str = "") -> Failure:
    """404 for what the recording does not hold: machine-readable by its cause, for absent is not empty."""
    details: dict[str, Any] = {"name": name} if name else {}
    details |= {"group": kind.group} if kind.group else {}
    details |= {"kind": kind.plural, "causes": [{"reason": NOT_RECORDED, "message": what}]}
    return Failure(404, what, details)


def read_only() -> Failure:
    """405 for every write."""
    message = "the server does not allow this method on the requested resource: a replay is read-only"
    return Failure(405, message, {})
