"""Whose data the words of one question hold: what may reach a hosted model is decided by it, call by call.

On the safe side: a cluster counts from the moment it is asked, whatever came of it; a page counts with its source; what
names no source counts for all; a turn of which nothing is known counts for everything configured.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from interlock.core.errors import InterlockError
from interlock.core.evidence import Evidence, FileLocator
from interlock.core.policy.egress import Origins
from interlock.core.store.conversations import Turn
from interlock.tools.knowledge.library import Library, shipped_folder
from interlock.tools.registry import find

KNOWLEDGE = "knowledge"
Call = Callable[[str, Mapping[str, JsonValue]], Evidence]


class Carried:
    """The origins of a question's words so far. Grows only; tools may run in several threads."""

    def __init__(
        self,
        clusters: Sequence[str],
        default: str,
        library: Library,
        servers: Mapping[str, str] | None = None,
    ) -> None:
        """Begin with nothing.

        Args:
            clusters: all that are configured.
            default: the one a call goes to that names none; '' when there is none.
            library: the knowledge, as it is configured.
            servers: the tools of other MCP servers, and the source that each answer is of.
        """
        self._servers = dict(servers or {})
        self._all = frozenset(clusters)
        self._default = default
        self._library = library
        self._lock = threading.Lock()
        self._origins = Origins(frozenset({default} if default else ()))

    def now(self) -> Origins:
        """Everything so far."""
        with self._lock:
            return self._origins

    def remembers(self, before: Sequence[Turn]) -> None:
        """Take in the turns that a model is told of."""
        for turn in before:
            self._add(_kept(turn) or Origins(self._all, self._sources() | {*self._servers.values()}))

    def watching(self, call: Call) -> Call:
        """`call`, with what is asked taken in before it is: an error's words may tell of it, too."""

        def watched(name: str, args: Mapping[str, JsonValue]) -> Evidence:
            asked = args.get("cluster")
            self._add(Origins(frozenset({asked} & self._all if isinstance(asked, str) else ())))
            try:
                return call(name, args)
            except InterlockError:
                self._add(Origins(sources=self._server(name)))
                self._add(Origins(sources=self._sources() if _reads_pages(name) else frozenset()))
                raise

        return watched

    def take(self, item: Evidence) -> None:
        """Take in what was read."""
        asked = item.args.get("cluster")
        clusters = {asked} if isinstance(asked, str) and asked in self._all else set()
        pages = self._pages(item) if _reads_pages(item.tool) else frozenset()
        self._add(Origins(frozenset(clusters), pages | self._server(item.tool)))

    def kept(self) -> dict[str, JsonValue]:
        """As it is kept with the turn."""
        now = self.now()
        return {"clusters": [*sorted(now.clusters)], "sources": [*sorted(now.sources)]}

    def _pages(self, item: Evidence) -> frozenset[str]:
        """The sources of a result: those its places lie in and those it names; all when it has no place."""
        known = {str(folder.path): folder.label for folder in self._library.folders}
        roots = {place.root for place in item.locators if isinstance(place, FileLocator)}
        shipped = str(shipped_folder())
        if not roots or not roots <= {*known, shipped}:
            return self._sources()
        said = "\n".join((item.text, *item.limits))
        return frozenset(label for path, label in known.items() if path in roots or path in said)

    def _server(self, tool: str) -> frozenset[str]:
        return frozenset({self._servers[tool]} if tool in self._servers else ())

    def _sources(self) -> frozenset[str]:
        return frozenset(folder.label for folder in self._library.folders)

    def _add(self, more: Origins) -> None:
        with self._lock:
            self._origins |= more


def _reads_pages(tool: str) -> bool:
    try:
        return KNOWLEDGE in find(tool).systems
    except InterlockError:
        return False


def _kept(turn: Turn) -> Origins | None:
    if turn.origins is None:
        return None
    clusters, sources = turn.origins.get("clusters"), turn.origins.get("sources")
    if not isinstance(clusters, list) or not isinstance(sources, list):
        return None
    return Origins(frozenset(map(str, clusters)), frozenset(map(str, sources)))
