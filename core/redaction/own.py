"""The process's own credentials: known values, hidden wherever and however they are written."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from interlock.core.redaction.engine import compiled
from interlock.core.redaction.literals import literal
from interlock.core.redaction.model import Finding

_SHORTEST = 4


def forms(value: str) -> set[str]:
    """Raw, in JSON, URL-encoded, base64 alone and inside a longer base64 at each of its three alignments."""
    raw = value.encode()
    found = {value, json.dumps(value)[1:-1], quote(value, safe=""), quote(value), quote_plus(value)}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        found.add(encode(raw).decode())
        found |= {
            core
            for core in (_core(encode(b"\x00" * n + raw).decode(), n, raw) for n in (0, 1, 2))
            if len(core) >= 8
        }
    return found


def _core(encoded: str, shift: int, raw: bytes) -> str:
    """The characters that no neighbouring byte can change."""
    return encoded[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]


def pattern_for(secrets: Iterable[str]) -> bytes:
    """The pattern of all forms of all secrets; empty when there are none worth hiding."""
    return literal(form for secret in secrets if len(secret) >= _SHORTEST for form in forms(secret))


def occurrences(pattern: bytes, raw: bytes, kind: str, rank: int) -> Iterator[Finding]:
    """Where a literal pattern occurs."""
    if pattern:
        yield from (Finding(*m.span(), kind, rank) for m in compiled(pattern).finditer(raw))
