"""Delete a Job that has ended, with its pods."""

from __future__ import annotations

from pydantic import JsonValue
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.canonical import Digest
from interlock.approvals.radius import BlastRadius, radius_of
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, ObjectArgs, Target, Verdict, verdict
from interlock.approvals.writes import Delete
from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import BadInput, NotFound

_KIND = "jobs.batch"


class JobArgs(ObjectArgs):
    """Which Job."""


class DeleteJob(Action[JobArgs]):
    """Delete a Job that is complete or has failed, and the pods it left."""

    name = "delete-job"
    title = "Delete a finished Job"
    effect_is = "no Job of that uid exists any more"
    undone_by = "nothing: the Job's record and its logs are gone"
    risks = ("low",)
    args = JobArgs

    @override
    def target(self, args: JobArgs) -> Target:
        return Target(args.cluster, _KIND, args.namespace, args.name)

    @override
    def look(self, args: JobArgs, sight: Sight) -> Seen:
        job = sight.cluster.get(_KIND, args.name, args.namespace)
        if not _ended(job):
            raise BadInput(f"{job} has not ended", hint="only a Job that is complete or failed is deleted")
        return Seen(job, {"ended": _ended(job)})

    @override
    def write(self, args: JobArgs, seen: Seen) -> Delete:
        return Delete(_KIND, args.namespace, args.name, seen.object.uid)

    @override
    def marks(self, args: JobArgs, seen: Seen) -> dict[str, JsonValue]:
        return {"uid": seen.object.uid}

    @override
    def effect(self, args: JobArgs, sight: Sight, intent: Intent) -> Verdict:
        try:
            job = sight.cluster.get(_KIND, args.name, args.namespace)
        except NotFound:
            return verdict("verified", f"Job {args.namespace}/{args.name} does not exist")
        if job.uid != intent.marks["uid"]:
            return verdict("verified", f"{job} is another one, of uid {job.uid}")
        ending = bool(job.text("metadata", "deletionTimestamp"))
        return verdict(
            "not yet" if ending else "failed", f"{job} {'is ending' if ending else 'still exists'}"
        )

    @override
    def inverse(self, args: JobArgs, before: Seen, digest: Digest) -> Inverse:
        return Inverse(None, reason="the Job's record and the logs of its pods are gone")

    @override
    def radius(self, args: JobArgs, seen: Seen, sight: Sight) -> BlastRadius:
        pods = sight.cluster.list("pods", args.namespace, labels=f"job-name={args.name}").objects
        return radius_of(sight, seen.object, pods, notes=("the logs of these pods are lost",) if pods else ())


def _ended(job: KubeObject) -> str:
    return next(
        (
            each.text("type")
            for each in job.nodes("status", "conditions")
            if each.text("type") in ("Complete", "Failed") and each.text("status") == "True"
        ),
        "",
    )


ACTIONS = (DeleteJob(),)
