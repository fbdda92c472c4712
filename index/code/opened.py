"""Code opened for questions: the files as they are now, and the graph of them, built when a question needs it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from interlock.index.chunks import Clean
from interlock.index.code.codebase import Codebase, CodeFolder, CodeReader
from interlock.index.code.graph import Graph, graph_of


class Code:
    """One state of the code."""

    def __init__(self, base: Codebase) -> None:
        self.base = base

    @cached_property
    def graph(self) -> Graph:
        """Who uses what."""
        return graph_of(self.base)


class OpenedCode:
    """Folders of code, followed as they change."""

    def __init__(
        self, read: Iterable[CodeFolder], *, clean: Clean, rules: str, cache_dir: Path | None = None
    ) -> None:
        self._reader = CodeReader(read, clean=clean, rules=rules, cache_dir=cache_dir)
        self._now: Code | None = None

    def now(self) -> Code:
        """The code as it is now."""
        base = self._reader.now()
        if self._now is None or self._now.base is not base:
            self._now = Code(base)
        return self._now
