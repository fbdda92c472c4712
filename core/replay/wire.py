"""Protobuf by field numbers: access reviews as kubectl sends them, in Kubernetes' envelope, and what OpenAPI needs.

Only what a review asks is read, and it is answered in JSON: a client that sends this form also accepts that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
MAGIC = b"k8s\0"
_RESOURCE = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 6: "subresource", 7: "name"}
_PATH = {1: "path", 2: "verb"}
_VARINT, _LENGTH_DELIMITED = 0, 2
_SIZES = {1: 8, 5: 4}


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
    told = [(number, value) for number, value in fields(spec) if number in parts]
    return {parts[number][0]: _strings(value, parts[number][1]) for number, value in told}


def _first(content: bytes, wanted: int) -> bytes:
    return next((value for number, value in fields(content) if number == wanted), b"")


def _strings(content: bytes, names: Mapping[int, str]) -> Json:
    return {names[n]: value.decode() for n, value in fields(content) if n in names and value}


def fields(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message, by number; its numbers are passed over.

    Raises:
        ValueError: the bytes are no message.
    """
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        wire = tag & 7
        if wire == _VARINT:
            _, at = _varint(content, at)
            continue
        if wire not in _SIZES and wire != _LENGTH_DELIMITED:
            raise ValueError("unexpected wire type")
        size, at = (_SIZES[wire], at) if wire in _SIZES else _varint(content, at)
        if at + size > len(content):
            raise ValueError("message is cut short")
        if wire == _LENGTH_DELIMITED:
            yield tag >> 3, content[at : at + size]
        at += size


def message(number: int, content: bytes) -> bytes:
    """One length-delimited field."""
    return _written(number << 3 | _LENGTH_DELIMITED) + _written(len(content)) + content


def _written(value: int) -> bytes:
    low = bytearray()
    while value > 0x7F:
        low.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*low, value])


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
