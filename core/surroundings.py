"""What an action must know of its surroundings: who owns an object, and what depends on it.

Implemented by `tools`, which can see; used by `approvals`, which must not look for itself; handed in by the composition
root. An implementation that cannot tell raises: a change is then refused, never allowed for want of knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from interlock.core.clusters.objects import KubeObject

OwnerSystem = Literal["argocd", "flux", "helm", "terraform", "operator", "other"]


@dataclass(frozen=True)
class Owner:
    """What keeps an object as it is. `reverts` is True where it would undo a change by hand, as GitOps does."""

    system: OwnerSystem
    name: str
    evidence: str
    reverts: bool


@dataclass(frozen=True)
class Dependant:
    """An object that a change would be felt by, and how: `Service web`, `selects its pods`."""

    subject: str
    how: str


class Surroundings(Protocol):
    """Looks around an object of one cluster."""

    def owner(self, cluster: str, subject: KubeObject) -> Owner | None:
        """What keeps it as it is, its owners' owner included; None when nothing is known to."""

    def dependants(self, cluster: str, subject: KubeObject) -> Sequence[Dependant]:
        """What would feel its loss or restart."""
