"""Deployments, StatefulSets and DaemonSets alike: their pods, templates, revisions, and whether a rollout is through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import Field, JsonValue
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.radius import BlastRadius, is_ready, radius_of
from interlock.approvals.selectors import query
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Target, Verdict, verdict
from interlock.core.clusters.objects import KubeObject, Node
from interlock.core.errors import BadInput

Kind = Literal["Deployment", "StatefulSet", "DaemonSet"]
RESOURCES: Mapping[str, str] = {
    "Deployment": "deployments.apps",
    "StatefulSet": "statefulsets.apps",
    "DaemonSet": "daemonsets.apps",
}
REVISION = "deployment.kubernetes.io/revision"
_TIMED_OUT = "ProgressDeadlineExceeded"
_HASHES = ("pod-template-hash", "controller-revision-hash", "pod-template-generation")


class WorkloadArgs(ObjectArgs):
    """Arguments about one workload."""

    kind: Kind = Field(description="its kind")


@dataclass(frozen=True)
class Revision:
    """One pod template of a workload's rollout history; `held_by` is the object that keeps it."""

    number: int
    held_by: KubeObject
    template: Mapping[str, JsonValue] = field(repr=False)

    @property
    def images(self) -> dict[str, str]:
        """Container -> image."""
        return images(Node(self.template))


W = TypeVar("W", bound=WorkloadArgs)


class WorkloadAction(Action[W]):
    """An action on one workload."""

    @override
    def target(self, args: W) -> Target:
        return workload_target(args)

    @override
    def radius(self, args: W, seen: Seen, sight: Sight) -> BlastRadius:
        return rollout_radius(sight, seen)


class TemplateAction(WorkloadAction[W]):
    """An action that changes the pod template, and so starts a rollout; a former template undoes it."""

    effect_is = "the template is as asked, and every pod is of it and available"
    undone_by = "rollout-undo to the revision before"

    def usable(self, args: W, sight: Sight) -> KubeObject:
        """The workload, when a new template would roll out by itself."""
        found = read_workload(args, sight)
        refuse_paused(found)
        refuse_by_hand(found)
        return found

    @override
    def marks(self, args: W, seen: Seen) -> dict[str, JsonValue]:
        return {"stuck_before": stuck_since(seen.object)}

    def through(self, workload: KubeObject, intent: Intent) -> Verdict:
        """Whether the rollout that this change started is through."""
        return rolled_out(workload, str(intent.marks["stuck_before"]))

    @override
    def inverse(self, args: W, before: Seen, digest: Digest) -> Inverse:
        return undo_to(args, before)


def workload_target(args: WorkloadArgs) -> Target:
    """The workload as a target."""
    return Target(args.cluster, RESOURCES[args.kind], args.namespace, args.name)


def read_workload(args: WorkloadArgs, sight: Sight) -> KubeObject:
    """The workload as it is."""
    return sight.cluster.get(RESOURCES[args.kind], args.name, args.namespace)


def pods_of(sight: Sight, workload: KubeObject) -> tuple[KubeObject, ...]:
    """The pods that its selector selects and that something controls."""
    labels = query(workload.node("spec", "selector"))
    listed = sight.cluster.list("pods", workload.namespace, labels=labels).objects
    return tuple(pod for pod in listed if pod.controller)


def containers(template: Node) -> list[Node]:
    """The containers of a pod template, init containers apart."""
    return template.nodes("spec", "containers")


def images(template: Node) -> dict[str, str]:
    """Container -> image."""
    return {each.text("name"): each.text("image") for each in containers(template)}


def container_index(workload: KubeObject, name: str) -> int:
    """Where the container stands in the template.

    Raises:
        BadInput: when the template has none of that name.
    """
    names = [each.text("name") for each in containers(workload.node("spec", "template"))]
    if name not in names:
        raise BadInput(f"{workload} has no container {name!r}", hint=f"it has {', '.join(names)}")
    return names.index(name)


def history(sight: Sight, workload: KubeObject) -> tuple[KubeObject, ...]:
    """The objects that keep its rollout history."""
    kind = "replicasets.apps" if workload.kind == "Deployment" else "controllerrevisions.apps"
    labels = query(workload.node("spec", "selector"))
    held = sight.cluster.list(kind, workload.namespace, labels=labels).objects
    return tuple(each for each in held if _owned(each, workload))


def revisions(held: Iterable[KubeObject]) -> tuple[Revision, ...]:
    """The revisions that these objects keep, oldest first."""
    read = [_of_replica_set(o) if o.kind == "ReplicaSet" else _of_controller_revision(o) for o in held]
    return tuple(sorted((each for each in read if each.number), key=lambda each: each.number))


def current(workload: KubeObject, held: Iterable[KubeObject]) -> Revision | None:
    """The revision that its template is now; None while its controller has not caught up."""
    now = _plain(workload.node("spec", "template").raw)
    same = [each for each in revisions(held) if _plain(each.template) == now]
    return same[-1] if same else None


def undo_to(args: WorkloadArgs, before: Seen) -> Inverse:
    """The request that brings back the template as it was; `before.others` keep the history."""
    was = current(before.object, before.others)
    if was is None:
        return Inverse(None, reason="the template as it was is in no revision that is kept")
    named: dict[str, JsonValue] = {"cluster": args.cluster, "namespace": args.namespace}
    return Inverse("rollout-undo", named | {"kind": args.kind, "name": args.name, "revision": was.number})


