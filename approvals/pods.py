"""What the actions on single pods share: which pod, who replaces it, what is left meanwhile."""

from __future__ import annotations

from pydantic import JsonValue
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.radius import BlastRadius, is_ready, radius_of
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Target, Verdict, verdict
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput, NotFound

MIRROR = "kubernetes.io/config.mirror"
_STAYS_GONE = "a deleted pod does not come back; its controller made another, or nothing did"


class PodArgs(ObjectArgs):
    """Which pod."""


class EndsPod(Action[PodArgs]):
    """An action after which one pod is gone."""

    effect_is = "no pod of that uid exists any more"
    undone_by = "nothing: the pod's controller replaces it"
    args = PodArgs

    @override
    def target(self, args: PodArgs) -> Target:
        return Target(args.cluster, "pods", args.namespace, args.name)

    @override
    def look(self, args: PodArgs, sight: Sight) -> Seen:
        pod = sight.cluster.get("pods", args.name, args.namespace)
        refuse_mirror(pod)
        if not pod.controller:
            raise BadInput(f"{pod} has no controller: nothing would replace it", hint="delete it by hand")
        if pod.text("metadata", "deletionTimestamp"):
            raise BadInput(f"{pod} is ending already")
        return Seen(pod, {"controller": list(pod.controller), "node": pod.text("spec", "nodeName")})

    @override
    def marks(self, args: PodArgs, seen: Seen) -> dict[str, JsonValue]:
        return {"uid": seen.object.uid}

    @override
    def effect(self, args: PodArgs, sight: Sight, intent: Intent) -> Verdict:
        return gone(sight, args, str(intent.marks["uid"]))

    @override
    def inverse(self, args: PodArgs, before: Seen, digest: Digest) -> Inverse:
        return Inverse(None, reason=_STAYS_GONE)

    @override
    def radius(self, args: PodArgs, seen: Seen, sight: Sight) -> BlastRadius:
        others = [pod for pod in siblings(sight, seen.object) if pod.uid != seen.object.uid]
        left = sum(map(is_ready, others))
        return radius_of(sight, seen.object, [seen.object], replicas_left=left)


def siblings(sight: Sight, pod: KubeObject) -> list[KubeObject]:
    """The pods of the same controller, itself included."""
    listed = sight.cluster.list("pods", pod.namespace).objects
    return [each for each in listed if each.controller == pod.controller]


def refuse_mirror(pod: KubeObject) -> None:
    """Refuse a static pod's mirror: its file on the node decides, not the API.

    Raises:
        BadInput: when it is one.
    """
    if MIRROR in pod.annotations:
        raise BadInput(f"{pod} is the mirror of a static pod", hint="its manifest lies on the node")


def gone(sight: Sight, args: ObjectArgs, uid: str) -> Verdict:
    """Whether the pod of that uid has ended."""
    try:
        held = sight.cluster.get("pods", args.name, args.namespace)
    except NotFound:
        return verdict("verified", f"Pod {args.namespace}/{args.name} does not exist")
    if held.uid != uid:
        return verdict("verified", f"{held} is another one, of uid {held.uid}")
    if held.text("metadata", "deletionTimestamp"):
        return verdict("not yet", f"{held} is ending")
    return verdict("failed", f"{held} still exists, and nothing asks it to end")
