"""OpenAPI definitions: cut to what was recorded, byte for byte the server's, and nothing that quotes a secret."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.trees import Api

from interlock.core.errors import BadInput
from interlock.core.redaction import Redactor
from interlock.core.replay.openapi import ACCEPT, FILE, read_definitions, recorded_definitions
from interlock.core.replay.wire import fields, message

DOCUMENT, NAMED = 9, 1


def schema(*parts: bytes, gvk: str = "") -> bytes:
    extension = message(1, b"x-kubernetes-group-version-kind") + message(2, message(2, gvk.encode()))
    return b"".join(parts) + (message(31, extension) if gvk else b"")


def reference(name: str) -> bytes:
    return message(1, f"#/definitions/{name}".encode())


def prop(name: str, held: bytes) -> bytes:
    return message(25, message(1, message(1, name.encode()) + message(2, held)))


def document(**schemas: bytes) -> bytes:
    named = b"".join(message(NAMED, message(1, n.encode()) + message(2, s)) for n, s in schemas.items())
    paths = message(8, b"\n\x04/all")
    return message(1, b"2.0") + message(2, b"\n\x01x") + paths + message(DOCUMENT, named)


POD = '- group: ""\n  kind: Pod\n  version: v1\n'
WHOLE = document(
    Pod=schema(
        prop("spec", reference("Spec")), prop("owner", message(23, message(1, reference("Owner")))), gvk=POD
    ),
    Spec=schema(prop("labels", message(21, message(1, reference("Label"))))),
    Owner=schema(message(24, reference("Pod"))),
    Label=schema(message(4, b"A label.")),
    Node=schema(gvk='- group: ""\n  kind: Node\n  version: v1\n- group: x\n  kind: Node\n  version: v2\n'),
)


def clean(text: str) -> str:
    return Redactor().clean_text(text)


def names(content: bytes) -> list[str]:
    (definitions,) = (value for number, value in fields(content) if number == DOCUMENT)
    return [next(v for n, v in fields(named) if n == 1).decode() for _, named in fields(definitions)]


def test_what_a_recorded_kind_refers_to_is_kept_and_nothing_else() -> None:
    found = recorded_definitions(WHOLE, [("", "v1", "Pod")], clean)
    assert names(found.document) == ["Label", "Owner", "Pod", "Spec"]
    assert found.kept == 4
    assert b"/all" not in found.document
    assert names(recorded_definitions(WHOLE, [("x", "v2", "Node")], clean).document) == ["Node"]


def test_a_definition_that_quotes_a_secret_is_left_out_and_named() -> None:
    quoting = schema(message(4, b"Say password=tr0ub4dor-and-3-horses to it."), gvk=POD)
    found = recorded_definitions(document(Pod=quoting), [("", "v1", "Pod")], clean)
    assert found.left_out == ("Pod",)
    assert b"tr0ub4dor" not in found.document


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_document_or_refused(content: bytes) -> None:
    try:
        recorded_definitions(content, [("", "v1", "Pod")], clean)
    except ValueError:
        return


def test_they_are_served_in_the_form_in_which_kubectl_asks(tmp_path: Path) -> None:
    api = Api.over(
        tmp_path, {"recorded.json": {"formatVersion": 1, "openapi": {"file": FILE}}, "nodes.json": []}
    )
    file = tmp_path / "cluster" / FILE
    file.write_bytes(gzip.compress(WHOLE))
    answer = api.ask("/openapi/v2", ACCEPT)
    assert (answer.code, answer.body) == (200, WHOLE)
    assert api.ask("/openapi/v2", "application/json").code == 406
    file.write_bytes(gzip.compress(WHOLE)[:-9])
    assert b"cut short" in api.ask("/openapi/v2", ACCEPT).body


def test_without_them_the_answer_says_that_they_were_not_recorded(tmp_path: Path) -> None:
    api = Api.over(tmp_path, {"nodes.json": []})
    for path in ("/openapi/v2", "/swagger-2.0.0.pb-v1"):
        assert b"not recorded" in api.ask(path, ACCEPT).body
    assert api.ask("/openapi/v3").code == 404


def test_definitions_larger_than_any_servers_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(gzip.compress(b"\0" * 65_000_000))
    with pytest.raises(BadInput, match="too large"):
        read_definitions(tmp_path)
