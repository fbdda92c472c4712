"""Recognises the inner lines of a private key that was logged line by line.

Threat: a filter that picks such a line alone, without the frame by which the redactor knows a key. Mechanism: inner
lines are told apart while reading, so that a filter can pass over them. Only lines of base64 right after a BEGIN line
count, so a forged BEGIN hides nothing else.
"""

from __future__ import annotations

import re

_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")
_INNER = re.compile(r"^\s*(?:[A-Za-z0-9+/]{4,}={0,2}|Proc-Type: .*|DEK-Info: .*|)\s*$")


class KeyFrame:
    """Follows the lines of one log in their order."""

    def __init__(self) -> None:
        self._open = False

    def inside(self, line: str) -> bool:
        """True for a line of a key's body. Call it once for every line."""
        if _BEGIN.search(line):
            self._open = True
            return False
        self._open = self._open and bool(_INNER.match(line))
        return self._open