def refuse_paused(workload: KubeObject) -> None:
    """Refuse to change the template of a paused rollout: its effect could never be seen.

    Raises:
        BadInput: with the next step.
    """
    if workload.flag("spec", "paused"):
        raise BadInput(f"the rollout of {workload} is paused", hint="request rollout-resume first")


def refuse_by_hand(workload: KubeObject) -> None:
    """Refuse to roll out what waits for its pods to be deleted by hand.

    Raises:
        BadInput: with the next step.
    """
    if workload.text("spec", "updateStrategy", "type") == "OnDelete":
        raise BadInput(
            f"{workload} replaces no pod by itself (updateStrategy OnDelete)",
            hint="request delete-pod or restart-statefulset-pod for each",
        )


def stuck_since(workload: KubeObject) -> str:
    """When its last rollout ran out of time; '' when it did not."""
    conditions = workload.nodes("status", "conditions")
    return next((c.text("lastUpdateTime") for c in conditions if c.text("reason") == _TIMED_OUT), "")


def rolled_out(workload: KubeObject, stuck_before: str = "") -> Verdict:
    """Whether the rollout of the template is through, as `kubectl rollout status` judges it.

    A rollout that had run out of time before the change, at `stuck_before`, is no sign of this one: the condition stays
    until the controller sees progress.
    """
    if (workload.number("status", "observedGeneration") or 0) < (
        workload.number("metadata", "generation") or 0
    ):
        return verdict("not yet", f"{workload}: its controller has not seen the change")
    if stuck_since(workload) not in ("", stuck_before):
        return verdict("failed", f"{workload}: its rollout ran out of time ({_TIMED_OUT})")
    wanted, updated, ready, extra = _counts(workload)
    said = f"{workload}: {updated} of {wanted} updated, {ready} available, {extra} old"
    return verdict("verified" if updated == wanted == ready and not extra else "not yet", said)


def rollout_radius(sight: Sight, seen: Seen) -> BlastRadius:
    """The radius of replacing every pod, by the workload's own strategy."""
    pods = pods_of(sight, seen.object)
    ready = sum(map(is_ready, pods))
    down = _unavailable(seen.object, seen.object.number("spec", "replicas") or len(pods))
    notes = (f"at most {down} pod{'s' if down != 1 else ''} unavailable at a time, by its update strategy",)
    return radius_of(sight, seen.object, pods, replicas_left=max(0, ready - down), notes=notes)


def _unavailable(workload: KubeObject, replicas: int) -> int:
    if workload.text("spec", "strategy", "type") == "Recreate":
        return replicas
    if workload.kind == "StatefulSet":
        return 1
    place = "strategy" if workload.kind == "Deployment" else "updateStrategy"
    told = workload.text("spec", place, "rollingUpdate", "maxUnavailable") or "1"
    # Rounded down for a Deployment, up for a DaemonSet; the larger is told for both.
    return -(-replicas * int(told[:-1]) // 100) if told.endswith("%") else int(told)


def _counts(workload: KubeObject) -> tuple[int, int, int, int]:
    def held(*path: str) -> int:
        return workload.number(*path) or 0

    if workload.kind == "DaemonSet":
        wanted = held("status", "desiredNumberScheduled")
        return wanted, held("status", "updatedNumberScheduled"), held("status", "numberAvailable"), 0
    replicas = workload.number("spec", "replicas")
    wanted = 1 if replicas is None else replicas
    extra = held("status", "replicas") - held("status", "updatedReplicas")
    if workload.kind == "StatefulSet":
        through = workload.text("status", "currentRevision") == workload.text("status", "updateRevision")
        updated = wanted if through else held("status", "updatedReplicas")
        return wanted, updated, held("status", "readyReplicas"), 0
    return wanted, held("status", "updatedReplicas"), held("status", "availableReplicas"), extra


def _owned(held: KubeObject, workload: KubeObject) -> bool:
    return any(owner.text("uid") == workload.uid for owner in held.nodes("metadata", "ownerReferences"))


def _of_replica_set(held: KubeObject) -> Revision:
    number = held.annotations.get(REVISION, "0")
    return Revision(
        int(number) if number.isdigit() else 0, held, _without_hashes(held.node("spec", "template").raw)
    )


def _of_controller_revision(held: KubeObject) -> Revision:
    # Kept as a strategic merge patch that replaces the template whole.
    template = {k: v for k, v in held.node("data", "spec", "template").raw.items() if k != "$patch"}
    return Revision(held.number("revision") or 0, held, template)


def _without_hashes(template: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    made = dict(template)
    metadata = dict(Node(template).node("metadata").raw)
    labels = {k: v for k, v in Node(metadata).node("labels").raw.items() if k not in _HASHES}
    return made | {"metadata": metadata | {"labels": labels}}


def _plain(value: JsonValue | Mapping[str, JsonValue]) -> JsonValue:
    """A template without empty values, which servers write in one place and not in another."""
    if isinstance(value, Mapping):
        kept = {key: _plain(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, {}, [])}
    return [_plain(each) for each in value] if isinstance(value, list) else value
