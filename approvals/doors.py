"""One cluster as the approvals side holds it: its reads, its dry runs, its reviews. No writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from interlock.approvals.rights import Rights
from interlock.approvals.sight import Sight
from interlock.approvals.verbs import Previewer


@dataclass(frozen=True)
class Door:
    """The way to one cluster. Without a previewer it is a recording: what is previewed there can never be made."""

    sight: Sight
    rights: Rights
    previewer: Previewer | None


class Doors(Protocol):
    """The clusters that changes may be made on."""

    def open(self, cluster: str) -> Door:
        """The way to a cluster, read anew by whoever asks.

        Raises:
            UnknownName: for a cluster that is not configured for changes.
            Unreachable, BadInput: when it cannot be reached or used.
        """
