"""Bytes of a file as text. A reader says why when there is none; what it makes of a file is untrusted like the file."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Extracted:
    """Text with bare newlines; None for what has none. `note` says why, or what was cut."""

    text: str | None
    note: str = ""


def plain_text(raw: bytes) -> Extracted:
    """Text files of any encoding that can be told."""
    if raw.startswith(_UTF16):
        text, said = raw.decode("utf-16", "replace"), ""
    elif b"\0" in raw:
        return Extracted(None, "not read: binary")
    else:
        text, said = _utf8(raw)
    return Extracted(text.replace("\r\n", "\n").replace("\0", "\ufffd"), said)


def _utf8(raw: bytes) -> tuple[str, str]:
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        said = f"not UTF-8 (byte {error.start}); unreadable characters are shown as \ufffd"
        return raw.decode("utf-8-sig", "replace"), said
