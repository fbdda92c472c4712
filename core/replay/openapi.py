"""The OpenAPI v2 definitions of a server, cut to the recorded kinds and what they refer to; `kubectl explain` reads them.

They stay in the protobuf form in which clients ask for them (gnostic's openapi_v2.Document), taken apart by field numbers.
Threat: the schema of a custom resource can quote a secret. Mechanism: a definition in which the redactor finds something
is left out. Guarantee: what is kept is byte for byte the server's, and nothing else of its document is (no paths).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from interlock.core.errors import BadInput
from interlock.core.replay.paths import read_plain
from interlock.core.replay.wire import fields, message

ACCEPT = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
FILE = "openapi-v2.pb.gz"
MOST_BYTES = 64_000_000
GroupVersionKind = tuple[str, str, str]

# openapi_v2.Document, .Definitions and .NamedSchema
_KEPT_OF_DOCUMENT, _DEFINITIONS, _NAMED, _NAME, _VALUE = (1, 2), 9, 1, 1, 2
# openapi_v2.Schema
_REF, _ADDITIONAL, _ITEMS, _ALL_OF, _PROPERTIES, _EXTENSION = 1, 21, 23, 24, 25, 31
_PREFIX = "#/definitions/"
_GVK = b"x-kubernetes-group-version-kind"
_PRINTABLE = re.compile(r"[\x20-\x7e\n\u00a0-\U0010ffff]{6,}")
_ONE = re.compile(r"^(?:- |  )(group|kind|version): *\"?([^\"\n]*)", re.MULTILINE)


@dataclass(frozen=True)
class Definitions:
    """What is kept: the document, and the names of definitions that were left out for what they quote."""

    document: bytes
    kept: int
    left_out: tuple[str, ...]


def recorded_definitions(
    document: bytes, kinds: Collection[GroupVersionKind], clean: Callable[[str], str]
) -> Definitions:
    """The definitions of `kinds` and everything they refer to; `clean` is the redactor.

    Raises:
        ValueError: when `document` is not such a message.
    """
    schemas = _schemas(document)
    wanted = [name for name, schema in schemas.items() if not _kinds_of(schema).isdisjoint(kinds)]
    reached = _reached(wanted, schemas)
    quoting = tuple(name for name in reached if _quotes_a_secret(schemas[name], clean))
    kept = [name for name in reached if name not in quoting]
    named = b"".join(
        message(_NAMED, message(_NAME, name.encode()) + message(_VALUE, schemas[name])) for name in kept
    )
    head = b"".join(message(n, v) for n, v in fields(document) if n in _KEPT_OF_DOCUMENT)
    return Definitions(head + message(_DEFINITIONS, named), len(kept), quoting)


def read_definitions(folder: Path) -> bytes:
    """The document as it was recorded.

    Raises:
        BadInput: when it cannot be read, or is larger than any server's.
    """
    try:
        unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        document = unpack.decompress(read_plain(folder / FILE), MOST_BYTES)
    except (OSError, zlib.error) as error:
        raise BadInput(f"the recorded OpenAPI definitions cannot be read: {error}") from error
    if unpack.unconsumed_tail or not unpack.eof:
        raise BadInput("the recorded OpenAPI definitions are cut short, or too large")
    return document


def _schemas(document: bytes) -> dict[str, bytes]:
    found = {}
    for definitions in _values(document, _DEFINITIONS):
        for named in _values(definitions, _NAMED):
            (name,), (schema,) = _values(named, _NAME), _values(named, _VALUE)
            found[name.decode()] = schema
    return found


def _values(content: bytes, wanted: int) -> list[bytes]:
    return [value for number, value in fields(content) if number == wanted]


def _kinds_of(schema: bytes) -> set[GroupVersionKind]:
    """Group, version and kind that a definition says it is of; some are of many."""
    extensions = [e for e in _values(schema, _EXTENSION) if _values(e, _NAME) == [_GVK]]
    texts = [text for e in extensions for value in _values(e, _VALUE) for text in _values(value, 2)]
    found: set[GroupVersionKind] = set()
    for text in texts:
        for entry in text.decode().split("\n- "):
            one = dict(_ONE.findall(entry if entry.startswith("- ") else f"- {entry}"))
            found.add((one.get("group", ""), one.get("version", ""), one.get("kind", "")))
    return found


def _reached(names: list[str], schemas: Mapping[str, bytes]) -> list[str]:
    reached: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in schemas and name not in reached:
            reached[name] = None
            waiting.extend(_references(schemas[name]))
    return sorted(reached)


def _references(schema: bytes) -> Iterator[str]:
    for number, value in fields(schema):
        if number == _REF:
            yield value.decode().removeprefix(_PREFIX)
        elif number in (_ADDITIONAL, _ITEMS):
            for inner in _values(value, 1):
                yield from _references(inner)
        elif number == _ALL_OF:
            yield from _references(value)
        elif number == _PROPERTIES:
            for named in _values(value, _NAMED):
                for inner in _values(named, _VALUE):
                    yield from _references(inner)


def _quotes_a_secret(schema: bytes, clean: Callable[[str], str]) -> bool:
    text = "\n".join(_PRINTABLE.findall(schema.decode("utf-8", errors="replace").replace("\ufffd", "\x00")))
    return clean(text) != text
