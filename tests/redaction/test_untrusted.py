"""Untrusted text has no way out but the redactor."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable

import pytest

from interlock.core.untrusted import Untrusted

TEXT = Untrusted("from a pod log")


@pytest.mark.parametrize(
    "leak",
    [
        str,
        lambda u: f"{u}",
        "{}".format,
        lambda u: "%s" % u,  # noqa: UP031
        json.dumps,
        pickle.dumps,
        bytes,
        list,
        lambda u: "".join([u]),
        lambda u: u + "suffix",
        lambda u: "prefix" + u,
        lambda u: "a" in u,
    ],
)
def test_every_implicit_conversion_is_refused(leak: Callable[[Untrusted], object]) -> None:
    with pytest.raises(TypeError):
        leak(TEXT)


def test_it_is_not_a_str_and_shows_only_its_length() -> None:
    assert not isinstance(TEXT, str)
    assert repr(TEXT) == "Untrusted(14 characters)"
    assert len(TEXT) == 14


def test_equality_joining_and_copying_stay_untrusted() -> None:
    assert Untrusted("a") + Untrusted("b") == Untrusted("ab")
    assert Untrusted("a") != "a"
    assert len({Untrusted("a"), Untrusted("a")}) == 1
    assert copy.deepcopy(TEXT) is TEXT
    assert copy.copy(TEXT) is TEXT


def test_bytes_that_are_not_utf8_are_taken_with_replacement() -> None:
    assert Untrusted.from_bytes(b"\xffok") == Untrusted("\ufffdok")
