"""The rules as they are at this moment: the bundle on disk is read again when its files changed, so that a change of
policy voids what was proposed under the last one, whichever process it happens in.

Fail closed: a bundle that cannot be read, or was not signed for, gives no rules at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from interlock.approvals.catalogue import all_actions
from interlock.approvals.force import Force
from interlock.core.audit import AuditLog
from interlock.core.clock import Clock
from interlock.core.identity import Principal
from interlock.core.identity.people import People
from interlock.core.policy import Policy
from interlock.core.policy.ask import Ask, LocalReadPolicy, Ruling
from interlock.core.policy.authority import open_authority
from interlock.core.policy.bundle import Header
from interlock.core.policy.cedar import CedarPolicy
from interlock.core.policy.changes import Changes, environments_of
from interlock.core.policy.settings import PolicySettings
from interlock.core.settings import Settings
from interlock.core.store import Store

Stamp = tuple[tuple[str, int, int, int, int], ...]


class SoloPolicy:
    """One person on a toy cluster, without a bundle: people may do everything."""

    by_namespace = False

    def rule(self, principal: Principal, ask: Ask) -> Ruling:
        """Allow people."""
        allowed = principal.kind == "person" and bool(principal.id)
        return Ruling(allowed, "solo", version="solo")


class LiveRules:
    """Gives the rules in force, read again when the bundle's files changed."""

    def __init__(
        self, settings: Settings, store: Store, audit: AuditLog, clock: Clock, people: People, *, solo: bool
    ) -> None:
        self._settings = settings
        self._store = store
        self._audit = audit
        self._clock = clock
        self._people = people
        self._solo = solo
        self._lock = threading.Lock()
        self._known: tuple[Stamp, Force] | None = None

    def __call__(self) -> Force:
        """The rules now.

        Raises:
            BadInput, Refused, StoreFailed: when there are none to be had.
        """
        with self._lock:
            stamp = _stamp(self._settings.section(PolicySettings).bundle)
            if self._known is None or self._known[0] != stamp:
                self._known = None
                self._known = stamp, self._made()
            return self._known[1]

    def _made(self) -> Force:
        policy = open_authority(self._settings, self._store, self._audit, self._clock, all_actions).policy
        if isinstance(policy, CedarPolicy):
            return self._force(policy, policy.bundle.header, policy.bundle.digest, policy.deciding_groups)
        plain: Policy = SoloPolicy() if self._solo else LocalReadPolicy()
        return self._force(plain, None, "solo" if self._solo else "default", lambda _: frozenset())

    def _force(
        self, policy: Policy, header: Header | None, version: str, groups: Callable[[str], frozenset[str]]
    ) -> Force:
        return Force(
            policy=policy,
            changes=header.changes if header else Changes(),
            version=version,
            groups_of=groups,
            environments_of=lambda cluster: environments_of(header, cluster) if header else frozenset(),
            canonical=self._people.canonical,
            known=self._people.known,
            solo=self._solo,
        )


def _stamp(folder: Path | None) -> Stamp:
    if folder is None or not folder.is_dir():
        return ()
    files = sorted(each for each in folder.iterdir() if each.is_file())
    stats = [(each.name, each.stat()) for each in files]
    # A copy may keep the old time and size; the time of the inode cannot be set back.
    return tuple(
        (name, stat.st_ino, stat.st_ctime_ns, stat.st_mtime_ns, stat.st_size) for name, stat in stats
    )
