"""Given a key's name and a value's text: hide it? One place for the rule, used on text and on parsed documents."""

from __future__ import annotations

from interlock.core.redaction import guards
from interlock.core.redaction.names import Says, is_password, kind_of, says, words


def hides(name: str, value: str, *, quoted: bool = True, prose: bool = False) -> bool:
    """Is `value` under `name` a secret? `prose`: the two may be words of a sentence rather than a setting."""
    strength = says(name)
    if strength is Says.NO or not 2 < len(value) < 1_000_000 or not any(c > " " for c in value[:64]):
        return False
    if guards.is_placeholder(value) or guards.is_measure(value):
        return False
    if strength is Says.MAYBE:
        return guards.looks_random(value) and not guards.is_uuid(value) and "://" not in value[:40]
    return _sure(name, value, quoted=quoted, prose=prose)


def _sure(name: str, value: str, *, quoted: bool, prose: bool) -> bool:
    if guards.is_number(value):
        return _number(name, value)
    if kind_of(name) == "credential" and guards.holds_credentials(value):
        return False  # a connection string: its password goes, its host stays
    if guards.is_path(value) or (not quoted and guards.is_code(value)) or _reference_url(value):
        return False
    if not any(c.isalnum() for c in value[:256]):
        return is_password(name) and len(value) >= 6
    if prose:
        return guards.looks_secret(value)
    if guards.is_word(value) and not (quoted and is_password(name) and len(value) > 7):
        return False
    return not (
        words(name)[-1:] == ["secret"] and len(words(name)) == 1 and guards.is_label(value) and "-" in value
    )


def _number(name: str, value: str) -> bool:
    parts = words(name)
    if {"cvv", "cvc", "csc", "cvv2", "cvc2"} & set(parts) or "code" in parts[-1:]:
        return value.isdigit() and 3 <= len(value) <= 4
    if parts[-1:] in (["pass"], ["pw"], ["phrase"]) and len(value) < 6:
        return False
    return (len(value) >= 4 if is_password(name) else len(value) >= 16) and not value.startswith("0x")


def _reference_url(value: str) -> bool:
    """An address without credentials; one with them is the business of the URL rules, which keep the host."""
    return "://" in value[:40] and " " not in value and not value.startswith("-----")
