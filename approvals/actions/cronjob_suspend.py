"""Stop a CronJob from starting Jobs, and let it start them again."""

from __future__ import annotations

from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Target, Verdict, verdict
from interlock.approvals.writes import Patch

KIND = "cronjobs.batch"


class CronJobArgs(ObjectArgs):
    """Which CronJob."""


class _Suspended(Action[CronJobArgs]):
    """Both ways of it; `suspend` is what it sets."""

    suspend: bool
    other: str
    args = CronJobArgs

    @override
    def target(self, args: CronJobArgs) -> Target:
        return Target(args.cluster, KIND, args.namespace, args.name)

    @override
    def look(self, args: CronJobArgs, sight: Sight) -> Seen:
        found = sight.cluster.get(KIND, args.name, args.namespace)
        return Seen(found, bool(found.flag("spec", "suspend")))

    @override
    def write(self, args: CronJobArgs, seen: Seen) -> Patch:
        return Patch(KIND, args.namespace, args.name, {"spec": {"suspend": self.suspend}})

    @override
    def effect(self, args: CronJobArgs, sight: Sight, intent: Intent) -> Verdict:
        found = sight.cluster.get(KIND, args.name, args.namespace)
        there = bool(found.flag("spec", "suspend"))
        return verdict("verified" if there is self.suspend else "failed", f"{found}: suspend is {there}")

    @override
    def inverse(self, args: CronJobArgs, before: Seen, digest: Digest) -> Inverse:
        return Inverse(self.other, args.model_dump())


class CronJobSuspend(_Suspended):
    """Stop a CronJob from starting Jobs; those that run go on."""

    name = "cronjob-suspend"
    title = "Suspend a CronJob"
    effect_is = "the CronJob is suspended"
    undone_by = "cronjob-resume"
    risks = ("medium",)
    suspend = True
    other = "cronjob-resume"

    @override
    def warnings(self, args: CronJobArgs, seen: Seen) -> tuple[str, ...]:
        return ("Jobs that run go on; runs missed meanwhile may start at once when it is resumed",)


class CronJobResume(_Suspended):
    """Let a suspended CronJob start Jobs again."""

    name = "cronjob-resume"
    title = "Resume a CronJob"
    effect_is = "the CronJob is not suspended"
    undone_by = "cronjob-suspend"
    risks = ("medium",)
    suspend = False
    other = "cronjob-suspend"


ACTIONS = (CronJobSuspend(), CronJobResume())
