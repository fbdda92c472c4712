"""How much of a result may travel. What does not fit is counted and kept behind a handle, never silently dropped."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_BYTES = 16_000
"""About 4,000 tokens: forty results of this size still fit the smallest hosted context window in use (200k)."""


@dataclass(frozen=True)
class Fitted:
    """The part that fits, and what was left out in whole lines."""

    text: str
    omitted_lines: int
    omitted_bytes: int


def fit(text: str, limit: int = DEFAULT_BYTES) -> Fitted:
    """Keep whole lines from both ends of `text` within `limit` UTF-8 bytes, a third from the head.

    The tail of a log and the head of an object matter most. A marker line says how much is missing between.
    A single line longer than the limit is cut at a character boundary.
    """
    if len(text.encode()) <= limit:
        return Fitted(text, 0, 0)
    lines = text.split("\n")
    head = _take(lines, limit // 3)
    tail = _take(lines[len(head) :][::-1], limit - limit // 3)[::-1]
    if not head and not tail:
        cut = text.encode()[:limit].decode(errors="ignore")
        return Fitted(cut, 0, len(text.encode()) - len(cut.encode()))
    left_out = lines[len(head) : len(lines) - len(tail)]
    omitted = len("\n".join(left_out).encode())
    marker = f"[... {len(left_out)} lines, {omitted} bytes left out; page them by the handle ...]"
    return Fitted("\n".join([*head, marker, *tail]), len(left_out), omitted)


def _take(lines: list[str], limit: int) -> list[str]:
    taken: list[str] = []
    used = 0
    for line in lines:
        used += len(line.encode()) + 1
        if used > limit:
            break
        taken.append(line)
    return taken
