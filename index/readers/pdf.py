"""The text of a PDF, page by page, each below a heading `Page N`.

Threat: a file made to crash, hang or fill its reader. Mechanism: it is parsed in a process of its own with limits on
time, memory, pages and output; the bytes come on standard input. Guarantee: whatever happens there is a note here.
Leaves out: scanned pages (no text recognition), tables' shape, encrypted files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from interlock.core.errors import InterlockError, Unreachable
from interlock.core.process import run
from interlock.index.chunks import Block, Outline
from interlock.index.readers import Extracted
from interlock.index.spans import tidy

MAX_BYTES = 32 * 1024 * 1024
MAX_PAGES = 400
MAX_TEXT = 4 * 1024 * 1024
SECONDS = 30.0
_MEMORY = 1_500_000_000
_REFUSED = 3
_LINES = 40
_PAGE = re.compile(r"# (Page \d+)")


def read(raw: bytes) -> Extracted:
    """The text of a file."""
    if b"%PDF-" not in raw[:1024]:
        return Extracted(None, "not read: not a PDF")
    try:
        done = run([sys.executable, "-m", __name__], given=raw, seconds=SECONDS, limit=MAX_TEXT)
    except Unreachable:
        return Extracted(None, f"not read: its text could not be had within {SECONDS:g} s")
    except InterlockError as error:
        return Extracted(None, f"not read: {error.message}")
    if done.code == _REFUSED:
        return Extracted(None, f"not read: {done.err.decode(errors='replace').strip()[:200]}")
    if done.code != 0:
        return Extracted(None, "not read: a broken PDF")
    text = done.out.decode("utf-8", "replace").replace("\0", "\ufffd")
    said = done.err.decode("utf-8", "replace").strip()[:200]
    cut = f"more than {MAX_TEXT // 1024 // 1024} MB of text; the rest was not read" if done.cut else ""
    return Extracted(text, "; ".join(part for part in (said, cut) if part))


def split(lines: Sequence[str]) -> Outline:
    """Pieces of at most a screen, each with the page it is on."""
    pages = [(n, found[1]) for n, line in enumerate(lines, start=1) if (found := _PAGE.fullmatch(line))]
    ends = [*(start - 1 for start, _ in pages[1:]), len(lines)]
    blocks = [Block(start, end, trail=(name,)) for (start, name), end in zip(pages, ends, strict=False)]
    return Outline(tidy(lines, blocks or [Block(1, len(lines))], most=_LINES))


def _main() -> int:
    """Standard input to text; the reason on standard error."""
    import io
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import logging

    from pypdf import PdfReader

    logging.disable(logging.CRITICAL)
    document = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
    if document.is_encrypted:
        sys.stderr.write("encrypted")
        return _REFUSED
    count = len(document.pages)
    texts = [document.pages[n].extract_text() for n in range(min(count, MAX_PAGES))]
    if not any(text.strip() for text in texts):
        sys.stderr.write("holds no text (scanned pages?)")
        return _REFUSED
    if count > MAX_PAGES:
        sys.stderr.write(f"only the first {MAX_PAGES} of {count} pages were read")
    sys.stdout.buffer.write(_paged(texts).encode("utf-8", "replace"))
    return 0


def _paged(texts: Sequence[str]) -> str:
    pages = (f"# Page {n}\n\n{_escaped(text)}" for n, text in enumerate(texts, start=1) if text.strip())
    return "\n\n".join(pages) + "\n"


def _escaped(text: str) -> str:
    lines = (line.rstrip() for line in text.replace("\r", "\n").split("\n"))
    return "\n".join(f" {line}" if line.startswith("#") else line for line in lines)


if __name__ == "__main__":
    sys.exit(_main())
