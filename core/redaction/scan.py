"""Run the table over text: bytes in, findings out. Rules whose keywords are absent are not run."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from functools import cache

from interlock.core.redaction.engine import compiled
from interlock.core.redaction.literals import literal
from interlock.core.redaction.model import CONTEXT, LOOK, Finding
from interlock.core.redaction.rule import Rule
from interlock.core.redaction.rules import all_rules

_RARE = 3  # keywords this long are searched for together; shorter ones one by one
_BLOB = rb"[A-Za-z0-9+/_-]{24,}={0,2}"
_HITS = 300  # and one in 200 bytes: with more keywords than that, asking for each is cheaper
_DEPTH = 2  # a Secret's data may hold base64 of base64
PERSONAL = frozenset(("email",))


def findings(raw: bytes, *, skip: frozenset[str] = frozenset(), depth: int = _DEPTH) -> list[Finding]:
    """Everything the table finds, overlapping and unordered."""
    found = [f for rule in _awake(raw) if rule.id not in skip for f in rule.find(raw)]
    if depth:
        found += _encoded(raw, depth)
    return found


@cache
def _split() -> tuple[dict[bytes, tuple[Rule, ...]], tuple[Rule, ...], bytes]:
    """Rules by rare keyword, the other rules, and one pattern of all rare keywords."""
    rare = [r for r in all_rules() if r.keywords and all(len(k) >= _RARE for k in r.keywords)]
    words = sorted({k for r in rare for k in r.keywords}, key=lambda k: (-len(k), k))
    # A keyword that another one starts with is never matched itself: its rules wake with the longer one.
    waking = {w: tuple(r for r in rare if any(w.startswith(k) for k in r.keywords)) for w in words}
    return waking, tuple(r for r in all_rules() if r not in rare), literal(words)


def _awake(raw: bytes) -> Iterator[Rule]:
    """Rules with a keyword in the text, each once."""
    waking, common, pattern = _split()
    yield from (rule for rule in common if not rule.keywords or any(k in raw for k in rule.keywords))
    woken: dict[int, Rule] = {}
    hit = compiled(pattern).search(raw)
    for _ in range(_HITS + len(raw) // 200):
        if hit is None:
            break
        woken.update((id(rule), rule) for rule in waking[hit.group()])
        hit = compiled(pattern).search(raw, hit.start() + 1)
    else:
        woken.update(
            (id(r), r) for rules in waking.values() for r in rules if any(k in raw for k in r.keywords)
        )
    yield from woken.values()


def _encoded(raw: bytes, depth: int) -> Iterator[Finding]:
    """Base64 that holds a secret is a secret, whatever surrounds it."""
    for match in compiled(_BLOB).finditer(raw):
        inner = decoded(match.group())
        if inner is not None and any(f.rank < LOOK for f in findings(inner, skip=PERSONAL, depth=depth - 1)):
            yield Finding(*match.span(), "base64", CONTEXT)


def decoded(blob: bytes) -> bytes | None:
    """The text in a base64 blob, standard or URL-safe; None when it holds none."""
    bare = blob.rstrip(b"=")
    try:
        inner = base64.b64decode(
            bare + b"=" * (-len(bare) % 4), altchars=b"-_" if b"-" in bare or b"_" in bare else None
        )
        words = inner.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return inner if all(c.isprintable() or c in "\n\r\t" for c in words[:512]) else None


def widened(raw: bytes, found: Iterable[Finding]) -> Iterator[Finding]:
    """Findings whose ends never cut a character in two."""
    for item in found:
        start, end = item.start, item.end
        while start > 0 and raw[start] & 0xC0 == 0x80:
            start -= 1
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end += 1
        if start < end:
            yield item._replace(start=start, end=end)
