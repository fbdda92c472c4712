"""The one door to RE2: patterns over UTF-8 bytes, compiled on first use, linear in the text whatever it holds.

RE2 has no backtracking, so text written by an attacker cannot make a pattern slow. Patterns without groups
run on its automaton alone, several times faster than with groups; finders match first and take apart after.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Protocol


class Match(Protocol):
    """What finders use of a match."""

    def span(self, group: int = 0, /) -> tuple[int, int]:
        """Byte offsets of a group, (-1, -1) when it took no part."""

    def start(self, group: int = 0, /) -> int:
        """Byte offset where a group starts."""

    def end(self, group: int = 0, /) -> int:
        """Byte offset where a group ends."""

    def group(self, group: int = 0, /) -> bytes:
        """The bytes of a group."""


class Pattern(Protocol):
    """What finders use of a compiled pattern."""

    def finditer(self, text: bytes, pos: int = 0, endpos: int | None = None) -> Iterator[Match]:
        """All matches, left to right, none overlapping."""

    def search(self, text: bytes, pos: int = 0, endpos: int | None = None) -> Match | None:
        """The first match."""

    def match(self, text: bytes, pos: int = 0, endpos: int | None = None) -> Match | None:
        """A match that starts exactly at `pos`."""

    def fullmatch(self, text: bytes, pos: int = 0, endpos: int | None = None) -> Match | None:
        """A match of everything."""


@cache
def compiled(pattern: bytes | str, *, ignore_case: bool = False) -> Pattern:
    """Compile once per process."""
    import re2

    options = re2.Options()
    options.max_mem = 64 << 20
    # Bytes, not code points: a negated class is one range, which keeps the automaton small. No rule ends a
    # match in the middle of a character except at a count, and `findings` widens that to whole characters.
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = not ignore_case
    options.log_errors = False
    ready: Pattern = re2.compile(pattern if isinstance(pattern, bytes) else pattern.encode(), options)
    return ready
