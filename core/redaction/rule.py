"""What a rule is: an id, where its format is documented, how it finds, and an example each of hit and look-alike.

A vendor's format is one `form(...)` entry in a table under `rules/`; a context (headers, URLs, names of keys) is a
`Rule` with a finder of its own. Examples are built from pieces at run time, so no file holds a secret's shape.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from interlock.core.redaction.engine import Match, compiled
from interlock.core.redaction.model import FORMAT, Finding

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
HEX = "0123456789abcdef"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Made(NamedTuple):
    """A stretch of an example to be made up: so many characters of an alphabet."""

    length: int
    alphabet: str = ALNUM


Example = tuple[str | Made, ...]
Judge = Callable[[bytes, Match], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is recognised. `keywords`: without one of them in the text the rule is not run."""

    id: str
    source: str
    keywords: tuple[bytes, ...]
    find: Callable[[bytes], Iterable[Finding]]
    example: Example
    counter: str


def form(
    id: str,
    keywords: str,
    pattern: str,
    *example: str | Made,
    counter: str,
    source: str,
    accept: Callable[[bytes], bool] = lambda _: True,
) -> Rule:
    """A vendor's format. The match is hidden, or its first group when it has one; it must stand free."""

    group = 1 if pattern.count("(") > pattern.count("(?") else 0

    def find(raw: bytes) -> Iterator[Finding]:
        for match in compiled(pattern).finditer(raw):
            start, end = match.span(group)
            if stands_free(raw, start, end) and accept(raw[start:end]):
                yield Finding(start, end, id, FORMAT)

    return Rule(id, source, tuple(k.encode() for k in keywords.split()), find, example, counter)


def stands_free(raw: bytes, start: int, end: int) -> bool:
    """Not cut out of a longer word. `\\n` and `%3D` written out before it are no part of it."""
    if raw[end : end + 1].isalnum():
        return False
    before = raw[max(0, start - 3) : start]
    if not before[-1:].isalnum():
        return True
    return before[-2:] in (b"\\n", b"\\t", b"\\r") or (before[:1] == b"%" and len(before) == 3)


def example_text(rule: Rule) -> str:
    """The rule's example with its made-up parts filled in, the same ones each time."""
    return fill(rule.example, rule.id)


def fill(parts: Example, seed: str) -> str:
    """Fill made-up parts from a seed."""
    source = random.Random(seed)  # noqa: S311 (an example, not a key)
    return "".join(
        p if isinstance(p, str) else "".join(source.choice(p.alphabet) for _ in range(p.length))
        for p in parts
    )
