"""What stands where a secret stood: `<secret:aws-key#1>`, `<card:visa-1111#1>`, `<email#1>`, `<iban#1>`.

Guarantees: the same value gets the same marker for the life of one `Ledger`; a marker is never itself
redacted; no secret is kept, only a keyed digest of it. A card shows its brand and last four digits, no more.
"""

from __future__ import annotations

import hashlib
import os
import threading

from interlock.core.redaction.engine import compiled

MARKER = rb"<(?:secret:[a-z0-9-]{1,40}|card:[a-z]{2,12}-[0-9]{4}|email|iban)(?:#[0-9]{1,7})?>"
_MOST = 200_000  # distinct values numbered before markers go without a number: bounds memory on hostile input


class Ledger:
    """Numbers values per kind. Safe to share between threads."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._lock = threading.Lock()
        self._markers: dict[bytes, str] = {}
        self._last: dict[str, int] = {}

    def marker(self, kind: str, value: str) -> str:
        """The marker of this value; the kind under which it was first seen stays."""
        digest = hashlib.blake2b(value.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()
        with self._lock:
            known = self._markers.get(digest)
            return known if known is not None else self._assign(digest, _stem(kind, value))

    def _assign(self, digest: bytes, stem: str) -> str:
        if len(self._markers) >= _MOST:
            return f"<{stem}>"
        number = self._last.get(stem, 0) + 1
        self._last[stem] = number
        self._markers[digest] = marker = f"<{stem}#{number}>"
        return marker


def _stem(kind: str, value: str) -> str:
    if kind.startswith("card-"):
        digits = "".join(c for c in value if c.isdigit())
        return f"card:{kind.removeprefix('card-')}-{digits[-4:]}"
    return kind if kind in ("email", "iban") else f"secret:{kind}"


def marker_spans(raw: bytes) -> list[tuple[int, int]]:
    """Where markers stand already, in order."""
    if b"#" not in raw and b"<secret:" not in raw and b"<card:" not in raw:
        return []
    return [m.span() for m in compiled(MARKER).finditer(raw)]
