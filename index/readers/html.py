"""HTML as lines of text whose headings are marked `#` to `######`; scripts, styles and comments are left out.

Each text keeps the line it has in the file, so that a citation opens in the file itself. A page written on few long
lines, or with text beside its headings, gets lines of its own, and a note says so. Nothing is fetched and nothing is run. A scanner of our own: the
standard library's parser takes quadratic time on unclosed comments and tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from interlock.index.readers import Extracted, plain_text

LONG_LINE = 2000
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]{0,40})")
_SILENT = frozenset({"script", "style", "template", "noscript", "svg", "head"})
_BLOCK = re.compile(
    "h[1-6]|address|article|aside|blockquote|br|dd|div|dl|dt|fieldset|figure|footer|form|header|hr|li|main|nav|ol|p|pre|"
    "section|table|td|th|tr|ul"
)
_HEADING = re.compile(r"h([1-6])")
_BESIDE = re.compile(r"</h[1-6]>(?:[ \t]*<[^<>\n]{0,300}>)*[ \t]*[^\s<]", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\f\v]+")
_MARKUP = re.compile(r"#|```|~~~|[-=]+\s*$")


def read(raw: bytes) -> Extracted:
    """The text of a page."""
    plain = plain_text(raw)
    if plain.text is None:
        return plain
    pieces = list(_pieces(plain.text))
    shown = "".join(piece for piece in pieces if not _is_silent(piece))
    own = all(len(line) <= LONG_LINE for line in plain.text.split("\n")) and not _BESIDE.search(shown)
    page = _Page(plain.text.count("\n") + 1 if own else 0)
    for piece in pieces:
        page.take(piece)
    said = [plain.note] if plain.note else []
    if not own:
        said.append("lines are those of its text, not of the file")
    return Extracted(page.text(), "; ".join(said))


def _is_silent(piece: str) -> bool:
    tag = _TAG.match(piece)
    return piece.startswith("<!") or bool(tag and tag[1].lower() in _SILENT)


def _pieces(text: str) -> Iterator[str]:
    """Texts, tags, and what is skipped (as empty lines, so that lines can be counted), in order; linear."""
    lower = text.lower()
    at = 0
    while at < len(text):
        start = text.find("<", at)
        if start < 0:
            yield text[at:]
            return
        if start > at:
            yield text[at:start]
        at = _after(lower, start)
        yield text[start:at]


def _after(lower: str, start: int) -> int:
    """Where the markup that begins at `start` ends; the end of the text when it does not."""
    if lower.startswith("<!--", start):
        return _past(lower, "-->", start + 4)
    tag = _TAG.match(lower, start)
    if tag is None and lower[start + 1 : start + 2] not in ("!", "?"):
        return start + 1  # a bare `<`
    if tag and tag[1] in _SILENT and lower[start + 1] != "/":
        end = lower.find(f"</{tag[1]}", start)
        return len(lower) if end < 0 else _past(lower, ">", end)
    return _past(lower, ">", start)


def _past(lower: str, sign: str, start: int) -> int:
    end = lower.find(sign, start)
    return len(lower) if end < 0 else end + len(sign)


class _Page:
    """Collects text by line: the file's own lines when their number is given, else one a block."""

    def __init__(self, lines: int) -> None:
        self._own = lines > 0
        self._lines: list[list[str]] = [[] for _ in range(max(lines, 1))]
        self._headings: set[int] = set()
        self._at = 0
        self._mark = ""

    def take(self, piece: str) -> None:
        tag = _TAG.match(piece)
        if tag:
            self._tag(tag[1].lower(), closing=piece[1] == "/")
        elif piece == "<" or not piece.startswith("<"):
            self._text(unescape(piece).replace("\0", "\ufffd"))
            return
        self._at += piece.count("\n") if self._own else 0

    def text(self) -> str:
        """The lines."""
        return "\n".join(self._shown(n, "".join(parts)) for n, parts in enumerate(self._lines))

    def _tag(self, name: str, *, closing: bool) -> None:
        if not _BLOCK.fullmatch(name):
            return
        if self._own:
            self._lines[self._at].append(" ")
        elif self._lines[self._at]:
            self._lines.append([])
            self._at += 1
        if found := _HEADING.fullmatch(name):
            self._mark = "" if closing else "#" * int(found[1]) + " "

    def _text(self, text: str) -> None:
        for number, line in enumerate(text.split("\n") if self._own else [text.replace("\n", " ")]):
            self._at += number > 0 and self._at + 1 < len(self._lines)
            if not line.strip():
                self._lines[self._at].append(line[:1])
                continue
            if self._mark and not "".join(self._lines[self._at][-1:]).strip():
                self._lines[self._at].append(self._mark)
                self._headings.add(self._at)
            self._mark = ""
            self._lines[self._at].append(line)

    def _shown(self, number: int, line: str) -> str:
        line = _SPACES.sub(" ", line).strip()
        # A comment of a shell example is no heading.
        return f"    {line}" if number not in self._headings and _MARKUP.match(line) else line
