"""Set between how many replicas an autoscaler scales."""

from __future__ import annotations

from typing import Self

from pydantic import Field, JsonValue, model_validator
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.actions.scale import MOST_REPLICAS
from interlock.approvals.canonical import Digest
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Target, Verdict, verdict
from interlock.approvals.writes import Patch
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput

_KIND = "horizontalpodautoscalers.autoscaling"


class Limits(ObjectArgs):
    """Which autoscaler, and its limits; one that is left out stays."""

    min_replicas: int | None = Field(default=None, ge=1, le=MOST_REPLICAS, description="at least so many")
    max_replicas: int | None = Field(default=None, ge=1, le=MOST_REPLICAS, description="at most so many")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.min_replicas is None and self.max_replicas is None:
            raise ValueError("name min_replicas, max_replicas or both")
        return self


class HpaLimits(Action[Limits]):
    """Set the least and the most replicas of a HorizontalPodAutoscaler."""

    name = "hpa-limits"
    title = "Set an autoscaler's limits"
    effect_is = "the autoscaler has these limits"
    undone_by = "hpa-limits to what was"
    risks = ("medium",)
    args = Limits

    @override
    def target(self, args: Limits) -> Target:
        return Target(args.cluster, _KIND, args.namespace, args.name)

    @override
    def look(self, args: Limits, sight: Sight) -> Seen:
        found = sight.cluster.get(_KIND, args.name, args.namespace)
        least, most = _limits(found)
        if (args.min_replicas or least) > (args.max_replicas or most):
            raise BadInput(
                f"{found}: the least would be more than the most", hint=f"it is {least} to {most} now"
            )
        return Seen(found, {"min": least, "max": most})

    @override
    def write(self, args: Limits, seen: Seen) -> Patch:
        asked = {"minReplicas": args.min_replicas, "maxReplicas": args.max_replicas}
        spec: dict[str, JsonValue] = {key: value for key, value in asked.items() if value is not None}
        return Patch(_KIND, args.namespace, args.name, {"spec": spec})

    @override
    def effect(self, args: Limits, sight: Sight, intent: Intent) -> Verdict:
        found = sight.cluster.get(_KIND, args.name, args.namespace)
        least, most = _limits(found)
        there = args.min_replicas in (None, least) and args.max_replicas in (None, most)
        return verdict("verified" if there else "failed", f"{found}: {least} to {most}")

    @override
    def inverse(self, args: Limits, before: Seen, digest: Digest) -> Inverse:
        least, most = _limits(before.object)
        was = {
            "min_replicas": None if args.min_replicas is None else least,
            "max_replicas": None if args.max_replicas is None else most,
        }
        return Inverse(self.name, args.model_dump() | was)


def _limits(scaler: KubeObject) -> tuple[int, int]:
    # The server's default of minReplicas is 1.
    return scaler.number("spec", "minReplicas") or 1, scaler.number("spec", "maxReplicas") or 0


ACTIONS = (HpaLimits(),)
