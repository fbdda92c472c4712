"""The code of knowledge folders, read once and kept between runs.

Guarantees: only cleaned text is read into parts; a file is read again when its times or size changed; what is kept is
void when the reading or the redaction rules changed, and what is damaged is ignored. Nothing is read before it is asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from interlock.index import folder as folders
from interlock.index import formats, sources
from interlock.index.chunks import Clean, Note
from interlock.index.code.model import Facts, Part, Ref, Value
from interlock.index.code.reading import read_code, reader_of
from interlock.index.folder import Found
from interlock.index.globs import chosen

SCHEMA = 1
"""Raise it when what a reader makes of a file changes."""
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class CodeFolder:
    """A folder to read, which of its files, and the commit that lies there when it is a repository's."""

    path: Path | str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Codebase:
    """Files of code by path, and the folder each lies under. Of one path in two folders the first counts."""

    files: Mapping[str, Facts]
    roots: Mapping[str, CodeFolder]


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: Stamp
    facts: Facts | None


class CodeReader:
    """Reads the code of folders, again and again, each file only when it changed."""

    def __init__(
        self, read: Iterable[CodeFolder], *, clean: Clean, rules: str, cache_dir: Path | None = None
    ) -> None:
        """Nothing is read yet.

        Args:
            read: the folders, in order of precedence.
            clean: the redactor; it must keep the number of lines.
            rules: names the redactor and its rules.
            cache_dir: where to keep what was read; nothing is kept without it.
        """
        self._folders = tuple(read)
        self._clean = clean
        self._rules = rules
        self._cache_dir = cache_dir
        self._known: dict[CodeFolder, dict[str, _Kept]] = {}
        self._last: Codebase | None = None

    def now(self) -> Codebase:
        """The code as it lies there now; the same object as before when nothing changed."""
        changed = [self._look(folder) for folder in self._folders]
        if self._last is None or any(changed):
            self._last = self._together()
        return self._last

    def _look(self, folder: CodeFolder) -> bool:
        """Read what changed in one folder; whether anything did."""
        root = folders.resolved(folder.path)
        file = _place(self._cache_dir, root, folder, self._rules) if self._cache_dir else None
        known = self._known.get(folder)
        if known is None:
            known = _load(file) if file else {}
        entries = {found.path: self._entry(root, found, known) for found in _code_files(root, folder)}
        changed = entries != known
        if file and changed:
            _save(file, entries)
        first = folder not in self._known
        self._known[folder] = entries
        return changed or first

    def _entry(self, root: Path, found: Found, known: Mapping[str, _Kept]) -> _Kept:
        held = known.get(found.path)
        if held is not None and held.stamp == tuple(found.stamp):
            return held
        return _Kept(found.stamp, _read(root, found, self._clean))

    def _together(self) -> Codebase:
        files: dict[str, Facts] = {}
        roots: dict[str, CodeFolder] = {}
        for folder in self._folders:
            for name, kept in self._known[folder].items():
                if kept.facts is not None and name not in files:
                    files[name], roots[name] = kept.facts, folder
        return Codebase(files, roots)


def _code_files(root: Path, folder: CodeFolder) -> Iterator[Found]:
    for found in folders.walk(root, [], chosen(folder.include, folder.exclude)):
        if reader_of(found.path) and not formats.refusal(found.path):
            yield found


def _read(root: Path, found: Found, clean: Clean) -> Facts | None:
    raw = sources.bytes_of(root, found)
    if isinstance(raw, Note):
        return None
    read = sources.cleaned(found.path, raw, clean)
    return None if isinstance(read, Note) else read_code(found.path, "\n".join(read.lines))


def _place(directory: Path, root: Path, folder: CodeFolder, rules: str) -> Path:
    key = json.dumps([SCHEMA, str(root), folder.include, folder.exclude, rules])
    return directory / f"code-{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _load(file: Path) -> dict[str, _Kept]:
    try:
        digest, _, body = file.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return {}
        return {path: _kept(path, row) for path, row in json.loads(body).items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _save(file: Path, entries: Mapping[str, _Kept]) -> None:
    """Replace what is kept; where the directory cannot be written, the next run reads again."""
    body = json.dumps({path: _row(kept) for path, kept in entries.items()}, separators=(",", ":")).encode()
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".code-")
        with os.fdopen(handle, "wb") as out:
            out.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        Path(name).replace(file)


_Row = tuple[
    list[int],
    str,
    bool,
    list[tuple[str, str, int, int, list[tuple[str, str, int]]]],
    list[tuple[str, str, int]],
]


def _row(kept: _Kept) -> object:
    facts = kept.facts
    if facts is None:
        return [list(kept.stamp)]
    parts = [
        (p.kind, p.name, p.start, p.end, [(v.path, v.text, v.line) for v in p.values]) for p in facts.parts
    ]
    refs = [(r.kind, r.name, r.line) for r in facts.refs]
    return [list(kept.stamp), facts.language, facts.sound, parts, refs]


def _kept(path: str, row: _Row) -> _Kept:
    first, second, third = row[0]
    stamp = (int(first), int(second), int(third))
    if len(row) < 2:
        return _Kept(stamp, None)
    _, language, sound, parts, refs = row
    read = tuple(Part(k, n, s, e, tuple(Value(*v) for v in values)) for k, n, s, e, values in parts)
    return _Kept(stamp, Facts(path, language, read, tuple(Ref(*ref) for ref in refs), sound))
