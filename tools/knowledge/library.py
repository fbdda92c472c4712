"""The knowledge a deployment has: its own folders, a replay's code, the runbooks we ship; indexed on first use.

Guarantees: every line went through the redactor; a page is found by the path it was shown under and no other, so
nothing outside the folders can be read; pages of one's own come before shipped ones of the same worth.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.errors import NotFound, nearest

if TYPE_CHECKING:
    from interlock.index.chunks import Clean, Kind, Note
    from interlock.index.code.opened import OpenedCode
    from interlock.index.library import Library as Opened
    from interlock.index.library import Source
    from interlock.index.search import Hit

MOST_NEAR = 3


@dataclass(frozen=True)
class Folder:
    """A folder to search. `kind` says what all its files are ('runbook', 'iac'); None: each file's name decides."""

    path: Path
    kind: Kind | None = None


@dataclass(frozen=True)
class Page:
    """A file, cleaned, as lines. `path` is relative to `folder`."""

    path: str
    folder: str
    lines: tuple[str, ...]


class Library:
    """What can be searched and read."""

    def __init__(
        self,
        folders: Sequence[Folder],
        *,
        clean: Clean,
        rules: str,
        use_shipped_runbooks: bool = True,
        cache_dir: Path | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            folders: The deployment's own folders and a replay's code.
            clean: The redactor; it keeps the number of lines.
            rules: Names the redactor and its rules; text cached under others is not used.
            use_shipped_runbooks: Whether to search the runbooks that come with the product.
            cache_dir: Where the index lies between runs; none is kept without it.
        """
        self.folders = tuple(folders)
        self._clean = clean
        self._rules = rules
        self._with_shipped = use_shipped_runbooks
        self._cache_dir = cache_dir
        self._lock = threading.RLock()

    def search(self, query: str, k: int = 10, kind: Kind | None = None) -> list[Hit]:
        """The best pages: good ones of one's own, good shipped ones, then the weak."""
        found = [hit for part in self._parts() for hit in part.index.search(query, k, kind)]
        return sorted(found, key=lambda hit: hit.weak)[:k]

    @property
    def notes(self) -> tuple[Note, ...]:
        """What of the folders was not read, or not read whole."""
        return tuple(note for part in self._parts() for note in part.notes)

    def page(self, path: str) -> Page:
        """The file that hits call `path`; the first folder that has it.

        Raises:
            NotFound: with the nearest paths.
        """
        from interlock.index import folder as files
        from interlock.index import formats
        from interlock.index.sources import decode

        known: list[str] = []
        for source in self._sources():
            root = files.resolved(source.path)
            for found in files.walk(root, []):
                known.append(found.path)
                refused = found.path == path and formats.refusal(path)
                if refused:
                    raise NotFound(f"{path} is {refused}")
                if found.path == path:
                    raw = files.read(root, found)
                    text = decode(raw)[0] if isinstance(raw, bytes) else None
                    if text is None:
                        raise NotFound(f"{path} cannot be read as text")
                    return Page(
                        path, str(source.path), tuple(self._clean(text).removesuffix("\n").split("\n"))
                    )
        raise _missing(path, known)

    @cached_property
    def code(self) -> OpenedCode:
        """The same folders as infrastructure code: what defines, sets and uses what."""
        from interlock.index.code.opened import OpenedCode

        folders = [source.path for source in self._sources()]
        return OpenedCode(folders, clean=self._clean, rules=self._rules, cache_dir=self._cache_dir)

    def _sources(self) -> list[Source]:
        from interlock.index.library import Source

        own = [Source(folder.path, folder.kind) for folder in self.folders]
        return [*own, Source(shipped_folder(), "runbook")] if self._with_shipped else own

    def _parts(self) -> list[Opened]:
        with self._lock:
            return [part for part in (self._own, self._shipped) if part is not None]

    @cached_property
    def _own(self) -> Opened | None:
        from interlock.index.library import Source

        return self._opened([Source(folder.path, folder.kind) for folder in self.folders])

    @cached_property
    def _shipped(self) -> Opened | None:
        from interlock.index.library import Source

        return self._opened([Source(shipped_folder(), "runbook")] if self._with_shipped else [])

    def _opened(self, sources: list[Source]) -> Opened | None:
        from interlock.index.library import open_library

        if not sources:
            return None
        return open_library(sources, clean=self._clean, rules=self._rules, cache_dir=self._cache_dir)


def shipped_folder() -> Path:
    """Where the runbooks that come with the product lie."""
    import interlock.runbooks

    return Path(next(iter(interlock.runbooks.__path__)))


def _missing(path: str, known: list[str]) -> NotFound:
    near = nearest(path, known, most=MOST_NEAR)
    hint = (
        f"did you mean {' or '.join(repr(n) for n in near)}?"
        if near
        else "search first: hits name their paths"
    )
    return NotFound(f"no page {path!r} in the knowledge folders", hint=hint)
