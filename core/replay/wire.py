"""Access reviews as kubectl sends them: Kubernetes' protobuf envelope, read by field numbers.

Only what a review asks is read. Nothing is ever written in this form: a client that sends it also accepts JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
MAGIC = b"k8s\0"
_RESOURCE = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 6: "subresource", 7: "name"}
_PATH = {1: "path", 2: "verb"}
_LENGTH_DELIMITED = 2


def review_spec(body: bytes, *, rules: bool) -> Json:
    """The spec of a review in the protobuf envelope.

    Raises:
        ValueError: the bytes are not such a message.
    """
    raw = _first(body.removeprefix(MAGIC), 2)  # Unknown.raw
    spec = _first(raw, 2)
    if rules:
        return _strings(spec, {1: "namespace"})
    parts = {1: ("resourceAttributes", _RESOURCE), 2: ("nonResourceAttributes", _PATH)}
    fields = [(number, value) for number, value in _fields(spec) if number in parts]
    return {parts[number][0]: _strings(value, parts[number][1]) for number, value in fields}


def _first(message: bytes, wanted: int) -> bytes:
    return next((value for number, value in _fields(message) if number == wanted), b"")


def _strings(message: bytes, names: Mapping[int, str]) -> Json:
    return {names[n]: value.decode() for n, value in _fields(message) if n in names and value}


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message; a review has no others that matter."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        size, at = _varint(message, at)
        if tag & 7 != _LENGTH_DELIMITED:
            if tag & 7 != 0:
                raise ValueError("unexpected wire type")
            continue  # a varint: `size` was its value
        if at + size > len(message):
            raise ValueError("message is cut short")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(message):
            raise ValueError("number is cut short")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("number is too long")
