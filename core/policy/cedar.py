"""Decides by a bundle's Cedar policies, parsed once.

Default is deny; a `forbid` beats every `permit`; each ruling names the policies that made it. Groups for reading may
come from a token's claims; groups for deciding come from the directory alone.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from interlock.core.identity import Principal
from interlock.core.policy.ask import Act, Ask, Ruling
from interlock.core.policy.bundle import Bundle, schema_text

if TYPE_CHECKING:
    import cedarpy

_KINDS = {"clusters": "Cluster", "workspaces": "Workspace", "log_indexes": "LogIndex", "sources": "Source"}
_CHANGES: frozenset[Act] = frozenset({"request", "decide", "breakGlass"})
NO_PERMIT = "no-permit"


class Directory(Protocol):
    """Who is in which group, from a source that tokens cannot speak for."""

    def groups_of(self, principal: str) -> frozenset[str]:
        """The groups; empty for somebody unknown.

        Raises:
            Unreachable: when the source does not answer and nothing fresh is known. Nobody decides then.
        """


class BundleGroups:
    """The group file inside the bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self._members = {name: frozenset(members) for name, members in bundle.header.groups.items()}

    def groups_of(self, principal: str) -> frozenset[str]:
        """The groups that list this id."""
        return frozenset(name for name, members in self._members.items() if principal in members)


class CedarPolicy:
    """A bundle at work."""

    def __init__(self, bundle: Bundle, directory: Directory | None = None) -> None:
        import cedarpy

        self.bundle = bundle
        self._directory = directory or BundleGroups(bundle)
        self._cedar = cedarpy
        self._schema = cedarpy.Schema.from_str(schema_text())
        self._policies = cedarpy.PolicySet.from_str(bundle.text)
        self._systems = _systems(bundle)
        self.by_namespace = '"attr": "namespace"' in json.dumps(dict(bundle.policies))
        self._entities = lru_cache(maxsize=1024)(self._made)

    def rule(self, principal: Principal, ask: Ask) -> Ruling:
        """The ruling."""
        if not principal.id:
            return Ruling(allowed=False, rule="no-identity", version=self.bundle.digest)
        uid = {
            "type": f"Interlock::{'Person' if principal.kind == 'person' else 'Service'}",
            "id": principal.id,
        }
        groups = self._groups(principal, ask.act)
        request = {
            "principal": uid,
            "action": {"type": "Interlock::Action", "id": ask.act},
            "resource": {"type": f"Interlock::{ask.kind}", "id": ask.resource},
            "context": _context(principal, ask),
        }
        entities = self._entities(uid["type"], principal.id, groups)
        said = self._cedar.is_authorized(request, self._policies, entities)
        if said.diagnostics.errors:
            # Cedar skips a policy that fails to evaluate; a forbid that is skipped would let something through.
            return Ruling(allowed=False, rule="policy-error", version=self.bundle.digest)
        names = sorted(str(n) for n in said.diagnostics.id_annotations_by_reason.values())
        return Ruling(said.allowed, ", ".join(names) or NO_PERMIT, self.bundle.digest)

    def groups(self, principal: Principal) -> frozenset[str]:
        """The groups that count for what somebody may read and spend: the directory's and the token's.

        Raises:
            Unreachable: when the directory does not answer.
        """
        return self._groups(principal, "read")

    def deciding_groups(self, principal: str) -> frozenset[str]:
        """The groups that count for deciding: the directory's alone.

        Raises:
            Unreachable: when the directory does not answer.
        """
        return self._directory.groups_of(principal)

    def _groups(self, principal: Principal, act: Act) -> frozenset[str]:
        known = self._directory.groups_of(principal.id)
        return known if act in _CHANGES else known | frozenset(principal.groups)

    def _made(self, kind: str, name: str, groups: frozenset[str]) -> cedarpy.Entities:
        parents = [{"type": "Interlock::Group", "id": group} for group in sorted(groups)]
        person = {"uid": {"type": kind, "id": name}, "attrs": {}, "parents": parents}
        named = [{"uid": parent, "attrs": {}, "parents": []} for parent in parents]
        return self._cedar.Entities.from_json_str(json.dumps([person, *named, *self._systems]), self._schema)


def _context(principal: Principal, ask: Ask) -> dict[str, str]:
    if ask.act == "send":
        return {"purpose": ask.tool, "cluster": ask.cluster, "source": ask.source}
    where = {"namespace": ask.namespace, "surface": principal.surface}
    return (
        {"tool": ask.tool, **where} if ask.act == "read" else {"action": ask.tool, "risk": ask.risk, **where}
    )


def _systems(bundle: Bundle) -> list[JsonValue]:
    """The configured systems as entities, each in its environments."""
    parents: dict[tuple[str, str], list[JsonValue]] = {}
    for name, environment in bundle.header.environments.items():
        for field, kind in _KINDS.items():
            for system in getattr(environment, field):
                parents.setdefault((kind, system), []).append({"type": "Interlock::Environment", "id": name})
    environments: list[JsonValue] = [
        {"uid": {"type": "Interlock::Environment", "id": name}, "attrs": {}, "parents": []}
        for name in bundle.header.environments
    ]
    systems: list[JsonValue] = [
        {"uid": {"type": f"Interlock::{kind}", "id": system}, "attrs": {}, "parents": above}
        for (kind, system), above in parents.items()
    ]
    return environments + systems
