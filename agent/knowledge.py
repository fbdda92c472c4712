"""The folders that can be searched, indexed when first asked for. Pages of one's own come before the shipped runbooks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.settings import Settings
from interlock.index.library import Library, Source, open_library
from interlock.index.search import Hit as SearchHit

__all__ = ["Knowledge", "SearchHit"]
RULES = "redactor-1"


class Knowledge:
    """What a runtime may search."""

    def __init__(
        self,
        settings: Settings,
        replay: Replay | None,
        named: tuple[Path, ...],
        redactor: Redactor,
        cache_dir: Path,
    ) -> None:
        self._settings = settings
        self._replay = replay
        self._named = named
        self._redactor = redactor
        self._cache_dir = cache_dir

    def search(self, query: str, k: int) -> list[SearchHit]:
        """The best pages: good ones of one's own, then good shipped ones, then the rest."""
        own, shipped = self.own.index.search(query, k), self.shipped.index.search(query, k)
        found = [*own, *shipped]
        return sorted(found, key=lambda hit: hit.weak)[:k]

    @cached_property
    def own(self) -> Library:
        """The folders that were named, and the code of a replay."""
        return self._opened(self.folders)

    @cached_property
    def shipped(self) -> Library:
        """The runbooks that come with Interlock."""
        import interlock.runbooks

        return self._opened([Source(Path(path), "runbook") for path in list(interlock.runbooks.__path__)[:1]])

    @property
    def folders(self) -> list[Source]:
        """What is searched beside the shipped runbooks."""
        code = [Source(self._replay.iac, "iac")] if self._replay and self._replay.iac else []
        return [*(Source(path) for path in self._named), *code]

    def _opened(self, folders: Sequence[Source]) -> Library:
        return open_library(folders, clean=self._redactor.clean_text, rules=RULES, cache_dir=self._cache_dir)
