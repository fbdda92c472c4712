"""The one way out for text from outside.

Threat: credentials, card numbers and hidden characters in what backends print reach a model, a chat or a record.
Mechanism: control characters go first; then structure (Secrets, kubeconfig, Terraform), then the rule table, then
every copy of what was found; again until nothing more is found. Guarantee: cleaning clean text changes nothing,
line numbers stay, markers are stable within one Redactor. A secret that looks like an ordinary word, without a
name, structure or known format beside it, is not recognised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from interlock.core.redaction import markers, own, structure
from interlock.core.redaction.control import visible
from interlock.core.redaction.layout import Laid, byte_offsets, characters, laid, merged, outside
from interlock.core.redaction.literals import literal
from interlock.core.redaction.markers import Ledger, safe_addresses
from interlock.core.redaction.model import CONTEXT, OWN, Cleaned, Finding, JsonValue, Span
from interlock.core.redaction.rule import stands_free
from interlock.core.redaction.rules.addresses import CONNECTION, address_of
from interlock.core.redaction.scan import decoded, findings, widened
from interlock.core.untrusted import CleanText, Untrusted

Pii = Literal["email", "iban"]
_PASSES = 6
_COPIES = 500
_PUBLIC_KINDS = ("card", "iban", "email")


class Redactor:
    """Cleans text and values. Thread-safe; keeps no secret but its own, only keyed digests for numbering."""

    def __init__(self, *, own_secrets: Iterable[str] = (), pii: Collection[Pii] = ("email", "iban")) -> None:
        self._ledger = Ledger()
        self._own = own.pattern_for(own_secrets)
        self._skip = frozenset({"email", "iban"} - set(pii))

    def clean(self, text: Untrusted) -> Cleaned:
        """Hide what must not be seen; spans are positions in the text as it came."""
        seen = visible(text._Untrusted__text)
        cleaned, found = self._redact(seen.text, frozenset())
        spans = tuple(Span(seen.original(f.start), seen.original_end(f.end), _shown(f.kind)) for f in found)
        return Cleaned(CleanText(cleaned), spans, _counts(found, seen.count))

    def clean_text(self, text: str) -> CleanText:
        """The text alone, for callers that hold a plain string from outside."""
        return self.clean(Untrusted(text)).text

    def clean_value(self, value: JsonValue) -> tuple[JsonValue, Mapping[str, int]]:
        """A parsed document, cleaned by structure first; keys are cleaned as text."""
        from interlock.core.redaction.parsed import cleaned_value

        return cleaned_value(value, self._marked, self._redact)

    def _marked(self, kind: str, value: str) -> str:
        return self._ledger.marker(kind, identity(kind, value))

    def _redact(self, text: str, copies: Collection[str]) -> tuple[str, list[Finding]]:
        """Until nothing more is found. Findings come back by character in `text`."""
        raw = text.encode()
        total: list[Finding] = []
        known = [self._own]
        shown = laid(raw, (), ())
        for _ in range(_PASSES):
            fresh = self._fresh(shown, copies, known)
            if not fresh:
                break
            sources = (
                f._replace(start=shown.source(f.start), end=shown.source(f.end - 1) + 1) for f in fresh
            )
            total = merged([*total, *sources])
            shown = laid(raw, total, self._markers(raw, total, known))
        at = characters(raw, (o for f in total for o in (f.start, f.end)))
        return shown.raw.decode(), [f._replace(start=at[f.start], end=at[f.end]) for f in total]

    def _markers(self, raw: bytes, found: Sequence[Finding], known: Sequence[bytes]) -> list[str]:
        values = [identity(f.kind, raw[f.start : f.end].decode()) for f in found]
        strings = {v for f, v in zip(found, values, strict=True) if f.kind == CONNECTION}
        told = {v: address_of(v) for v in strings}
        safe = safe_addresses(told.values(), known)
        shown = (told[v] if v in told and told[v] in safe else "" for v in values)
        return [self._ledger.marker(f.kind, v, a) for f, v, a in zip(found, values, shown, strict=True)]

    def _fresh(self, shown: Laid, copies: Collection[str], known: list[bytes]) -> list[Finding]:
        """What is found outside the markers that stand already. `known` grows by the copies looked for."""
        raw = shown.raw
        found = [*own.occurrences(self._own, raw, "own", OWN), *findings(raw, skip=self._skip)]
        text = raw.decode()
        parts = structure.in_text(text)
        at = byte_offsets(text, (o for f in parts.findings for o in (f.start, f.end)))
        found += [f._replace(start=at[f.start], end=at[f.end]) for f in parts.findings]
        known.append(_copied(raw, {*copies, *parts.copies}, found))
        found += _copies(raw, known[-1])
        standing, imitations = markers.standing(raw, known)
        laid_here = frozenset(shown.markers)
        found += [f for f in imitations if (f.start, f.end) not in laid_here]
        return merged(outside(widened(raw, found), sorted({*laid_here, *standing, *_joints(raw)}), raw))


def _joints(raw: bytes) -> Iterator[tuple[int, int]]:
    """What stands between the strings of a parsed document."""
    at = raw.find(b"\n\x00\n")
    while at >= 0:
        yield at, at + 3
        at = raw.find(b"\n\x00\n", at + 2)


def _copied(raw: bytes, copies: Collection[str], found: Iterable[Finding]) -> bytes:
    """The pattern of the values found, however they may be written elsewhere."""
    held = {
        raw[f.start : f.end]
        for f in found
        if f.rank <= CONTEXT and 8 <= f.end - f.start <= 512 and not f.kind.startswith(_PUBLIC_KINDS)
    }
    texts = (value.decode("utf-8", "replace") for value in held)
    values = {*copies, *(value for value in texts if structure.worth_copying(value, strict=True))}
    return literal(
        f for v in sorted(values, key=lambda v: (-len(v), v))[:_COPIES] for f in structure.copied_forms(v)
    )


def _copies(raw: bytes, pattern: bytes) -> list[Finding]:
    """Where they stand without the name or structure that gave them away."""
    return [
        f
        for f in own.occurrences(pattern, raw, "copy", CONTEXT)
        if f.end - f.start >= 12 or stands_free(raw, f.start, f.end)
    ]


def identity(kind: str, value: str) -> str:
    """What makes two stretches the same secret: base64 in a Secret is the value it encodes."""
    if kind in ("secret-data", "base64"):
        inner = decoded(value.encode()) if value.isascii() else None
        return value if inner is None else inner.decode()
    return value


def _shown(kind: str) -> str:
    return "card" if kind.startswith("card-") else kind


def _counts(found: Iterable[Finding], control: int) -> Mapping[str, int]:
    counts = Counter(_shown(f.kind) for f in found)
    if control:
        counts["control"] = control
    return dict(sorted(counts.items()))
