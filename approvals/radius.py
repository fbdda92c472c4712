"""What a change would touch: pods, the replicas left, disruption budgets, who depends on it. Read, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from interlock.approvals.selectors import selects
from interlock.approvals.sight import Sight
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import NotServed
from interlock.core.surroundings import Dependant


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget over touched pods, and how many disruptions it allows now."""

    name: str
    allowed: int


@dataclass(frozen=True)
class BlastRadius:
    """What is touched. `replicas_left` is how many ready pods stay meanwhile at worst, None where that has no meaning."""

    pods: tuple[str, ...] = ()
    replicas_left: int | None = None
    budgets: tuple[Budget, ...] = ()
    dependants: tuple[Dependant, ...] = ()
    notes: tuple[str, ...] = ()


def radius_of(
    sight: Sight,
    subject: KubeObject,
    pods: Sequence[KubeObject],
    *,
    replicas_left: int | None = None,
    notes: tuple[str, ...] = (),
) -> BlastRadius:
    """The radius of losing or replacing `pods`, which belong to `subject`."""
    name = sight.cluster.name
    return BlastRadius(
        tuple(sorted(f"{pod.namespace}/{pod.name}" for pod in pods)),
        replicas_left,
        _budgets(sight, pods),
        tuple(sight.surroundings.dependants(name, subject)),
        notes,
    )


def is_ready(pod: KubeObject) -> bool:
    """Whether a pod is Ready and not on its way out."""
    if pod.text("metadata", "deletionTimestamp"):
        return False
    return any(
        c.text("type") == "Ready" and c.text("status") == "True" for c in pod.nodes("status", "conditions")
    )


def _budgets(sight: Sight, pods: Sequence[KubeObject]) -> tuple[Budget, ...]:
    found = []
    for namespace in sorted({pod.namespace for pod in pods}):
        labels = [pod.labels for pod in pods if pod.namespace == namespace]
        for budget in _listed(sight, namespace):
            if any(selects(budget.node("spec", "selector"), each) for each in labels):
                allowed = budget.number("status", "disruptionsAllowed") or 0
                found.append(Budget(f"{namespace}/{budget.name}", allowed))
    return tuple(found)


def _listed(sight: Sight, namespace: str) -> Sequence[KubeObject]:
    try:
        return sight.cluster.list("poddisruptionbudgets.policy", namespace).objects
    except NotServed:
        return ()
