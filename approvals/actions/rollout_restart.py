"""Replace every pod of a workload by its own update strategy, as `kubectl rollout restart` does."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, JsonValue
from typing_extensions import override

from interlock.approvals.permits import RESTARTED
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Verdict, verdict
from interlock.approvals.workloads import (
    TemplateAction,
    WorkloadArgs,
    history,
    read_workload,
    workload_target,
)
from interlock.approvals.writes import Patch
from interlock.core.clock import format_time

_PLACE = ("spec", "template", "metadata", "annotations", RESTARTED)


class Restart(WorkloadArgs):
    """Which workload; the time is fixed when the change is requested."""

    restarted_at: str = Field(
        default="",
        pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$",
        description="the time written into the template; left out, the time of the request",
    )


class RolloutRestart(TemplateAction[Restart]):
    """Replace every pod of a workload, a few at a time."""

    name = "rollout-restart"
    title = "Restart a workload"
    risks = ("medium",)
    args = Restart

    @override
    def fixed(self, args: Restart, now: datetime) -> Restart:
        return args if args.restarted_at else args.model_copy(update={"restarted_at": format_time(now)})

    @override
    def look(self, args: Restart, sight: Sight) -> Seen:
        found = self.usable(args, sight)
        return Seen(found, found.value("spec", "template"), history(sight, found))

    @override
    def write(self, args: Restart, seen: Seen) -> Patch:
        target = workload_target(args)
        template: JsonValue = {"metadata": {"annotations": {RESTARTED: args.restarted_at}}}
        return Patch(target.kind, target.namespace, target.name, {"spec": {"template": template}})

    @override
    def effect(self, args: Restart, sight: Sight, intent: Intent) -> Verdict:
        found = read_workload(args, sight)
        if found.text(*_PLACE) != args.restarted_at:
            return verdict("failed", f"{found} was restarted again, or changed back")
        return self.through(found, intent)


ACTIONS = (RolloutRestart(),)
