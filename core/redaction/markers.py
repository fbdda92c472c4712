"""What stands where a secret stood: `<secret:aws-key#1>`, `<card:visa-1111#1>`, `<email#1>`, `<iban#1>`.

Guarantees: the same value gets the same marker for the life of one `Ledger`; a marker is never itself
redacted; no secret is kept, only a keyed digest of it. A card shows its brand and last four digits, no more; a
connection string the address it leads to: `<secret:connection-string#1 postgres db.internal:5432/ledger>`.
Threat: text that imitates a marker to carry a secret past the rules. A kind is made of plain words, an address must
be plain (`connections.is_plain`) and hold nothing that a rule finds or that is known to be secret: else it is text.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable, Sequence

from interlock.core.redaction import connections
from interlock.core.redaction.engine import compiled
from interlock.core.redaction.model import FORMAT, Finding
from interlock.core.redaction.scan import findings

MARKER = (
    rb"<(?:secret:(?:connection-string#[0-9]{1,7} [a-z0-9]{2,21}(?: [A-Za-z0-9._:,/\[\]-]{1,140})?>"
    rb"|(?:base64|[a-z]{1,16})(?:-[a-z]{1,16}){0,4}(?:#[0-9]{1,7})?>)"
    rb"|(?:card:[a-z]{2,12}-[0-9]{4}|email|iban)(?:#[0-9]{1,7})?>)"
)
_IMITATION = rb"<(?:secret|card):[^<>\n\x00]{1,300}>"
_JOINT = b"\n\x00\n"  # what no rule looks across
_MOST = 200_000  # distinct values numbered before markers go without a number: bounds memory on hostile input


class Ledger:
    """Numbers values per kind. Safe to share between threads."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._lock = threading.Lock()
        self._markers: dict[bytes, str] = {}
        self._last: dict[str, int] = {}

    def marker(self, kind: str, value: str, address: str = "") -> str:
        """The marker of this value; the kind under which it was first seen stays. `address` must be safe to show."""
        digest = hashlib.blake2b(value.encode("utf-8", "replace"), key=self._key, digest_size=16).digest()
        with self._lock:
            known = self._markers.get(digest)
            marker = known if known is not None else self._assign(digest, _stem(kind, value))
        shown = address and marker.startswith("<secret:connection-string#")
        return f"{marker[:-1]} {address}>" if shown else marker

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


def standing(raw: bytes, known: Sequence[bytes] = ()) -> tuple[list[tuple[int, int]], list[Finding]]:
    """Where markers stand already, in order, and what only imitates one, which is as good as a secret.

    `known`: patterns of values that must not stand in an address.
    """
    if b"#" not in raw and b"<secret:" not in raw and b"<card:" not in raw:
        return [], []
    found = [(m.span(), m.group()[:-1].partition(b" ")[2]) for m in compiled(MARKER).finditer(raw)]
    shown = safe_addresses({address.decode() for _, address in found if address}, known)
    spans = [span for span, address in found if not address or address.decode() in shown]
    real = frozenset(spans)
    false = (m.span() for m in compiled(_IMITATION).finditer(raw) if m.span() not in real)
    return spans, [Finding(*span, "imitation", FORMAT) for span in false]


def safe_addresses(addresses: Iterable[str], known: Sequence[bytes] = ()) -> frozenset[str]:
    """Those that are plain and in which no rule and no pattern of known secrets finds anything."""
    plain = sorted(a for a in set(addresses) if a and connections.is_plain(a))
    if not plain:
        return frozenset()
    joined = _JOINT.join(a.encode() for a in plain)
    hits = [f.start for f in findings(joined)]
    hits += [
        m.start()
        for pattern in known
        if pattern
        for m in compiled(pattern, ignore_case=True).finditer(joined)
    ]
    bad = {joined.count(_JOINT, 0, at) for at in hits[:_MOST_HITS]}
    return (
        frozenset(a for i, a in enumerate(plain) if i not in bad) if len(hits) <= _MOST_HITS else frozenset()
    )


_MOST_HITS = 200  # with more the text is no honest one, and counting would not be linear
