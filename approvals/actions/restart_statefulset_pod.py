"""Replace one pod of a StatefulSet, named by its ordinal."""

from __future__ import annotations

from pydantic import Field, JsonValue
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.pods import gone, siblings
from interlock.approvals.radius import BlastRadius, is_ready, radius_of
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Target, Verdict, verdict
from interlock.approvals.writes import Evict
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput


class Member(ObjectArgs):
    """Which pod of which StatefulSet."""

    ordinal: int = Field(ge=0, le=9999, description="the pod's number in the StatefulSet")


class RestartStatefulSetPod(Action[Member]):
    """End one pod of a StatefulSet where its disruption budgets allow it; the new one has its name and volumes."""

    name = "restart-statefulset-pod"
    title = "Restart one pod of a StatefulSet"
    effect_is = "a new pod of that name is Ready"
    undone_by = "nothing: the pod is replaced by one like it"
    risks = ("medium",)
    args = Member

    @override
    def target(self, args: Member) -> Target:
        return Target(args.cluster, "pods", args.namespace, f"{args.name}-{args.ordinal}")

    @override
    def look(self, args: Member, sight: Sight) -> Seen:
        pod = _pod(args, sight)
        if pod.controller != ("StatefulSet", args.name):
            raise BadInput(f"{pod} is no pod of StatefulSet {args.name}")
        if pod.text("metadata", "deletionTimestamp"):
            raise BadInput(f"{pod} is ending already")
        return Seen(pod, {"controller": args.name, "node": pod.text("spec", "nodeName")})

    @override
    def write(self, args: Member, seen: Seen) -> Evict:
        return Evict(args.namespace, seen.object.name, seen.object.uid)

    @override
    def marks(self, args: Member, seen: Seen) -> dict[str, JsonValue]:
        return {"uid": seen.object.uid}

    @override
    def effect(self, args: Member, sight: Sight, intent: Intent) -> Verdict:
        ended = gone(sight, args.model_copy(update={"name": intent.target.name}), str(intent.marks["uid"]))
        if ended.state != "verified":
            return ended
        found = sight.cluster.list(
            "pods", args.namespace, fields=f"metadata.name={intent.target.name}"
        ).objects
        ready = any(map(is_ready, found))
        said = f"Pod {intent.target.name}: {'ready' if ready else 'not ready'} since it was replaced"
        return verdict("verified" if ready else "not yet", said)

    @override
    def inverse(self, args: Member, before: Seen, digest: Digest) -> Inverse:
        return Inverse(None, reason="the pod was replaced by one like it, with the same name and volumes")

    @override
    def radius(self, args: Member, seen: Seen, sight: Sight) -> BlastRadius:
        others = [pod for pod in siblings(sight, seen.object) if pod.uid != seen.object.uid]
        return radius_of(sight, seen.object, [seen.object], replicas_left=sum(map(is_ready, others)))


def _pod(args: Member, sight: Sight) -> KubeObject:
    return sight.cluster.get("pods", f"{args.name}-{args.ordinal}", args.namespace)


ACTIONS = (RestartStatefulSetPod(),)
