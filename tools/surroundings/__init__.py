"""What a change must know of an object's surroundings, read from its cluster: who keeps it, and who would feel its loss.

Threat: a change that a controller would undo, or whose reach nobody saw. Mechanism: owners and dependants are read when they
are asked for, never kept. Guarantee: what may not be read raises, so that the change is refused; a kind that the server does
not hold is said. Names of other namespaces' objects are not told, for not everybody who sees this object may see those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.surroundings import Dependant, Owner

if TYPE_CHECKING:
    from interlock.tools.surroundings.owners import CodeOwner


class ClusterSurroundings:
    """The `Surroundings` of clusters that can be read, and of code where a lookup is handed in."""

    def __init__(self, reads: Callable[[str], ClusterReads], code: CodeOwner | None = None) -> None:
        self._reads = reads
        self._code = code

    def owner(self, cluster: str, subject: KubeObject) -> Owner | None:
        """What keeps the object as it is; None when nothing is known to.

        Raises:
            Forbidden, Unreachable: when that cannot be told.
        """
        from interlock.tools.surroundings.owners import owner_of

        return owner_of(self._reads(cluster), subject, self._code) if subject.kind else None

    def dependants(self, cluster: str, subject: KubeObject) -> Sequence[Dependant]:
        """What would feel its loss or restart.

        Raises:
            Forbidden, Unreachable: when that cannot be told.
        """
        from interlock.tools.surroundings.dependants import dependants_of

        return dependants_of(self._reads(cluster), subject) if subject.kind else ()
