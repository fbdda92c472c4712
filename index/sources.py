"""From a folder to chunks.

Guarantees: text passes `clean` (the redactor) before anything else sees it, and a file whose lines `clean`
did not keep is refused, so that a citation always points at the line it quotes. No file can stop the rest:
what was not read, or not read whole, is a note. Text is split, never interpreted.
"""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

from interlock.index import folder as folders
from interlock.index import formats
from interlock.index.chunks import Chunk, Clean, Corpus, Kind, Note, Outline
from interlock.index.folder import Found

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def load_folder(path: Path | str, kind: Kind | None = None, *, clean: Clean) -> Corpus:
    """Chunk every readable file under `path`.

    Args:
        path: The folder; chunk paths are relative to it.
        kind: What all files are; by default each file's name decides.
        clean: The redactor. It must keep the number of lines.
    """
    root = folders.resolved(path)
    notes: list[Note] = []
    chunks: list[Chunk] = []
    for found in folders.walk(root, notes):
        read, told = load_file(root, found, kind, folder=str(path), clean=clean)
        chunks += read
        notes += told
    return Corpus(str(path), tuple(chunks), tuple(notes))


def load_file(
    root: Path, found: Found, kind: Kind | None, *, folder: str, clean: Clean
) -> tuple[list[Chunk], list[Note]]:
    """The chunks of one file, and what has to be said about it."""
    if why := formats.refusal(found.path):
        return [], [Note(found.path, why)]
    raw = folders.read(root, found)
    if isinstance(raw, Note):
        return [], [raw]
    text, said = decode(raw)
    if text is None:
        return [], [Note(found.path, said)]
    notes = [Note(found.path, said)] if said else []
    lines = text.split("\n")
    cleaned = clean(text).split("\n")
    if len(cleaned) != len(lines):
        return [], [*notes, Note(found.path, "not read: redaction did not keep its lines")]
    named, split = formats.for_name(found.path)
    outline = split(cleaned)
    notes += [Note(found.path, note) for note in outline.notes]
    return _chunks(found.path, cleaned, outline, kind or named, folder), notes


def decode(raw: bytes) -> tuple[str | None, str]:
    """Text with bare newlines and a note, empty where all was well; None for what is not text."""
    if raw.startswith(_UTF16):
        text, said = raw.decode("utf-16", "replace"), ""
    elif b"\0" in raw:
        return None, "not read: binary"
    else:
        text, said = _utf8(raw)
    return text.replace("\r\n", "\n").replace("\0", "\ufffd"), said


def _utf8(raw: bytes) -> tuple[str, str]:
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        said = f"not UTF-8 (byte {error.start}); unreadable characters are shown as \ufffd"
        return raw.decode("utf-8-sig", "replace"), said


def _chunks(path: str, lines: list[str], outline: Outline, kind: Kind, folder: str) -> list[Chunk]:
    meta = replace(outline.meta, folder=folder)
    page = outline.title or Path(path).stem
    return [
        Chunk(
            path,
            block.start,
            block.end,
            block.title or page,
            block.trail,
            "\n".join(lines[block.start - 1 : block.end]),
            kind,
            block.role,
            meta,
        )
        for block in outline.blocks
    ]
