"""Empty a node: cordon it, then evict its pods one by one, as their disruption budgets allow."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, JsonValue
from typing_extensions import override

from interlock.approvals.action import on_fresh_reads
from interlock.approvals.actions.cordon import NodeArgs
from interlock.approvals.canonical import Digest
from interlock.approvals.errors import Answered, Blocked, Conflict, Stopped
from interlock.approvals.normal import STAMP, Diff, removal
from interlock.approvals.pods import MIRROR
from interlock.approvals.radius import BlastRadius, radius_of
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.steps import Run, Step, StepsAction
from interlock.approvals.verbs import Previewer
from interlock.approvals.words import Intent, Inverse, Preconditions, Preview, Target, Verdict, verdict
from interlock.approvals.writes import Evict, Patch, change_of, predicted, send, stamped
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput, NotFound
from interlock.core.surroundings import Owner

CORDON = "cordon"
_PAUSE = 5.0
"""Seconds between two tries of an eviction that a budget blocks; kubectl drain waits as long."""


class DrainArgs(NodeArgs):
    """Which node, what may be lost, how long a budget is waited for."""

    empty_dirs: bool = Field(
        default=False, description="evict pods with emptyDir volumes, whose content is lost"
    )
    patience: int = Field(
        default=300, ge=0, le=3600, description="seconds to wait for a disruption budget, for each pod"
    )


class Drain(StepsAction[DrainArgs]):
    """Cordon a node and evict the pods that were on it when it was previewed.

    Not evicted: DaemonSet pods, static pods, pods that are done. Refused: pods without a controller.
    """

    name = "drain"
    title = "Drain a node"
    effect_is = "the node is unschedulable and no pod is left on it but those that stay"
    undone_by = "uncordon; evicted pods stay where they went"
    risks = ("high",)
    args = DrainArgs

    @override
    def target(self, args: DrainArgs) -> Target:
        return Target(args.cluster, "nodes", "", args.name)

    @override
    def look(self, args: DrainArgs, sight: Sight) -> Seen:
        node = sight.cluster.get("nodes", args.name)
        leaving = _leaving(sight, args.name)
        for pod in leaving:
            _refuse(pod, args)
        names: list[JsonValue] = [f"{pod.namespace}/{pod.name} {pod.uid}" for pod in leaving]
        return Seen(node, {"cordoned": bool(node.flag("spec", "unschedulable")), "pods": names}, leaving)

    @override
    def write(self, args: DrainArgs, seen: Seen) -> Patch:
        return Patch("nodes", "", args.name, {"spec": {"unschedulable": True}})

    @override
    def steps(self, args: DrainArgs, seen: Seen) -> tuple[Step, ...]:
        evictions = [
            Step(f"evict {p.namespace}/{p.name} {p.uid}", p.namespace, p.name, p.uid) for p in seen.others
        ]
        return (Step(CORDON, "", args.name, seen.object.uid), *evictions)

    @override
    def still(self, args: DrainArgs, sight: Sight, preconditions: Preconditions) -> bool:
        try:
            return sight.cluster.get("nodes", args.name).uid == preconditions.uid
        except NotFound:
            return False

    @override
    def take(self, args: DrainArgs, step: Step, run: Run) -> str:
        if step.key == CORDON:
            return self._cordon(args, run)
        return _evicted(step, run, timedelta(seconds=args.patience))

    @override
    def _tried(
        self, args: DrainArgs, sight: Sight, seen: Seen, owner: Owner | None, previewer: Previewer
    ) -> Preview:
        write = self.write(args, seen)
        diff = change_of(write, seen.object.raw, self.dry_run(write, seen, previewer)) + _removals(seen)
        return self._made(
            args, sight, seen, owner, diff, source="dry run", warnings=_blocked(seen, previewer)
        )

    @override
    def pure_preview(self, args: DrainArgs, sight: Sight, *, allow_owned: bool = False) -> Preview:
        seen, owner = self._looked(args, sight, allow_owned=allow_owned)
        write = self.write(args, seen)
        diff = change_of(write, seen.object.raw, predicted(write, seen.object.raw)) + _removals(seen)
        return self._made(args, sight, seen, owner, diff, source="replay")

    @override
    def effect(self, args: DrainArgs, sight: Sight, intent: Intent) -> Verdict:
        node = sight.cluster.get("nodes", args.name)
        if not node.flag("spec", "unschedulable"):
            return verdict("failed", f"{node} is schedulable")
        left = [f"{pod.namespace}/{pod.name}" for pod in _leaving(sight, args.name, ending=True)]
        said = f"{node}: left are {', '.join(left) or 'none'}"
        return verdict("not yet" if left else "verified", said)

    @override
    def inverse(self, args: DrainArgs, before: Seen, digest: Digest) -> Inverse:
        if before.object.flag("spec", "unschedulable"):
            return Inverse(None, reason="the node was cordoned before; evicted pods stay where they went")
        return Inverse(
            "uncordon", {"cluster": args.cluster, "name": args.name}, "evicted pods stay where they went"
        )

    @override
    def radius(self, args: DrainArgs, seen: Seen, sight: Sight) -> BlastRadius:
        return radius_of(sight, seen.object, seen.others)

    def _cordon(self, args: DrainArgs, run: Run) -> str:
        def tried() -> str:
            node = run.sight.cluster.get("nodes", args.name)
            if node.flag("spec", "unschedulable"):
                own = node.annotations.get(STAMP) == run.digest
                return "cordoned by this change before" if own else "was cordoned already"
            seen = Seen(node, None)
            send(stamped(self.write(args, seen), run.digest, node.raw), run.mutator, seen.version)
            return "cordoned"

        return on_fresh_reads(tried)


def _leaving(sight: Sight, node: str, *, ending: bool = False) -> tuple[KubeObject, ...]:
    """The pods that a drain ends, in a stable order; with `ending` also those on their way out."""
    held = sight.cluster.list("pods", None, fields=f"spec.nodeName={node}").objects
    leaving = [
        pod for pod in held if _leaves(pod) and (ending or not pod.text("metadata", "deletionTimestamp"))
    ]
    return tuple(sorted(leaving, key=lambda pod: (pod.namespace, pod.name)))


def _leaves(pod: KubeObject) -> bool:
    done = pod.text("status", "phase") in ("Succeeded", "Failed")
    daemon = bool(pod.controller) and pod.controller is not None and pod.controller[0] == "DaemonSet"
    return not (done or daemon or MIRROR in pod.annotations)


def _refuse(pod: KubeObject, args: DrainArgs) -> None:
    if not pod.controller:
        raise BadInput(f"{pod} has no controller: nothing would replace it", hint="move it first")
    if not args.empty_dirs and any(
        volume.value("emptyDir") is not None for volume in pod.nodes("spec", "volumes")
    ):
        raise BadInput(f"{pod} has an emptyDir volume, whose content would be lost", hint="empty_dirs: true")


def _removals(seen: Seen) -> Diff:
    return sum((removal(pod.raw) for pod in seen.others), Diff())


def _blocked(seen: Seen, previewer: Previewer) -> tuple[str, ...]:
    """What the server says of each eviction now; a budget that blocks is waited for later, so it is a warning."""
    said = []
    for pod in seen.others:
        version = pod.text("metadata", "resourceVersion")
        try:
            previewer.evict(pod.namespace, pod.name, uid=pod.uid, version=version)
        except Blocked as error:
            said.append(f"{pod}: {error.message}")
        except Conflict:
            said.append(f"{pod} moved while it was looked at")
    return tuple(said)


def _evicted(step: Step, run: Run, patience: timedelta) -> str:
    end = run.sight.clock.now() + patience
    while True:
        pod = _pod(step, run.sight)
        if pod is None or pod.uid != step.uid:
            return "gone"
        if pod.text("metadata", "deletionTimestamp"):
            return "ending"
        try:
            return _evict(step, run, pod.text("metadata", "resourceVersion"))
        except (Blocked, Conflict) as error:
            # A conflict is its status, moved between the read and the eviction: read again at once.
            if run.sight.clock.now() >= end:
                raise
            if run.wait(_PAUSE if isinstance(error, Blocked) else 0.0):
                raise Stopped(f"stopped while waiting for {step.namespace}/{step.name}: {error}") from None


def _evict(step: Step, run: Run, version: str) -> str:
    try:
        send(Evict(step.namespace, step.name, step.uid), run.mutator, version)
    except Answered as error:
        if error.status == 404:
            return "gone"
        raise
    return "evicted"


def _pod(step: Step, sight: Sight) -> KubeObject | None:
    try:
        return sight.cluster.get("pods", step.name, step.namespace)
    except NotFound:
        return None


ACTIONS = (Drain(),)
