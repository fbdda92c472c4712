"""From a folder to chunks.

Guarantees: text passes `clean` (the redactor) before anything else sees it, and a file whose lines `clean`
did not keep is refused, so that a citation always points at the line it quotes. No file can stop the rest:
what was not read, or not read whole, is a note. Text is split, never interpreted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from interlock.index import folder as folders
from interlock.index import formats
from interlock.index.chunks import Chunk, Clean, Corpus, Kind, Note, Outline
from interlock.index.folder import Found


@dataclass(frozen=True, slots=True)
class Lines:
    """The cleaned lines of a file, and what has to be said about it."""

    lines: list[str]
    notes: tuple[Note, ...] = ()


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
    present, refused = nameable(list(folders.walk(root, notes)), clean)
    notes += refused
    for found in present:
        raw = bytes_of(root, found)
        read, told = ((), (raw,)) if isinstance(raw, Note) else chunked(found.path, raw, kind, clean)
        chunks += (replace(chunk, meta=replace(chunk.meta, folder=str(path))) for chunk in read)
        notes += told
    return Corpus(str(path), tuple(chunks), tuple(notes))


def nameable(present: Sequence[Found], clean: Clean) -> tuple[list[Found], list[Note]]:
    """The files whose very names may be shown, and a note on each other one, under the name as it may be shown."""
    names = [found.path.replace("\n", "\ufffd") for found in present]
    shown = clean("\n".join(names)).split("\n")
    if shown != names:
        # All at once is quick, but names beside each other may look like what neither is.
        shown = [clean(name) for name in names]
    pairs = list(zip(present, names, shown, strict=True))
    kept = [found for found, name, seen in pairs if name == seen]
    refused = [
        Note(seen, "not read: its name holds what has to be hidden")
        for _, name, seen in pairs
        if name != seen
    ]
    return kept, refused


def bytes_of(root: Path, found: Found) -> bytes | Note:
    """The bytes of a file, or why it is not read."""
    if why := formats.refusal(found.path):
        return Note(found.path, why)
    return folders.read(root, found, formats.reader(found.path)[1])


def cleaned(path: str, raw: bytes, clean: Clean) -> Lines | Note:
    """The lines of a file as they may be shown, or why there are none."""
    read, _ = formats.reader(path)
    extracted = read(raw)
    if extracted.text is None:
        return Note(path, extracted.note)
    notes = (Note(path, extracted.note),) if extracted.note else ()
    lines = clean(extracted.text).split("\n")
    if len(lines) != extracted.text.count("\n") + 1:
        return Note(path, "not read: redaction did not keep its lines")
    return Lines(lines, notes)


def chunked(path: str, raw: bytes, kind: Kind | None, clean: Clean) -> tuple[list[Chunk], tuple[Note, ...]]:
    """The chunks of one file, and what has to be said about it."""
    text = cleaned(path, raw, clean)
    if isinstance(text, Note):
        return [], (text,)
    chunks, said = split(path, text.lines, kind)
    return chunks, (*text.notes, *said)


def split(path: str, lines: list[str], kind: Kind | None) -> tuple[list[Chunk], tuple[Note, ...]]:
    """The chunks of cleaned lines."""
    named, splitter = formats.for_name(path)
    outline = splitter(lines)
    return _chunks(path, lines, outline, kind or named), tuple(Note(path, note) for note in outline.notes)


def _chunks(path: str, lines: list[str], outline: Outline, kind: Kind) -> list[Chunk]:
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
            outline.meta,
        )
        for block in outline.blocks
    ]
