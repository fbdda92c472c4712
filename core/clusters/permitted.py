"""Lists of all namespaces for somebody who may read only some of them.

Threat: a partial list that reads as the whole, or a refusal of all where part may be seen. Mechanism: a refused list of
all namespaces is read namespace by namespace with the same credential, and each one that is refused or not asked is
named in a Warning header, which readers carry as what is not in the list. Guarantee: nothing is read that the cluster
does not grant to this credential; no refusal is swallowed.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from interlock.core.clusters.objects import Node
from interlock.core.clusters.transport import JSON, Reply, Transport, segment
from interlock.core.errors import Forbidden, InterlockError, NotServed

MARK = "by-namespace:"
"""Begins our own continue tokens: `by-namespace:NAMESPACE:TOKEN OF THE SERVER`."""
MOST_NAMESPACES = 100
MOST_NAMED = 10
REMEMBERED_SECONDS = 60.0
_COLLECTION = re.compile(r"^(?P<base>/api/[^/]+|/apis/[^/]+/[^/]+)/(?P<plural>[^/]+)$")
_PAGE = 500
_MAY_NOT, _TOO_MANY = "you may not", "not listed: objects"


@dataclass(frozen=True)
class Spaces:
    """The namespaces to ask. `whole` when the server listed them; else they are those we were told of."""

    names: tuple[str, ...]
    whole: bool
    left: int = 0


@dataclass
class _Merged:
    """What was read so far for one page of a list."""

    room: int
    document: dict[str, JsonValue] = field(default_factory=dict)
    entries: list[JsonValue] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    rest: str = ""
    status: int = 0

    def take(self, reply: Reply) -> str:
        """Add a namespace's page; its continue token."""
        page = reply.json()
        key = "rows" if page.get("kind") == "Table" else "items"
        held = page.get(key)
        self.entries += held if isinstance(held, list) else []
        self.document = {**page, key: self.entries, "metadata": {"resourceVersion": "", "continue": ""}}
        self.status = reply.status
        return Node(page).text("metadata", "continue")

    def reply(self, warnings: Sequence[str]) -> Reply:
        """The page as the server would send it, without a count of the rest, which nobody knows."""
        metadata: JsonValue = {"resourceVersion": "", "continue": self.rest}
        body = json.dumps({**self.document, "metadata": metadata}).encode()
        said = ", ".join(f'299 interlock "{warning}"' for warning in warnings)
        return Reply(self.status, body, {"warning": said} if said else {})


