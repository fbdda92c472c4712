"""Set or remove labels and annotations that belong to people, not to a system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, StringConstraints
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.permits import reserved
from interlock.approvals.selectors import keys
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Args, Intent, Inverse, Name, Namespace, Target, Verdict, verdict
from interlock.approvals.writes import Patch
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput, NotServed

Kind = Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob", "HorizontalPodAutoscaler", "Pod", "Node"]
_RESOURCES: Mapping[str, str] = {
    "Deployment": "deployments.apps",
    "StatefulSet": "statefulsets.apps",
    "DaemonSet": "daemonsets.apps",
    "CronJob": "cronjobs.batch",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers.autoscaling",
    "Pod": "pods",
    "Node": "nodes",
}
_SELECTING = (
    "services",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "poddisruptionbudgets.policy",
    "networkpolicies.networking.k8s.io",
)
_KEY = r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$"


def _unreserved(key: str) -> str:
    if reserved(key):
        raise ValueError(f"{key} belongs to a system, not to people")
    return key


Key = Annotated[str, StringConstraints(pattern=_KEY), AfterValidator(_unreserved)]
Label = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$")]
Note = Annotated[str, StringConstraints(max_length=4096)]


class MetadataArgs(Args):
    """Which object; a Node has no namespace."""

    kind: Kind = Field(description="its kind")
    namespace: Namespace | None = Field(default=None, description="its namespace; none for a Node")
    name: Name = Field(description="its name")


class Labels(MetadataArgs):
    """Which object, and its labels; null removes one."""

    labels: dict[Key, Label | None] = Field(
        min_length=1, max_length=20, description="what to set; null removes"
    )


class Annotations(MetadataArgs):
    """Which object, and its annotations; null removes one."""

    annotations: dict[Key, Note | None] = Field(
        min_length=1, max_length=20, description="what to set; null removes"
    )


class _SetsMetadata(Action[MetadataArgs]):
    """Both of them; `part` is labels or annotations."""

    part: Literal["labels", "annotations"]

    @override
    def target(self, args: MetadataArgs) -> Target:
        return Target(args.cluster, _RESOURCES[args.kind], args.namespace or "", args.name)

    @override
    def look(self, args: MetadataArgs, sight: Sight) -> Seen:
        if (args.kind == "Node") is (args.namespace is not None):
            raise BadInput("a Node has no namespace, everything else needs one")
        found = sight.cluster.get(_RESOURCES[args.kind], args.name, args.namespace)
        return Seen(found, self._held(found, args))

    @override
    def write(self, args: MetadataArgs, seen: Seen) -> Patch:
        target, wanted = self.target(args), dict(self._asked(args))
        return Patch(target.kind, target.namespace, target.name, {"metadata": {self.part: wanted}})

    @override
    def effect(self, args: MetadataArgs, sight: Sight, intent: Intent) -> Verdict:
        found = sight.cluster.get(_RESOURCES[args.kind], args.name, args.namespace)
        there = self._held(found, args) == self._asked(args)
        said = f"{found}: its {self.part} are {'as asked' if there else 'not as asked'}"
        return verdict("verified" if there else "failed", said)

    @override
    def inverse(self, args: MetadataArgs, before: Seen, digest: Digest) -> Inverse:
        return Inverse(self.name, args.model_dump() | {self.part: self._held(before.object, args)})

    def _asked(self, args: MetadataArgs) -> dict[str, JsonValue]:
        asked: dict[str, JsonValue] = args.model_dump()[self.part]
        return asked

    def _held(self, found: KubeObject, args: MetadataArgs) -> dict[str, JsonValue]:
        return {key: found.value("metadata", self.part, key) for key in self._asked(args)}


class SetLabels(_SetsMetadata):
    """Set or remove labels that nothing selects by."""

    name = "label"
    title = "Label an object"
    effect_is = "the labels are as asked"
    undone_by = "label with what was"
    risks = ("medium",)
    part = "labels"
    args = Labels

    @override
    def look(self, args: MetadataArgs, sight: Sight) -> Seen:
        seen = super().look(args, sight)
        if args.kind == "Pod":
            _refuse_selected(seen.object, set(self._asked(args)), sight)
        return seen


class SetAnnotations(_SetsMetadata):
    """Set or remove annotations."""

    name = "annotate"
    title = "Annotate an object"
    effect_is = "the annotations are as asked"
    undone_by = "annotate with what was"
    risks = ("low",)
    part = "annotations"
    args = Annotations


def _refuse_selected(pod: KubeObject, wanted: set[str], sight: Sight) -> None:
    for kind in _SELECTING:
        try:
            held = sight.cluster.list(kind, pod.namespace).objects
        except NotServed:
            continue
        for each in held:
            taken = wanted & (
                _plain(each) | keys(each.node("spec", "selector")) | keys(each.node("spec", "podSelector"))
            )
            if taken:
                raise BadInput(f"{each} selects pods by {', '.join(sorted(taken))}", hint="use another key")


def _plain(each: KubeObject) -> set[str]:
    """A Service's selector is a bare mapping."""
    return set(each.strings("spec", "selector")) if each.kind == "Service" else set()


ACTIONS = (SetLabels(), SetAnnotations())
