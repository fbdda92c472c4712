"""Bring back the pod template of a named revision, as `kubectl rollout undo --to-revision` does."""

from __future__ import annotations

from pydantic import Field, JsonValue
from typing_extensions import override

from interlock.approvals.patches import operation
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Verdict, verdict
from interlock.approvals.workloads import (
    Revision,
    TemplateAction,
    WorkloadArgs,
    current,
    history,
    read_workload,
    revisions,
    workload_target,
)
from interlock.approvals.writes import Patch
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput


class Undo(WorkloadArgs):
    """Which workload, and to which revision."""

    revision: int = Field(ge=1, description="the revision, as `kubectl rollout history` numbers it")


class RolloutUndo(TemplateAction[Undo]):
    """Bring back the pod template of a revision that is kept. The number is named, never "the one before"."""

    name = "rollout-undo"
    title = "Roll back to a revision"
    risks = ("medium",)
    args = Undo

    @override
    def look(self, args: Undo, sight: Sight) -> Seen:
        found = self.usable(args, sight)
        held = history(sight, found)
        wanted = dict(_revision(found, held, args.revision).template)
        return Seen(found, {"template": found.value("spec", "template"), "wanted": wanted}, held)

    @override
    def write(self, args: Undo, seen: Seen) -> Patch:
        target = workload_target(args)
        template = dict(_revision(seen.object, seen.others, args.revision).template)
        body = operation("replace", ("spec", "template"), template)
        return Patch(target.kind, target.namespace, target.name, [body], "json")

    @override
    def marks(self, args: Undo, seen: Seen) -> dict[str, JsonValue]:
        # The revision gets a new number when it is rolled out: it is known by the object that keeps it.
        kept_by = _revision(seen.object, seen.others, args.revision).held_by.name
        return super().marks(args, seen) | {"kept_by": kept_by}

    @override
    def effect(self, args: Undo, sight: Sight, intent: Intent) -> Verdict:
        found = read_workload(args, sight)
        wanted = intent.marks["kept_by"]
        now = current(found, history(sight, found))
        if now is None:
            return verdict("not yet", f"{found}: no revision holds its template yet")
        if now.held_by.name != wanted:
            return verdict("failed", f"{found} is of {now.held_by.name}, not of {wanted}")
        return self.through(found, intent)


def _revision(workload: KubeObject, held: tuple[KubeObject, ...], number: int) -> Revision:
    kept = revisions(held)
    for each in kept:
        if each.number == number:
            return each
    known = ", ".join(str(each.number) for each in kept) or "none"
    raise BadInput(f"{workload} keeps no revision {number}", hint=f"kept: {known}")


ACTIONS = (RolloutUndo(),)
