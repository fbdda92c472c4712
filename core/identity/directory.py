"""Groups from a SCIM 2.0 service (RFC 7643, 7644), pulled and kept for a while.

Threat: somebody decides by a group that only their token claims, or that they left. Mechanism: the list is pulled by us
with our own credential; when it is older than allowed nobody is in any group. Guarantee: fail closed, and say why.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import quote

from pydantic import JsonValue

from interlock.core.clock import Clock
from interlock.core.errors import Unreachable
from interlock.core.identity.oidc import Fetch
from interlock.core.identity.settings import DirectorySettings

PAGE = 200
MOST_PAGES = 500


class ScimDirectory:
    """Who is in which group, as the SCIM service says."""

    def __init__(self, settings: DirectorySettings, fetch: Fetch, clock: Clock) -> None:
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._groups: Mapping[str, frozenset[str]] | None = None
        self._read_at = clock.now()

    def groups_of(self, principal: str) -> frozenset[str]:
        """The groups of a canonical id; empty for somebody the service does not know or has set inactive.

        Raises:
            Unreachable: when nothing fresh enough is known.
        """
        with self._lock:
            age = self._age()
            if self._groups is None or age > timedelta(seconds=self._settings.refresh_seconds):
                self._refresh()
            if self._groups is None:
                raise Unreachable("the directory does not answer: nobody's groups are known")
            return self._groups.get(principal, frozenset())

    def _age(self) -> timedelta:
        return self._clock.now() - self._read_at

    def _refresh(self) -> None:
        try:
            self._groups = self._pulled()
        except Unreachable:
            if self._groups is None or self._age() > timedelta(seconds=self._settings.stale_after_seconds):
                self._groups = None
            return
        self._read_at = self._clock.now()

    def _pulled(self) -> Mapping[str, frozenset[str]]:
        names: dict[str, str] = {}
        for user in self._resources("Users"):
            name = user.get(self._settings.user_field)
            if isinstance(name, str) and user.get("active", True) is True:
                names[str(user.get("id"))] = f"{self._settings.prefix}{name}"
        groups: dict[str, set[str]] = {}
        for group in self._resources("Groups"):
            members = group.get("members")
            for member in members if isinstance(members, list) else []:
                person = names.get(str(member.get("value"))) if isinstance(member, dict) else None
                if person:
                    groups.setdefault(person, set()).add(str(group.get("displayName")))
        return {person: frozenset(theirs) for person, theirs in groups.items()}

    def _resources(self, kind: str) -> Iterator[Mapping[str, JsonValue]]:
        start = 1
        for _ in range(MOST_PAGES):
            url = f"{self._settings.scim_url.rstrip('/')}/{quote(kind)}?startIndex={start}&count={PAGE}"
            try:
                page = json.loads(self._fetch.get(url))
                found, total = page.get("Resources", []), int(page["totalResults"])
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Unreachable("the directory's answer is not SCIM") from None
            yield from (item for item in found if isinstance(item, dict))
            start += len(found)
            if not found or start > total:
                return
        raise Unreachable(f"the directory has more than {PAGE * MOST_PAGES} {kind}")
