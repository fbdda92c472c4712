"""Characters that hide or reorder what a person reads: ANSI escapes, control, zero-width, bidi, tag characters.

Threat: text that looks different to the person who approves, the model that reads and the rule that searches.
Mechanism: they are dropped before any rule looks; separators other than newline and tab become a space.
Guarantee: the number of newlines stays the same; what remains is valid UTF-8. Homoglyphs are not dealt with.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate

_ESCAPES = (
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor moves
    "|\x1b[\\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\\\)?"  # OSC and the other strings: titles, links
    "|\x1b[ -/]*[0-~]"
)
_SPACES = "\x0b\x0c\x1c-\x1f\x85\u2028\u2029"
_HIDDEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# Presentation selectors belong to emoji; after a letter or after something dropped they only hide.
_SELECTORS = "\ufe0e\ufe0f"


@cache
def _pattern() -> re.Pattern[str]:
    gone = f"\r(?=\n)|{_ESCAPES}|[{_HIDDEN}]"
    return re.compile(
        f"((?:{gone})+[{_SELECTORS}]*|(?<=[\x00-\x7f])[{_SELECTORS}]+)|[{_SPACES}\r\ud800-\udfff][{_SELECTORS}]*"
    )


@cache
def _any() -> re.Pattern[str]:
    return re.compile(f"[{_HIDDEN}{_SPACES}{_SELECTORS}\r\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Visible:
    """The text that can be seen, and the way back to offsets in the original."""

    text: str
    count: int
    _at: list[int] = field(default_factory=list)
    _lost: list[int] = field(default_factory=list)

    def original(self, offset: int) -> int:
        """Where the character at `offset` stood in the original."""
        if not self._at:
            return offset
        index = bisect_right(self._at, offset) - 1
        return offset + (self._lost[index] if index >= 0 else 0)

    def original_end(self, offset: int) -> int:
        """Where a stretch that ends at `offset` ended in the original."""
        return self.original(offset - 1) + 1 if offset else 0


def visible(text: str) -> Visible:
    """Drop what hides; say how many stretches were dropped or replaced."""
    if _any().search(text) is None:
        return Visible(text, 0)
    pieces: list[str] = []
    at: list[int] = []
    lengths: list[int] = []
    count = last = kept = 0
    for match in _pattern().finditer(text):
        start, end = match.span()
        pieces.append(text[last:start])
        kept += start - last
        last = end
        count += match.group() != "\r"[: text.startswith("\n", end)]
        if match.group(1) is None:
            pieces.append("\ufffd" if "\ud800" <= text[start] <= "\udfff" else " ")
            kept += 1
        lost = end - start - (match.group(1) is None)
        if lost:
            at.append(kept)
            lengths.append(lost)
    pieces.append(text[last:])
    return Visible("".join(pieces), count, at, list(accumulate(lengths)))
