"""What an action may see while it previews, applies and verifies: reads of one cluster and of its Alertmanager, the
surroundings, the time. Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from interlock.core.clock import Clock
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import BadInput
from interlock.core.surroundings import Surroundings

Fields = Mapping[str, JsonValue]


class SilenceReads(Protocol):
    """What may be asked of an Alertmanager."""

    def silences(self) -> Sequence[Fields]:
        """Every silence it remembers."""

    def alerts(self) -> Sequence[Fields]:
        """The alerts it holds now."""


@dataclass(frozen=True)
class Sight:
    """The world of one cluster, as the approvals side reads it."""

    clock: Clock
    surroundings: Surroundings
    reads: ClusterReads | None = None
    silences: SilenceReads | None = None

    @property
    def cluster(self) -> ClusterReads:
        """The cluster.

        Raises:
            BadInput: when none is at hand.
        """
        if self.reads is None:
            raise BadInput("no cluster is configured for changes")
        return self.reads

    @property
    def alertmanager(self) -> SilenceReads:
        """The Alertmanager.

        Raises:
            BadInput: when none is at hand.
        """
        if self.silences is None:
            raise BadInput("no Alertmanager is configured for changes")
        return self.silences


@dataclass(frozen=True)
class Seen:
    """What an action read before it decided: its object, the objects beside it, and exactly the fields that count."""

    object: KubeObject
    fields: JsonValue = field(repr=False)
    others: tuple[KubeObject, ...] = field(default=(), repr=False)

    @property
    def version(self) -> str:
        """The resourceVersion, which is the lock of the write."""
        return self.object.text("metadata", "resourceVersion")


NOTHING = KubeObject({})
"""The object of an action that makes something new."""
