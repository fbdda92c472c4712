"""From findings to text: overlaps merged, markers put in, offsets carried from one text to the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from interlock.core.redaction.model import LOOK, Finding


def merged(found: Iterable[Finding]) -> list[Finding]:
    """No two overlap; together they cover what the given ones cover; the best rank names the stretch.

    But a mere look gives way to a better reading: the "e-mail address" made of a URL's password and its host,
    the "random word" that runs on into the next field.
    """
    done: list[Finding] = []
    for item in sorted(found, key=lambda f: (f.start, f.rank, -f.end)):
        if done and item.start < done[-1].end:
            last = done[-1]
            if (item.rank == LOOK) is not (last.rank == LOOK):
                done[-1] = min(last, item, key=lambda f: f.rank)
                continue
            best = min(last, item, key=lambda f: f.rank)
            done[-1] = Finding(last.start, max(last.end, item.end), best.kind, best.rank)
        elif item.end > item.start:
            done.append(item)
    return done


def outside(found: Iterable[Finding], kept: Sequence[tuple[int, int]], raw: bytes) -> list[Finding]:
    """Cut markers out of findings; what is left of a cut one counts only if it holds a letter or digit."""
    starts = [start for start, _ in kept]
    pieces: list[Finding] = []
    for item in found:
        index = max(0, bisect_right(starts, item.start) - 1)
        at, cut = item.start, False
        if index < len(kept) and kept[index][0] < item.start < kept[index][1]:
            continue  # the words of a marker are no context for what follows it
        while index < len(kept) and kept[index][0] < item.end:
            start, end = kept[index]
            if end > at:
                pieces += _piece(item, at, min(start, item.end), raw)
                at, cut = max(at, end), True
            index += 1
        pieces += _piece(item, at, item.end, raw) if cut else [item]
    return pieces


def _piece(item: Finding, start: int, end: int, raw: bytes) -> list[Finding]:
    content = raw[start:end] if end > start else b""
    if not any(chr(c).isalnum() or c >= 0x80 for c in content):
        return []
    start += len(content) - len(content.lstrip())
    return [item._replace(start=start, end=start + len(content.strip()))]


@dataclass(slots=True)
class Laid:
    """Text with markers in, and where its untouched stretches come from."""

    raw: bytes
    markers: list[tuple[int, int]] = field(default_factory=list)
    _at: list[int] = field(default_factory=list)
    _from: list[int] = field(default_factory=list)

    def source(self, offset: int) -> int:
        """Where an untouched byte of this text stood before."""
        index = bisect_right(self._at, offset) - 1
        return self._from[index] + offset - self._at[index]


def laid(raw: bytes, found: Sequence[Finding], markers: Sequence[str]) -> Laid:
    """Put its marker where each finding stands; newlines inside a finding stay, so lines keep their numbers."""
    pieces: list[bytes] = []
    result = Laid(b"")
    last = size = 0
    for item, shown in zip(found, markers, strict=True):
        result._at.append(size)
        result._from.append(last)
        marker = shown.encode() + b"\n" * raw.count(b"\n", item.start, item.end)
        pieces += (raw[last : item.start], marker)
        size += item.start - last + len(marker)
        result.markers.append((size - len(marker), size))
        last = item.end
    result._at.append(size)
    result._from.append(last)
    result.raw = b"".join((*pieces, raw[last:]))
    return result


def characters(raw: bytes, offsets: Iterable[int]) -> dict[int, int]:
    """Byte offsets as character offsets, in one pass."""
    if raw.isascii():
        return {o: o for o in offsets}
    places: dict[int, int] = {}
    last = count = 0
    for offset in sorted(set(offsets)):
        count += len(raw[last:offset].decode("utf-8"))
        places[offset], last = count, offset
    return places


def byte_offsets(text: str, offsets: Iterable[int]) -> dict[int, int]:
    """Character offsets as byte offsets, in one pass."""
    if text.isascii():
        return {o: o for o in offsets}
    places: dict[int, int] = {}
    last = count = 0
    for offset in sorted(set(offsets)):
        count += len(text[last:offset].encode())
        places[offset], last = count, offset
    return places