class PermittedTransport:
    """Reads through to a cluster; `told` are namespaces to ask where the server does not list any."""

    def __init__(self, inner: Transport, told: Sequence[str] = ()) -> None:
        self._inner = inner
        self._told = tuple(dict.fromkeys(told))
        self._lock = threading.Lock()
        self._spaces: tuple[float, Spaces] | None = None
        self._namespaced: dict[str, frozenset[str]] = {}

    def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = JSON) -> Reply:
        """The reply to a GET; a list of all namespaces that is refused is put together from those that may be read."""
        asked = dict(params or {})
        if asked.get("continue", "").startswith(MARK):
            start, _, token = asked["continue"].removeprefix(MARK).partition(":")
            return self._from(path, asked, accept, start, token)
        try:
            return self._inner.get(path, asked, accept=accept)
        except Forbidden:
            if not self._can_be_split(path):
                raise
            found = self._from(path, asked, accept, "", "")
            if not found.status:
                raise
            return found

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _from(self, path: str, asked: dict[str, str], accept: str, start: str, token: str) -> Reply:
        """A page from namespace `start` on; its status is 0 when no namespace could be read."""
        spaces = self._all_spaces()
        page = _Merged(int(asked.get("limit", _PAGE)))
        for name in (one for one in spaces.names if one >= start):
            if page.room <= len(page.entries):
                page.rest = f"{MARK}{name}:"
                break
            token = self._read(path, asked, accept, page, name, token if name == start else "")
            if token:
                page.rest = f"{MARK}{name}:{token}"
                break
        if start and not page.status:
            page.document, page.status = {"kind": "List", "items": [], "rows": []}, 200
        return page.reply(_warnings(path, spaces, page, first=not start))

    def _read(
        self, path: str, asked: Mapping[str, str], accept: str, page: _Merged, name: str, token: str
    ) -> str:
        """Adds what one namespace holds to the page; the token of what is left of it."""
        params = {key: value for key, value in asked.items() if key != "continue"}
        while True:
            params["limit"] = str(page.room - len(page.entries))
            try:
                reply = self._inner.get(
                    _within(path, name), params | ({"continue": token} if token else {}), accept=accept
                )
            except Forbidden:
                page.refused.append(name)
                return ""
            except NotServed:
                # A recording need not hold every namespace; what it lacks is named, not taken for empty.
                page.absent.append(name)
                return ""
            token = page.take(reply)
            if not token or page.room <= len(page.entries):
                return token

    def _can_be_split(self, path: str) -> bool:
        match = _COLLECTION.match(path)
        return bool(match) and match["plural"] in self._kinds(match["base"]) if match else False

    def _kinds(self, base: str) -> frozenset[str]:
        """The namespaced kinds of a group's version."""
        if base not in self._namespaced:
            try:
                listed = Node(self._inner.get(base).json()).nodes("resources")
            except InterlockError:
                return frozenset()
            self._namespaced[base] = frozenset(r.text("name") for r in listed if r.flag("namespaced"))
        return self._namespaced[base]

    def _all_spaces(self) -> Spaces:
        with self._lock:
            if self._spaces is None or time.monotonic() - self._spaces[0] > REMEMBERED_SECONDS:
                self._spaces = (time.monotonic(), self._listed())
            return self._spaces[1]

    def _listed(self) -> Spaces:
        names: list[str] = []
        params = {"limit": str(_PAGE)}
        try:
            while True:
                page = Node(self._inner.get("/api/v1/namespaces", params).json())
                names += [item.text("metadata", "name") for item in page.nodes("items")]
                params["continue"] = page.text("metadata", "continue")
                if not params["continue"]:
                    break
        except InterlockError:
            return Spaces(tuple(sorted(self._told)), whole=False)
        asked = sorted(names)[:MOST_NAMESPACES]
        return Spaces(tuple(asked), whole=True, left=len(names) - len(asked))


def may_not(verb: str, resource: str, namespace: str | None = None, *, everywhere: bool = False) -> str:
    """A refusal in words: `you may not list pods in namespace payments`."""
    plain = resource if resource.count(".") > 1 else resource.partition(".")[0]
    where = f" in namespace {namespace}" if namespace else " in all namespaces" if everywhere else ""
    return f"{_MAY_NOT} {verb} {plain}{where}"


def is_partial(warnings: Iterable[str]) -> bool:
    """Whether a list lacks what its reader may not see, by the warnings that came with it."""
    return any(warning.startswith((_MAY_NOT, _TOO_MANY)) for warning in warnings)


def _warnings(path: str, spaces: Spaces, page: _Merged, *, first: bool) -> list[str]:
    plural = path.rpartition("/")[2]
    said = [f"{may_not('list', plural)} in {_named(page.refused)}"] if page.refused else []
    if page.absent:
        said.append(f"{plural} in {_named(page.absent)} were not recorded")
    if first and not spaces.whole:
        read = [name for name in spaces.names if name not in page.refused]
        said.append(f"{may_not('list', plural, everywhere=True)}; only {_named(read)} was asked")
    if first and spaces.left:
        said.append(f"{_TOO_MANY} of {spaces.left} more namespaces; name one to look at it")
    return said


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"namespace{'s' if len(names) > 1 else ''} {shown}{more}"


def _within(path: str, namespace: str) -> str:
    base, _, plural = path.rpartition("/")
    return f"{base}/namespaces/{segment(namespace)}/{plural}"
