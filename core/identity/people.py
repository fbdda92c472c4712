"""One person, one id: every alias (OIDC subject, Slack id, certificate, local user) is mapped to it.

Threat: one human counts twice in a quorum, or an alias nobody vouched for decides. Mechanism: an alias belongs to at
most one canonical id, by settings alone. Guarantee: two aliases of one person compare equal; an unmapped alias keeps
its own id and `known` is False, which allows reading at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from interlock.core.errors import BadInput
from interlock.core.identity.principal import Principal


@dataclass(frozen=True)
class Identified:
    """A principal under their canonical id, and whether somebody vouched for the alias they came by."""

    principal: Principal
    known: bool
    alias: str


class People:
    """The canonical ids and their aliases."""

    def __init__(self, people: Mapping[str, tuple[str, ...]]) -> None:
        """Build the map.

        Raises:
            BadInput: when one alias is claimed twice.
        """
        self._canonical: dict[str, str] = {}
        for person, aliases in people.items():
            for alias in (person, *aliases):
                other = self._canonical.setdefault(alias, person)
                if other != person:
                    raise BadInput(f"identity.people: {alias} belongs to {other} and to {person}")

    def canonical(self, id: str) -> str:
        """The canonical id of whoever has this id; itself when nobody vouches for it."""
        return self._canonical.get(id, id)

    def known(self, id: str) -> bool:
        """Whether somebody vouches for this id."""
        return id in self._canonical

    def identified(self, presented: Principal) -> Identified:
        """Who an authenticated principal is."""
        canonical = self._canonical.get(presented.id)
        known = canonical is not None
        return Identified(
            replace(presented, id=canonical) if canonical else presented, known=known, alias=presented.id
        )
