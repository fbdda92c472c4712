"""The protobuf envelope of access reviews, written out by hand from the published field numbers."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.replay.wire import MAGIC, review_spec


def field(number: int, value: bytes) -> bytes:
    assert len(value) < 128
    return bytes([number << 3 | 2, len(value)]) + value


def envelope(spec: bytes) -> bytes:
    type_meta = field(1, b"authorization.k8s.io/v1") + field(2, b"SelfSubjectAccessReview")
    return MAGIC + field(1, type_meta) + field(2, field(1, b"") + field(2, spec)) + field(3, b"")


def test_the_attributes_of_a_resource_are_read() -> None:
    attributes = field(1, b"shop") + field(2, b"get") + field(3, b"") + field(5, b"pods") + field(6, b"log")
    spec = review_spec(envelope(field(1, attributes)), rules=False)
    wanted = {"namespace": "shop", "verb": "get", "resource": "pods", "subresource": "log"}
    assert spec == {"resourceAttributes": wanted}


def test_the_attributes_of_a_path_and_a_namespace_for_rules_are_read() -> None:
    paths = field(2, field(1, b"/version") + field(2, b"get"))
    assert review_spec(envelope(paths), rules=False) == {
        "nonResourceAttributes": {"path": "/version", "verb": "get"}
    }
    assert review_spec(envelope(field(1, b"shop")), rules=True) == {"namespace": "shop"}


@pytest.mark.parametrize("cut", [1, 2, 5, 9])
def test_a_message_that_is_cut_short_is_refused(cut: int) -> None:
    whole = MAGIC + field(2, field(2, field(1, field(2, b"delete"))))
    with pytest.raises(ValueError, match="cut short"):
        review_spec(whole[:-cut], rules=False)


@settings(deadline=None)
@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_a_review_or_refused(body: bytes, rules: bool) -> None:
    with contextlib.suppress(ValueError):
        review_spec(MAGIC + body, rules=rules)
