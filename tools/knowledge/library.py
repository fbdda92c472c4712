"""The knowledge a deployment has: its own sources, a replay's code, the runbooks we ship; indexed on first use.

Guarantees: every line went through the redactor; a page is found by the path it was shown under and no other, so
nothing outside the sources can be read; pages of one's own come before shipped ones of the same worth; `seen_by`
gives the library as one principal may see it, and what they may not see is not in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.errors import BadInput, InterlockError
from interlock.core.policy.egress import Origins, may_send
from interlock.tools.knowledge.access import MayRead, may_read
from interlock.tools.knowledge.folders import Folder, check_apart
from interlock.tools.knowledge.page import Page, paths_of, read_page

if TYPE_CHECKING:
    from interlock.core.identity import Principal
    from interlock.core.policy import Policy
    from interlock.index.chunks import Clean, Kind, Note
    from interlock.index.code.codebase import CodeFolder
    from interlock.index.code.opened import OpenedCode
    from interlock.index.embedding import Embedder
    from interlock.index.git import Remote as GitRemote
    from interlock.index.library import Library as Opened
    from interlock.index.library import Remotes, Source, Ways
    from interlock.index.search import Hit

__all__ = ["NOT_SEARCHED", "Folder", "Library", "Means", "Page", "shipped_folder"]

NOT_SEARCHED = "a source was not searched"


@dataclass(frozen=True)
class Means:
    """How sources are read, kept and embedded.

    `clean` is the redactor; it keeps the number of lines. `rules` names it and its rules: text cached under others is
    not used. `embedder` and `remotes` are asked for when something is first searched. `provider` is whose model embeds,
    '' where no text leaves this machine; of sources that are not in `embeds` it is given nothing.
    """

    clean: Clean
    rules: str
    cache_dir: Path | None = None
    embedder: Callable[[], tuple[Embedder | None, str]] = lambda: (None, "")
    remotes: Remotes = lambda _source, _model: None
    provider: str = ""
    embeds: Callable[[str], bool] = lambda _label: True


@dataclass
class _Held:
    """What views of one library share."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    folders: tuple[Folder, ...] | None = None
    problems: list[str] = field(default_factory=list)
    opened: dict[str, Opened] = field(default_factory=dict)
    views: dict[tuple[Folder, ...], Library] = field(default_factory=dict)
    code: dict[tuple[CodeFolder, ...], OpenedCode] = field(default_factory=dict)


