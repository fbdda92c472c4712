"""Delete one pod, so that its controller makes another."""

from __future__ import annotations

from typing_extensions import override

from interlock.approvals.pods import EndsPod, PodArgs
from interlock.approvals.sight import Seen
from interlock.approvals.writes import Delete


class DeletePod(EndsPod):
    """Delete a pod that a controller will replace, whatever its disruption budgets say."""

    name = "delete-pod"
    title = "Delete a pod"
    risks = ("high",)

    @override
    def write(self, args: PodArgs, seen: Seen) -> Delete:
        return Delete("pods", args.namespace, args.name, seen.object.uid)

    @override
    def warnings(self, args: PodArgs, seen: Seen) -> tuple[str, ...]:
        return ("a deletion does not ask disruption budgets; evict-pod does",)


ACTIONS = (DeletePod(),)
