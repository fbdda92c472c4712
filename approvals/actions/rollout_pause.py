"""Hold the rollout of a Deployment, and let it go on."""

from __future__ import annotations

from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Target, Verdict, verdict
from interlock.approvals.writes import Patch

_KIND = "deployments.apps"


class Rollout(ObjectArgs):
    """Which Deployment."""


class _Paused(Action[Rollout]):
    """Both ways of it; `paused` is what it sets."""

    paused: bool
    other: str
    args = Rollout

    @override
    def target(self, args: Rollout) -> Target:
        return Target(args.cluster, _KIND, args.namespace, args.name)

    @override
    def look(self, args: Rollout, sight: Sight) -> Seen:
        found = sight.cluster.get(_KIND, args.name, args.namespace)
        return Seen(found, bool(found.flag("spec", "paused")))

    @override
    def write(self, args: Rollout, seen: Seen) -> Patch:
        # The server writes no `paused: false`: what is not paused has no such field.
        return Patch(_KIND, args.namespace, args.name, {"spec": {"paused": True if self.paused else None}})

    @override
    def effect(self, args: Rollout, sight: Sight, intent: Intent) -> Verdict:
        found = sight.cluster.get(_KIND, args.name, args.namespace)
        there = bool(found.flag("spec", "paused")) is self.paused
        return verdict(
            "verified" if there else "failed", f"{found}: paused is {found.flag('spec', 'paused')}"
        )

    @override
    def inverse(self, args: Rollout, before: Seen, digest: Digest) -> Inverse:
        return Inverse(self.other, args.model_dump())


class RolloutPause(_Paused):
    """Hold a rollout where it is: no more pods are replaced."""

    name = "rollout-pause"
    title = "Pause a rollout"
    effect_is = "the Deployment is paused"
    undone_by = "rollout-resume"
    risks = ("low",)
    paused = True
    other = "rollout-resume"


class RolloutResume(_Paused):
    """Let a paused rollout go on."""

    name = "rollout-resume"
    title = "Resume a rollout"
    effect_is = "the Deployment is not paused"
    undone_by = "rollout-pause"
    risks = ("medium",)
    paused = False
    other = "rollout-pause"


ACTIONS = (RolloutPause(), RolloutResume())