class Library:
    """What can be searched and read."""

    def __init__(
        self,
        folders: Sequence[Folder],
        *,
        clean: Clean | None = None,
        rules: str = "",
        use_shipped_runbooks: bool = True,
        cache_dir: Path | None = None,
        means: Means | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            folders: The deployment's own folders and a replay's code.
            clean: The redactor; it keeps the number of lines.
            rules: Names the redactor and its rules; text cached under others is not used.
            use_shipped_runbooks: Whether to search the runbooks that come with the product.
            cache_dir: Where the index lies between runs; none is kept without it.
            means: Instead of the three: everything about how sources are read, kept and embedded.
        """
        self._configured = tuple(folders)
        check_apart(self._configured)
        self.means = means or Means(_needed(clean), rules, cache_dir)
        self._with_shipped = use_shipped_runbooks
        self._held = _Held()
        self._shown: tuple[Folder, ...] | None = None
        self.hidden = 0
        self._origins: Callable[[], Origins] = Origins
        self._may_embed: Callable[[], bool] = lambda: True

    @property
    def folders(self) -> tuple[Folder, ...]:
        """The sources that are one's own; Git repositories as they lie here, fetched when they never were."""
        return self._own if self._shown is None else self._shown

    def seen_by(self, policy: Policy, principal: Principal) -> Library:
        """The library as a principal may see it; their questions reach a hosted model when the policy lets them."""
        view, provider, origins = (
            self.restricted(may_read(policy, principal)),
            self.means.provider,
            self._origins,
        )
        if not provider:
            return view
        made = copy(view)
        made._may_embed = lambda: may_send(policy, principal, provider, "embedding", origins())
        return made

    def asked_with(self, origins: Callable[[], Origins]) -> Library:
        """The library for one question, whose words may hold something of these clusters and sources."""
        if not self.means.provider:
            return self
        made = copy(self)
        made._origins = origins
        return made

    def restricted(self, may: MayRead) -> Library:
        """The library without the sources that `may` refuses."""
        if not any(folder.readers for folder in self._configured) and all(map(may, self._configured)):
            return self
        shown = tuple(folder for folder in self.folders if may(folder))
        with self._held.lock:
            view = self._held.views.get(shown)
            if view is None:
                view = Library((), means=self.means)
                view._configured, view._held, view._with_shipped = (
                    self._configured,
                    self._held,
                    self._with_shipped,
                )
                view._shown, view.hidden = shown, len(self.folders) - len(shown)
                self._held.views[shown] = view
        return view

    def search(self, query: str, k: int = 10, kind: Kind | None = None) -> list[Hit]:
        """The best pages: good ones of one's own, good shipped ones, then the weak."""
        return self.find(query, k, kind)[0]

    def find(self, query: str, k: int = 10, kind: Kind | None = None) -> tuple[list[Hit], tuple[str, ...]]:
        """The best pages, and what the search could not do as it should."""
        hits: list[Hit] = []
        said: list[str] = []
        by_meaning = self._may_embed()
        if not by_meaning:
            said.append(f"searched by words alone: the policy keeps this question from {self.means.provider}")
        with self._held.lock:
            for opened, folders in self._parts():
                opened.refresh()
                index = opened.index if by_meaning else opened.index.by_words()
                found = index.find(query, k, kind, folders)
                hits += found.hits
                said += [*opened.limits, *found.limits]
        said += self._unseen()
        return sorted(hits, key=lambda hit: hit.weak)[:k], tuple(dict.fromkeys(said))

    @property
    def notes(self) -> tuple[Note, ...]:
        """What of the folders was not read, or not read whole."""
        with self._held.lock:
            return tuple(note for opened, folders in self._parts() for note in opened.notes_of(folders))

    def page(self, path: str) -> Page:
        """The file that hits call `path`; the first folder that has it.

        Raises:
            NotFound: with the nearest paths.
        """
        return read_page(self._all(), path, self.means.clean)

    def paths(self, kind: Kind) -> Iterator[str]:
        """What can be read of a kind, one's own files first."""
        return paths_of(self._all(), kind)

    @property
    def code(self) -> OpenedCode:
        """The same sources as infrastructure code: what defines, sets and uses what."""
        from interlock.index.code.codebase import CodeFolder
        from interlock.index.code.opened import OpenedCode

        read = tuple(CodeFolder(f.path, f.include, f.exclude, f.commit) for f in self._all())
        with self._held.lock:
            if read not in self._held.code:
                means = self.means
                held = OpenedCode(read, clean=means.clean, rules=means.rules, cache_dir=means.cache_dir)
                self._held.code[read] = held
            return self._held.code[read]

    def sources(self) -> list[Source]:
        """Everything that is indexed, own sources first."""
        return [folder.source() for folder in self._all()]

    def ways(self) -> tuple[Ways, str]:
        """How the sources are indexed, and why without a model when there is none."""
        from interlock.index.library import Ways

        means = self.means
        embedder, missing = self._embedder
        ways = Ways(
            means.clean,
            means.rules,
            means.cache_dir,
            embedder,
            means.remotes,
            embeds=self._embeds(self._all()),
        )
        return ways, missing

    def _embeds(self, folders: Sequence[Folder]) -> Callable[[Source], bool]:
        """Which sources a hosted model may be given; the runbooks that we ship are no secret."""
        if not self.means.provider:
            return lambda _: True
        kept = {
            f.source().id for f in folders if f.path != shipped_folder() and not self.means.embeds(f.label)
        }
        return lambda source: source.id not in kept

    def _all(self) -> list[Folder]:
        shipped = [Folder(shipped_folder(), "runbook")] if self._with_shipped else []
        return [*self.folders, *shipped]

    @property
    def _own(self) -> tuple[Folder, ...]:
        with self._held.lock:
            if self._held.folders is None:
                self._held.folders = tuple(self._laid_out(fetch=False))
            return self._held.folders

    def fetch(self) -> list[str]:
        """Fetch the Git repositories anew; what has to be said about it."""
        with self._held.lock:
            self._held.problems.clear()
            self._held.opened.clear()
            self._held.views.clear()
            self._held.code.clear()
            self._held.folders = tuple(self._laid_out(fetch=True))
            return list(self._held.problems)

    def _laid_out(self, *, fetch: bool) -> list[Folder]:
        laid_out = []
        for folder in self._configured:
            try:
                laid_out.append(
                    self._checkout(folder, folder.git, fetch=fetch) if folder.git else _there(folder)
                )
            except InterlockError as error:
                self._held.problems.append(f"{NOT_SEARCHED}: {error.message}")
        return laid_out

    def _checkout(self, folder: Folder, remote: GitRemote, *, fetch: bool) -> Folder:
        from interlock.index.git import opened

        if self.means.cache_dir is None:
            raise BadInput("a Git source needs a cache folder")
        found = opened(remote, self.means.cache_dir, fetch=fetch)
        self._held.problems += found.notes
        path = (found.path / folder.inside).resolve()
        if not path.is_relative_to(found.path.resolve()):
            raise BadInput(f"{folder.inside!r} leads out of the repository")
        return replace(folder, path=path, commit=found.commit)

    def _parts(self) -> list[tuple[Opened, list[str]]]:
        """Own and shipped indexes, each with the folders of it that are shown here."""
        own = [str(folder.path) for folder in self.folders]
        parts = [(self._opened("own", self._own), own)] if self._own else []
        if self._with_shipped:
            shipped = shipped_folder()
            parts.append((self._opened("shipped", [Folder(shipped, "runbook")]), [str(shipped)]))
        return parts

    def _opened(self, name: str, folders: Sequence[Folder]) -> Opened:
        from interlock.index.library import open_library

        found = self._held.opened.get(name)
        if found is None:
            means = self.means
            embedder, _ = self._embedder
            found = self._held.opened[name] = open_library(
                [folder.source() for folder in folders],
                clean=means.clean,
                rules=means.rules,
                cache_dir=means.cache_dir,
                embedder=embedder,
                remotes=means.remotes,
                embeds=self._embeds(folders),
            )
        return found

    @cached_property
    def _embedder(self) -> tuple[Embedder | None, str]:
        return self.means.embedder()

    def _unseen(self) -> list[str]:
        _, missing = self._embedder
        return [*([f"searched by words alone: {missing}"] if missing else []), *self.unread()]

    def unread(self) -> list[str]:
        """Which sources are not looked at: those that failed, and those one may not read."""
        said: list[str] = []
        if self._shown is None:
            said += self._held.problems
        elif self._held.problems:  # which name their sources
            said.append("not all of the sources could be read")
        if self.means.provider:
            kept = [folder.label for folder in self.folders if not self.means.embeds(folder.label)]
            said += [
                f"searched by words alone: the policy keeps {one} from {self.means.provider}" for one in kept
            ]
        if self.hidden:
            many = f"{self.hidden} sources were" if self.hidden > 1 else "1 source was"
            said.append(f"{many} not searched: you may not read them all")
        return said


def _there(folder: Folder) -> Folder:
    """A folder that is not there, as a mount may be gone, costs itself and not the others."""
    from interlock.index.folder import resolved

    resolved(folder.path)
    return folder


def _needed(clean: Clean | None) -> Clean:
    if clean is None:
        raise BadInput("knowledge is read through a redactor or not at all")
    return clean


def shipped_folder() -> Path:
    """Where the runbooks that come with the product lie."""
    import interlock.runbooks

    return Path(next(iter(interlock.runbooks.__path__)))
