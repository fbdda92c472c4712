"""Evict one pod where its disruption budgets allow it."""

from __future__ import annotations

from typing_extensions import override

from interlock.approvals.pods import EndsPod, PodArgs
from interlock.approvals.sight import Seen
from interlock.approvals.writes import Evict


class EvictPod(EndsPod):
    """End a pod that a controller will replace, if its disruption budgets allow it now."""

    name = "evict-pod"
    title = "Evict a pod"
    risks = ("medium",)

    @override
    def write(self, args: PodArgs, seen: Seen) -> Evict:
        return Evict(args.namespace, args.name, seen.object.uid)


ACTIONS = (EvictPod(),)
