"""Keep new pods off a node, and let them on it again."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Args, Intent, Inverse, Name, Target, Verdict, verdict
from interlock.approvals.writes import Patch


class NodeArgs(Args):
    """Which node."""

    name: Name = Field(description="the node")


class _Schedulable(Action[NodeArgs]):
    """Both ways of it; `off` is what it sets `unschedulable` to."""

    off: bool
    other: str
    args = NodeArgs

    @override
    def target(self, args: NodeArgs) -> Target:
        return Target(args.cluster, "nodes", "", args.name)

    @override
    def look(self, args: NodeArgs, sight: Sight) -> Seen:
        node = sight.cluster.get("nodes", args.name)
        return Seen(node, bool(node.flag("spec", "unschedulable")))

    @override
    def write(self, args: NodeArgs, seen: Seen) -> Patch:
        return Patch("nodes", "", args.name, {"spec": {"unschedulable": True if self.off else None}})

    @override
    def effect(self, args: NodeArgs, sight: Sight, intent: Intent) -> Verdict:
        node = sight.cluster.get("nodes", args.name)
        off = bool(node.flag("spec", "unschedulable"))
        return verdict("verified" if off is self.off else "failed", f"{node}: unschedulable is {off}")

    @override
    def inverse(self, args: NodeArgs, before: Seen, digest: Digest) -> Inverse:
        return Inverse(self.other, args.model_dump())


class Cordon(_Schedulable):
    """Keep new pods off a node; those on it stay."""

    name = "cordon"
    title = "Cordon a node"
    effect_is = "the node is unschedulable"
    undone_by = "uncordon"
    risks = ("medium",)
    off = True
    other = "uncordon"


class Uncordon(_Schedulable):
    """Let new pods onto a node again."""

    name = "uncordon"
    title = "Uncordon a node"
    effect_is = "the node is schedulable"
    undone_by = "cordon"
    risks = ("low",)
    off = False
    other = "cordon"


ACTIONS = (Cordon(), Uncordon())
