"""Splits Cedar text into its statements, each with its line, so that every error can say where it is.

Knows only strings, comments and `;`: what a statement means is Cedar's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|[^"/;]+|/|;|"')


@dataclass(frozen=True)
class Statement:
    """One policy's text and the line it begins on."""

    text: str
    line: int


def split(text: str) -> Iterator[Statement]:
    """The statements of a file; what follows the last `;`, when it is more than comments, is one too."""
    held, line, begun = "", 1, 0
    for piece in _PIECE.findall(text):
        if not begun and piece.strip() and not piece.startswith("//"):
            begun = line + piece[: len(piece) - len(piece.lstrip())].count("\n")
        line += piece.count("\n")
        if not piece.startswith("//"):
            held += piece
        if piece == ";":
            yield Statement(held.strip(), begun)
            held, begun = "", 0
    if held.strip():
        yield Statement(held.strip(), begun)
