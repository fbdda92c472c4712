"""Ask Argo CD to sync an Application, to what its source says."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.verbs import FIELD_MANAGER
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Risk, Target, Verdict, verdict
from interlock.approvals.writes import Patch
from interlock.core.clusters.objects import Node
from interlock.core.errors import BadInput

_KIND = "applications.argoproj.io"


class Sync(ObjectArgs):
    """Which Application, to which revision."""

    revision: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}$")] = Field(
        description="the commit, tag or branch to sync to"
    )
    prune: bool = Field(default=False, description="also delete what is no longer in the source")


class ArgoCdSync(Action[Sync]):
    """Start one sync of an Argo CD Application, by the `operation` field that its own API sets."""

    name = "argocd-sync"
    title = "Sync an Argo CD Application"
    effect_is = "Argo CD says that this operation succeeded"
    undone_by = "argocd-sync to the revision before, where automated sync is off"
    risks = ("medium", "high")
    ownable = False
    args = Sync

    @override
    def risk(self, args: Sync) -> Risk:
        return "high" if args.prune else "medium"

    @override
    def target(self, args: Sync) -> Target:
        return Target(args.cluster, _KIND, args.namespace, args.name)

    @override
    def look(self, args: Sync, sight: Sight) -> Seen:
        found = sight.cluster.get(_KIND, args.name, args.namespace)
        if (
            found.value("operation") is not None
            or found.text("status", "operationState", "phase") == "Running"
        ):
            raise BadInput(f"{found} has an operation in progress", hint="wait until it has ended")
        source: JsonValue = {
            "source": found.value("spec", "source"),
            "sources": found.value("spec", "sources"),
        }
        return Seen(found, {"source": source, "destination": found.value("spec", "destination")})

    @override
    def write(self, args: Sync, seen: Seen) -> Patch:
        sync: JsonValue = {"revision": args.revision, "prune": args.prune}
        started: JsonValue = {"username": FIELD_MANAGER, "automated": False}
        operation: JsonValue = {"initiatedBy": started, "sync": sync}
        return Patch(_KIND, args.namespace, args.name, {"operation": operation})

    @override
    def marks(self, args: Sync, seen: Seen) -> dict[str, JsonValue]:
        return {"started_before": seen.object.text("status", "operationState", "startedAt")}

    @override
    def effect(self, args: Sync, sight: Sight, intent: Intent) -> Verdict:
        found = sight.cluster.get(_KIND, args.name, args.namespace)
        state = found.node("status", "operationState")
        if found.value("operation") is not None or state.text("startedAt") == intent.marks["started_before"]:
            return verdict("not yet", f"{found}: Argo CD has not finished taking the operation up")
        if not _ours(state, args):
            return verdict("failed", f"{found}: its last operation is another one")
        phase = state.text("phase")
        ended = {"Succeeded": "verified", "Failed": "failed", "Error": "failed"}
        said = f"{found}: {phase}: {state.text('message')}"
        return verdict(
            "verified" if ended.get(phase) == "verified" else "failed" if phase in ended else "not yet", said
        )

    @override
    def inverse(self, args: Sync, before: Seen, digest: Digest) -> Inverse:
        revision = before.object.text("status", "sync", "revision")
        if before.object.value("spec", "syncPolicy", "automated") is not None:
            return Inverse(
                None, reason="automated sync would bring the source's revision back: revert it there"
            )
        if not revision:
            return Inverse(None, reason="the Application was never synced before")
        return Inverse(self.name, args.model_dump() | {"revision": revision, "prune": False})


def _ours(state: Node, args: Sync) -> bool:
    asked = state.node("operation")
    by = asked.text("initiatedBy", "username")
    return by == FIELD_MANAGER and asked.text("sync", "revision") == args.revision


ACTIONS = (ArgoCdSync(),)
