"""Card numbers and IBANs: every network, every way of writing, and the numbers that are none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.redaction import Redactor
from interlock.core.redaction.rules.payment import brand, luhn

NETWORKS = [
    ("4", 16), ("4", 13), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15),
    ("6011", 16), ("644", 16), ("65", 16), ("3528", 16), ("3589", 16), ("36", 14), ("300", 14), ("38", 14),
    ("62", 16), ("62", 19), ("81", 16), ("5018", 12), ("6304", 19), ("6759", 13), ("2200", 16), ("9792", 16),
]  # fmt: skip


def card(prefix: str, size: int, seed: int = 0) -> str:
    """A made-up number of that range that passes the check."""
    source = random.Random(f"{prefix}-{size}-{seed}")
    head = prefix + "".join(source.choice("0123456789") for _ in range(size - 1 - len(prefix)))
    return next(head + d for d in "0123456789" if luhn(head + d))


@pytest.mark.parametrize(("prefix", "size"), NETWORKS)
@pytest.mark.parametrize(
    "place",
    ["pan={}", '{{"number":"{}"}}', '{{"number":{}}}', "Declined card {} for 8831", ";{}=28121010000?", "could not charge {}:",
     "card_{}", "%B{}^DOE/J^28", "x\\n{}", "({})", "{}.", "a,{},b", "'{}'"],
)  # fmt: skip
def test_a_card_number_is_hidden_wherever_it_stands(prefix: str, size: int, place: str) -> None:
    for seed in range(3):
        number = card(prefix, size, seed)
        cleaned = Redactor().clean_text(place.format(number))
        assert number not in cleaned
        assert f"-{number[-4:]}#1>" in cleaned


@pytest.mark.parametrize("separator", [" ", "-", "\u00a0"])
@pytest.mark.parametrize(
    ("prefix", "size", "groups"),
    [
        ("4", 16, (4, 4, 4, 4)),
        ("37", 15, (4, 6, 5)),
        ("36", 14, (4, 6, 4)),
        ("4", 19, (4, 4, 4, 4, 3)),
        ("2221", 16, (4, 4, 4, 4)),
    ],
)
def test_a_card_number_in_groups_is_hidden(
    prefix: str, size: int, groups: tuple[int, ...], separator: str
) -> None:
    number, parts, at = card(prefix, size), [], 0
    for width in groups:
        parts.append(number[at : at + width])
        at += width
    cleaned = Redactor().clean_text(f"customer typed {separator.join(parts)} in 12 notes")
    assert parts[1] not in cleaned
    assert "in 12 notes" in cleaned


def test_at_most_the_last_four_digits_and_the_network_are_shown() -> None:
    number = card("4", 16)
    assert Redactor().clean_text(number) == f"<card:visa-{number[-4:]}#1>"


@pytest.mark.parametrize(
    "place",
    ["0.{}", "ts_ns={}", '"dur_ns":{}', "seq={} x", "txid={}", "sha256:ab{}cd", "3f{}", "1{}", "{}9", "blk_{}", "blk_-{}",
     "0x{}", "resourceVersion: 1.{}"],
)  # fmt: skip
def test_a_number_that_only_looks_like_a_card_stays(place: str) -> None:
    text = place.format(card("4", 16))
    assert Redactor().clean_text(text) == text


def test_a_uuid_of_digits_stays() -> None:
    for seed in range(40):
        digits = card("4", 19, seed)
        text = f"uid: {digits[:8]}-{digits[8:12]}-4111-8{digits[12:15]}-{digits[:12]}"
        assert Redactor().clean_text(text) == text


def test_a_number_that_fails_the_check_stays() -> None:
    number = card("4", 16)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert Redactor().clean_text(wrong) == wrong


@given(st.integers(min_value=10**11, max_value=10**19 - 1))
def test_a_hidden_number_always_has_a_network_and_passes_the_check(number: int) -> None:
    text = str(number)
    if Redactor().clean_text(text) != text:
        assert brand(text) is not None
        assert luhn(text)


@pytest.mark.parametrize(
    "iban", ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "NL91ABNA0417164300",
             "DE89 3704 0044 0532 0130 00", "NO9386011117947"],
)  # fmt: skip
def test_an_iban_is_hidden_and_one_with_wrong_check_digits_stays(iban: str) -> None:
    assert Redactor().clean_text(f"payout to {iban} failed") == "payout to <iban#1> failed"
    wrong = iban[:2] + "00" + iban[4:]
    assert Redactor().clean_text(wrong) == wrong
    assert Redactor(pii=()).clean_text(iban) == iban
