"""Values that mean the same, and those that do not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.tools.knowledge.drift.equality import quantity, same, unset_means

CPU, PORT = ("resources", "limits", "cpu"), ("targetPort",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1000m", "1"),
        ("1000m", 1),
        ("0.5", "500m"),
        ("1Gi", "1024Mi"),
        ("1Gi", 1073741824),
        ("1e3", "1k"),
        ("2", 2.0),
    ],
)
def test_quantities_written_differently_are_the_same(one: object, other: object) -> None:
    assert same(one, other, CPU)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"), [("1G", "1Gi"), ("100m", "100"), ("1", "2"), ("x", "y"), (True, 1)]
)
def test_other_quantities_differ(one: object, other: object) -> None:
    assert not same(one, other, CPU)  # type: ignore[arg-type]


def test_a_number_is_the_same_as_its_digits_but_a_quantity_only_where_quantities_stand() -> None:
    assert same(8080, "8080", PORT)
    assert not same("1000m", "1", ("data", "cpu_text"))
    assert not same("1Gi", "1024Mi", ("metadata", "labels", "size"))


def test_false_is_not_zero() -> None:
    assert not same(False, 0, ("x",))
    assert same(False, "false", ("x",))


@pytest.mark.parametrize(
    ("value", "key", "expected"),
    [
        (False, "hostNetwork", True),
        ("", "value", True),
        (None, "anything", True),
        ("TCP", "protocol", True),
        ("UDP", "protocol", False),
        (0, "replicas", False),
        (False, "automountServiceAccountToken", False),
        ({}, "emptyDir", False),
        ([], "tolerations", True),
    ],
)
def test_what_may_be_absent_and_mean_the_same(value: object, key: str, expected: bool) -> None:
    assert unset_means(value, key) is expected  # type: ignore[arg-type]


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", "m", "k", "Ki", "M", "Mi", "Gi"]))
@settings(deadline=None)
def test_every_quantity_is_read_exactly(number: int, suffix: str) -> None:
    read = quantity(f"{number}{suffix}")
    assert read is not None
    assert read == number * quantity(f"1{suffix}")  # type: ignore[operator]
    assert quantity(str(Decimal(number))) == number


@given(st.text(max_size=12))
@settings(deadline=None)
def test_any_text_is_a_quantity_or_none(text: str) -> None:
    quantity(text)
