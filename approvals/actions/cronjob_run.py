"""Start a CronJob's Job now, once."""

from __future__ import annotations

from pydantic import JsonValue
from typing_extensions import override

from interlock.approvals.action import Action
from interlock.approvals.actions.cronjob_suspend import KIND, CronJobArgs
from interlock.approvals.canonical import Digest
from interlock.approvals.normal import STAMP
from interlock.approvals.sight import Seen, Sight
from interlock.approvals.words import Intent, Inverse, Target, Verdict, verdict
from interlock.approvals.writes import Create

_MANUAL = "cronjob.kubernetes.io/instantiate"


class CronJobRun(Action[CronJobArgs]):
    """Make one Job of a CronJob's template. Its name ends in the proposal's digest, so it is made once at most."""

    name = "cronjob-run"
    title = "Run a CronJob now"
    effect_is = "the Job exists and has not failed"
    undone_by = "nothing: what a Job did is its own matter"
    risks = ("medium",)
    args = CronJobArgs

    @override
    def target(self, args: CronJobArgs) -> Target:
        return Target(args.cluster, KIND, args.namespace, args.name)

    @override
    def look(self, args: CronJobArgs, sight: Sight) -> Seen:
        found = sight.cluster.get(KIND, args.name, args.namespace)
        return Seen(found, found.value("spec", "jobTemplate"))

    @override
    def write(self, args: CronJobArgs, seen: Seen) -> Create:
        template, made = seen.object.node("spec", "jobTemplate"), seen.object
        owner: dict[str, JsonValue] = {
            "apiVersion": made.text("apiVersion"),
            "kind": "CronJob",
            "name": made.name,
            "uid": made.uid,
            "controller": True,
        }
        metadata: dict[str, JsonValue] = {
            "namespace": args.namespace,
            "labels": dict(template.node("metadata", "labels").raw),
            "annotations": {**template.node("metadata", "annotations").raw, _MANUAL: "manual"},
            "ownerReferences": [owner],
        }
        body: dict[str, JsonValue] = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata}
        return Create("jobs.batch", args.namespace, args.name, body | {"spec": template.value("spec")})

    @override
    def effect(self, args: CronJobArgs, sight: Sight, intent: Intent) -> Verdict:
        held = sight.cluster.list("jobs.batch", args.namespace).objects
        made = next((each for each in held if each.annotations.get(STAMP) == intent.digest), None)
        if made is None:
            return verdict("failed", f"no Job in {args.namespace} is of this proposal")
        ended = [c.text("type") for c in made.nodes("status", "conditions") if c.text("status") == "True"]
        said = f"{made}: {', '.join(ended) or 'running'}, {made.number('status', 'active') or 0} active pods"
        return verdict("failed" if "Failed" in ended else "verified", said)

    @override
    def inverse(self, args: CronJobArgs, before: Seen, digest: Digest) -> Inverse:
        return Inverse(None, reason="what a Job did is not undone by deleting it")

    @override
    def warnings(self, args: CronJobArgs, seen: Seen) -> tuple[str, ...]:
        active = len(seen.object.nodes("status", "active"))
        policy = seen.object.text("spec", "concurrencyPolicy") or "Allow"
        alone = policy != "Allow" and active
        return (f"{active} of its Jobs run now, and its concurrencyPolicy is {policy}",) if alone else ()


ACTIONS = (CronJobRun(),)
