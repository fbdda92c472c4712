"""A page by the path it was shown under, and by no other: so nothing outside the sources can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.errors import NotFound, nearest
from interlock.tools.knowledge.folders import Folder

if TYPE_CHECKING:
    from interlock.index.chunks import Clean, Kind
    from interlock.index.folder import Found

MOST_NEAR = 3
COMMIT = 12
"""Hex digits of a commit in a citation."""


@dataclass(frozen=True)
class Page:
    """A file, cleaned, as lines. `path` is relative to `folder`; with the commit when it is of a Git repository."""

    path: str
    folder: str
    lines: tuple[str, ...]


def cited(path: str, commit: str) -> str:
    """A path as a citation names it."""
    return f"{path}@{commit[:COMMIT]}" if commit else path


def read_page(sources: Sequence[Folder], path: str, clean: Clean) -> Page:
    """The file that hits call `path`; the first source that has it.

    Raises:
        NotFound: with the nearest paths.
    """
    bare, _, commit = path.rpartition("@") if "@" in path else (path, "", "")
    known: list[str] = []
    for source in sources:
        wanted = bare if source.commit and source.commit.startswith(commit) and commit else path
        for root, found in _files(source):
            known.append(cited(found.path, source.commit))
            if found.path == wanted:
                return Page(known[-1], str(source.path), _lines(root, found, path, clean))
    raise _missing(path, known)


def paths_of(sources: Sequence[Folder], kind: Kind) -> Iterator[str]:
    """The paths of every file of a kind, as hits call them. Names of files are as outsiders gave them."""
    from interlock.index.formats import for_name, refusal

    for source in sources:
        for _, found in _files(source):
            if source.kind in (None, kind) and for_name(found.path)[0] == kind and not refusal(found.path):
                yield cited(found.path, source.commit)


def _files(source: Folder) -> Iterator[tuple[Path, Found]]:
    from interlock.index.folder import resolved, walk

    root = resolved(source.path)
    return ((root, found) for found in walk(root, [], source.wanted))


def _lines(root: Path, found: Found, path: str, clean: Clean) -> tuple[str, ...]:
    from interlock.index import formats, sources
    from interlock.index.chunks import Note

    if refused := formats.refusal(found.path):
        raise NotFound(f"{path} is {refused}")
    raw = sources.bytes_of(root, found)
    text = raw if isinstance(raw, Note) else sources.cleaned(found.path, raw, clean)
    if isinstance(text, Note):
        raise NotFound(f"{path} cannot be read as text: {text.message}")
    return tuple(text.lines[:-1] if text.lines[-1:] == [""] else text.lines)


def _missing(path: str, known: Sequence[str]) -> NotFound:
    near = nearest(path, known, most=MOST_NEAR)
    hint = (
        f"did you mean {' or '.join(repr(n) for n in near)}?"
        if near
        else "search first: hits name their paths"
    )
    return NotFound(f"no page {path!r} in the knowledge folders", hint=hint)
