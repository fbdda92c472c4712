"""HTTP authentication and cookies, wherever a header is printed: curl -v, access logs, error texts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from interlock.core.redaction import guards
from interlock.core.redaction.engine import compiled
from interlock.core.redaction.model import CONTEXT, FORMAT, Finding
from interlock.core.redaction.rule import ALNUM, Made, Rule
from interlock.core.redaction.values import text

_BEARER = rb"(?i:\bbearer)(?: |%20|\+|\\?[\"']?: ?\\?[\"']?|=)+([\w.~+/=:-]{8,})"
_BASIC = rb"(?i:\bbasic)(?: |%20|\+)+([A-Za-z0-9+/_-]{6,}={0,2})"
_AUTHORIZATION = (
    rb"(?i:authorization)\\?[\"']?(?:\s?[:=]\s?|,\s?)\[?\\?[\"']?(?:[A-Za-z][\w-]{2,20} )?"
    rb"([^\s\"',;\]}\\]{12,})"
)
_SIGV4 = rb"Signature=([0-9a-f]{64})|Credential=([A-Z0-9]{16,32})/"
_COOKIE = rb"(?i:\b(?:set-)?cookie2?)\\?[\"']?\s?[:=]\s?\[?\\?[\"']?([^\n\"'\x00\\]{3,})"
_CRUMB = rb"(?:^|[;,\s])([\w.!#$%&*+^|~-]+)=([^;,\s]{3,})"
_ATTRIBUTES = frozenset(
    ("path", "domain", "expires", "max-age", "samesite", "version", "comment", "priority")
)


def bearer(raw: bytes) -> Iterator[Finding]:
    """`Bearer <token>`, with or without the header's name."""
    for match in compiled(_BEARER).finditer(raw):
        value = text(raw, *match.span(1))
        if guards.looks_secret(value) and not guards.is_placeholder(value):
            yield Finding(*match.span(1), "token", FORMAT)


def basic(raw: bytes) -> Iterator[Finding]:
    """`Basic <base64 of user:password>`; anything else after the word is prose."""
    for match in compiled(_BASIC).finditer(raw):
        if b":" in _decoded(match.group(1)):
            yield Finding(*match.span(1), "basic-auth", FORMAT)


def _decoded(value: bytes) -> bytes:
    try:
        return base64.b64decode(value.rstrip(b"=") + b"=" * (-len(value.rstrip(b"=")) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        return b""


def authorization(raw: bytes) -> Iterator[Finding]:
    """`Authorization: <anything>`, also unquoted, in a dict or a list of headers."""
    for match in compiled(_AUTHORIZATION).finditer(raw):
        value = text(raw, *match.span(1))
        if guards.looks_secret(value):
            yield Finding(*match.span(1), "token", CONTEXT)


def sigv4(raw: bytes) -> Iterator[Finding]:
    """The signature and key id of an AWS4-HMAC-SHA256 header."""
    for match in compiled(_SIGV4).finditer(raw):
        yield Finding(*match.span(1 if match.start(1) >= 0 else 2), "aws-signature", FORMAT)


def cookies(raw: bytes) -> Iterator[Finding]:
    """Each cookie's value; names and attributes stay."""
    for match in compiled(_COOKIE).finditer(raw):
        begin = match.start(1)
        for crumb in compiled(_CRUMB).finditer(match.group(1)):
            name, value = crumb.group(1).decode("ascii", "replace"), crumb.group(2).decode("utf-8", "replace")
            if (
                name.lower() not in _ATTRIBUTES
                and not guards.is_placeholder(value)
                and not guards.is_number(value)
            ):
                yield Finding(begin + crumb.start(2), begin + crumb.end(2), "cookie", CONTEXT)


RULES: tuple[Rule, ...] = (
    Rule(
        "bearer", "RFC 6750", (b"earer", b"BEARER"), bearer, ("Authorization: Bear", "er ", Made(32)),
        "the bearer of this message: Bearer <token>",
    ),
    Rule(
        "basic-auth", "RFC 7617", (b"asic", b"BASIC"), basic, ("Authorization: Bas", "ic c3ZjOm", Made(14, "abcd2345"), "=="),
        "Basic authentication is disabled; basic kubernetes networking",
    ),
    Rule(
        "authorization", "RFC 9110 section 11.6.2", (b"uthorization", b"UTHORIZATION"), authorization,
        ("proxy-authorization: ", Made(30, ALNUM)), "Authorization: required",
    ),
    Rule(
        "aws-signature", "AWS Signature Version 4", (b"Signature=", b"Credential="), sigv4,
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Signa", "ture=", Made(64, "0123456789abcdef")), "Signature=valid",
    ),
    Rule(
        "cookie", "RFC 6265", (b"ookie", b"OOKIE"), cookies, ("Set-Cookie: sess", "ion=", Made(24), "; Path=/; HttpOnly"),
        "Set-Cookie: lang=; Path=/; Max-Age=3600",
    ),
)  # fmt: skip
