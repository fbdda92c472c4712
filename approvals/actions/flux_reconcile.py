"""Ask Flux to reconcile one of its objects now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.permits import FLUX_KINDS, RECONCILE
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Target, Verdict, verdict
from interlock.approvals.writes import Patch
from interlock.core.clock import format_time
from interlock.core.errors import BadInput

Kind = Literal["Kustomization", "HelmRelease", "GitRepository", "HelmRepository", "OCIRepository"]
_RESOURCES: Mapping[str, str] = dict(
    zip(
        ("Kustomization", "HelmRelease", "GitRepository", "HelmRepository", "OCIRepository"),
        FLUX_KINDS,
        strict=True,
    )
)


class Reconcile(ObjectArgs):
    """Which Flux object; the time is fixed when the change is requested."""

    kind: Kind = Field(description="its kind")
    requested_at: str = Field(
        default="",
        pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$",
        description="the time it is asked by; left out, the time of the request",
    )


class FluxReconcile(Action[Reconcile]):
    """Start one reconciliation, by the annotation that Flux defines for it."""

    name = "flux-reconcile"
    title = "Reconcile a Flux object"
    effect_is = "Flux says that it handled this request, and the object is Ready"
    undone_by = "nothing: the source decides what is reconciled"
    risks = ("medium",)
    ownable = False
    args = Reconcile

    @override
    def fixed(self, args: Reconcile, now: datetime) -> Reconcile:
        return args if args.requested_at else args.model_copy(update={"requested_at": format_time(now)})

    @override
    def target(self, args: Reconcile) -> Target:
        return Target(args.cluster, _RESOURCES[args.kind], args.namespace, args.name)

    @override
    def look(self, args: Reconcile, sight: Sight) -> Seen:
        found = sight.cluster.get(_RESOURCES[args.kind], args.name, args.namespace)
        if found.flag("spec", "suspend"):
            raise BadInput(f"{found} is suspended: Flux would not reconcile it")
        return Seen(found, found.value("spec"))

    @override
    def write(self, args: Reconcile, seen: Seen) -> Patch:
        annotations: JsonValue = {RECONCILE: args.requested_at}
        target = self.target(args)
        return Patch(target.kind, target.namespace, target.name, {"metadata": {"annotations": annotations}})

    @override
    def effect(self, args: Reconcile, sight: Sight, intent: Intent) -> Verdict:
        found = sight.cluster.get(_RESOURCES[args.kind], args.name, args.namespace)
        if found.text("status", "lastHandledReconcileAt") != args.requested_at:
            return verdict("not yet", f"{found}: Flux has not handled the request")
        ready = next((c for c in found.nodes("status", "conditions") if c.text("type") == "Ready"), None)
        status = ready.text("status") if ready else ""
        said = f"{found}: Ready is {status or 'not told'}: {ready.text('message') if ready else ''}"
        return verdict("verified" if status == "True" else "failed" if status == "False" else "not yet", said)

    @override
    def inverse(self, args: Reconcile, before: Seen, digest: Digest) -> Inverse:
        return Inverse(None, reason="what is reconciled is what its source says: revert it there")


ACTIONS = (FluxReconcile(),)
