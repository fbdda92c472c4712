"""Set how many replicas a Deployment or StatefulSet has."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from typing_extensions import override

from interlock.approvals.canonical import Digest
from interlock.approvals.radius import BlastRadius, is_ready, radius_of
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, Risk, Verdict, verdict
from interlock.approvals.workloads import (
    WorkloadAction,
    WorkloadArgs,
    pods_of,
    read_workload,
    workload_target,
)
from interlock.approvals.writes import Patch
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput

MOST_REPLICAS = 1000
"""A typing error of two digits should not order ten thousand pods."""


class ScaleTo(WorkloadArgs):
    """Which workload, and to how many."""

    kind: Literal["Deployment", "StatefulSet"] = Field(description="its kind")
    replicas: int = Field(ge=0, le=MOST_REPLICAS, description="how many replicas it is to have")


class Scale(WorkloadAction[ScaleTo]):
    """Set the replicas of a workload that no autoscaler scales."""

    name = "scale"
    title = "Scale a workload"
    effect_is = "as many pods as asked are ready, and no more exist"
    undone_by = "scale to the number before"
    risks = ("medium", "high")
    args = ScaleTo

    @override
    def risk(self, args: ScaleTo) -> Risk:
        return "medium" if args.replicas else "high"

    @override
    def look(self, args: ScaleTo, sight: Sight) -> Seen:
        found = read_workload(args, sight)
        for scaler in sight.cluster.list("horizontalpodautoscalers.autoscaling", args.namespace).objects:
            named = (
                scaler.text("spec", "scaleTargetRef", "kind"),
                scaler.text("spec", "scaleTargetRef", "name"),
            )
            # An autoscaler leaves a workload at 0 alone, and undoes every other number.
            if named == (args.kind, args.name) and args.replicas and _replicas(found):
                raise BadInput(f"{scaler} scales {found}", hint="request hpa-limits in place of it")
        return Seen(found, found.value("spec", "replicas"))

    @override
    def write(self, args: ScaleTo, seen: Seen) -> Patch:
        target = workload_target(args)
        return Patch(target.kind, target.namespace, target.name, {"spec": {"replicas": args.replicas}})

    @override
    def effect(self, args: ScaleTo, sight: Sight, intent: Intent) -> Verdict:
        found = read_workload(args, sight)
        if _replicas(found) != args.replicas:
            return verdict("failed", f"{found}: replicas is {_replicas(found)}, set by somebody else")
        seen = found.number("status", "observedGeneration") == found.number("metadata", "generation")
        there = found.number("status", "replicas") or 0, found.number("status", "readyReplicas") or 0
        through = seen and there == (args.replicas, args.replicas)
        said = f"{found}: {there[0]} pods, {there[1]} ready, of {args.replicas}"
        return verdict("verified" if through else "not yet", said)

    @override
    def inverse(self, args: ScaleTo, before: Seen, digest: Digest) -> Inverse:
        return Inverse(self.name, args.model_dump() | {"replicas": _replicas(before.object)})

    @override
    def radius(self, args: ScaleTo, seen: Seen, sight: Sight) -> BlastRadius:
        pods = pods_of(sight, seen.object)
        going = max(0, len(pods) - args.replicas)
        notes = (
            (f"{going} of these {len(pods)} pods end; which ones its controller decides",) if going else ()
        )
        left = min(sum(map(is_ready, pods)), args.replicas)
        return radius_of(sight, seen.object, pods if going else (), replicas_left=left, notes=notes)


def _replicas(workload: KubeObject) -> int:
    held = workload.number("spec", "replicas")
    return 1 if held is None else held


ACTIONS = (Scale(),)
