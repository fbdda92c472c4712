"""Where does the value after a key begin and end? Quotes, escapes, YAML blocks and log fields, without a parser.

Offsets are bytes. Never looks further than the value itself, so a caller that skips what it hid stays linear.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Python's own engine: a call costs a tenth of RE2's, and these patterns cannot backtrack beyond a constant.
_QUOTES = frozenset((b"\\", b'"', b"'", b"`"))
_QUOTE = re.compile(rb"\\{0,7}[\"'`]")
_BARE = re.compile(rb"[^\s\"'`\x00]+")
_NEXT_FIELD = re.compile(
    rb"(?:[&;,]\s?|\\u0026|%26)[\"']?[A-Za-z_][\w.-]{0,60}\\?[\"']?\s?[=:]|\\[nrt]|</|;\s|,\s"
)
_BLOCK = re.compile(rb"[|>][-+0-9]{0,2}[ \t]*(?:#[^\n]*)?\n")
_LIMIT = 65_536
_WINDOWS = (96, 512)  # enough to judge a value by; `extended` reads on, and only for what is hidden


class Value(NamedTuple):
    """A value found after a key: its bytes' bounds and how it was written."""

    start: int
    end: int
    quoted: bool = False
    block: bool = False
    cut: bool = False
    """It goes on beyond what was read."""


def value_at(raw: bytes, pos: int, indent: int = 0) -> Value | None:
    """The value that starts at `pos`; `indent` is the key's column, for a YAML block beneath it."""
    first = raw[pos : pos + 1]
    block = _BLOCK.match(raw, pos, pos + 200) if first in (b"|", b">") else None
    if block:
        return _block(raw, block.end(), indent)
    quote = _QUOTE.match(raw, pos) if first in _QUOTES else None
    if quote:
        closing = _closing(raw, quote.end(), quote.group())
        if closing >= 0:
            return Value(quote.end(), closing, quoted=True)
        pos = quote.end()
    return _bare(raw, pos)


def _closing(raw: bytes, pos: int, quote: bytes) -> int:
    """Where the quoted value ends: the next quote written with no more backslashes than the opening one."""
    depth = len(quote) - 1
    stop = raw.find(b"\n", pos, pos + _LIMIT)
    stop = stop if stop >= 0 else min(len(raw), pos + _LIMIT)
    at = raw.find(quote[-1:], pos, stop)
    for _ in range(64):
        if at < 0:
            return -1
        slashes = 0
        while at - slashes > pos and raw[at - slashes - 1] == 0x5C and slashes <= 2 * depth + 2:
            slashes += 1
        if _closes(slashes, depth):
            return at - min(slashes, depth)
        at = raw.find(quote[-1:], at + 1, stop)
    return at


def _closes(slashes: int, depth: int) -> bool:
    return slashes <= depth if depth else slashes % 2 == 0


def _bare(raw: bytes, pos: int) -> Value | None:
    for window in _WINDOWS:
        value = _within(raw, pos, pos + window)
        if value is None or not value.cut:
            return value
    return value


def extended(raw: bytes, value: Value) -> Value:
    """The value to its end; callers that skip what they hid stay linear."""
    return (_within(raw, value.start, value.start + _LIMIT) or value) if value.cut else value


def _within(raw: bytes, pos: int, limit: int) -> Value | None:
    match = _BARE.match(raw, pos, limit)
    if match is None:
        return None
    end = match.end()
    following = _NEXT_FIELD.search(raw, pos, min(len(raw), end + 64))
    if following and pos < following.start() < end:
        end = following.start()
    elif end == limit < len(raw) and end - pos < _LIMIT:
        return Value(pos, end, cut=True)
    while end - pos > 1 and raw[end - 1 : end] in b",;)}]" and _dangling(raw, pos, end):
        end -= 1
    return Value(pos, end)


def _dangling(raw: bytes, pos: int, end: int) -> bool:
    """Is the last character the sentence's, not the value's?"""
    last = raw[end - 1 : end]
    opener = {b")": b"(", b"}": b"{", b"]": b"["}.get(last)
    return opener is None or raw.count(opener, pos, end) < raw.count(last, pos, end)


def _block(raw: bytes, pos: int, indent: int) -> Value | None:
    """Lines indented deeper than the key."""
    start, end = -1, pos
    while pos < len(raw):
        stop = raw.find(b"\n", pos)
        stop = len(raw) if stop < 0 else stop
        line = raw[pos:stop]
        bare = line.lstrip(b" ")
        if bare and len(line) - len(bare) <= indent:
            break
        if bare:
            start = pos + len(line) - len(bare) if start < 0 else start
            end = stop
        pos = stop + 1
    return Value(start, end, block=True) if start >= 0 else None


def line_start(raw: bytes, pos: int) -> int:
    """Where the line holding `pos` starts, or 256 bytes back on a longer line: callers must stay linear."""
    return max(raw.rfind(b"\n", max(0, pos - 256), pos) + 1, pos - 256, 0)


def line_end(raw: bytes, pos: int) -> int:
    """Where the line holding `pos` ends, or 4 KiB on."""
    end = raw.find(b"\n", pos, pos + 4_096)
    return min(len(raw), pos + 4_096) if end < 0 else end


def text(raw: bytes, start: int, end: int) -> str:
    """A stretch as characters."""
    return raw[start:end].decode("utf-8", "replace")
