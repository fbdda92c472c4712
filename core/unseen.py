"""Text of others as a person can trust their eyes on it: what steers a terminal or a page without being seen is shown.

Threat: a name, a reason or a diff that reads otherwise than it is: reversed by bidi marks, split by zero-width ones,
repainted by terminal escapes. Mechanism: every control, format, private, unassigned and odd blank character becomes its
code point in brackets, and a text that spells out such brackets has its own bracket named. Guarantee: two texts that
differ look different, look-alike letters apart.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and signs that are drawn as nothing; Unicode does not call them blanks."""


def visible(text: str, *, lines: bool = True) -> str:
    """`text` with each unseen character as `[U+202E]`; ends of lines and tabs stay, unless one line is wanted."""
    kept = "\n\t" if lines else ""
    named = text.replace("[U+", "[U+005B]U+")
    return "".join(each if each in kept or not _is_unseen(each) else f"[U+{ord(each):04X}]" for each in named)


def unseen(text: str) -> dict[str, int]:
    """The unseen characters of a text by code point, and how often each is there; ends of lines and tabs do not count."""
    found = Counter(each for each in text if each not in "\n\t" and _is_unseen(each))
    return {f"U+{ord(each):04X}": count for each, count in sorted(found.items())}


def _is_unseen(character: str) -> bool:
    if character == " ":
        return False
    kind = unicodedata.category(character)
    return kind in _UNSEEN or kind == "Zs" or character in _BLANK_LETTERS
