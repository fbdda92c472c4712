"""Jobs that failed.

Detects: condition Failed True with its reason (BackoffLimitExceeded, DeadlineExceeded, PodFailurePolicy) and how its
last pod ended.
Source: Kubernetes API, JobCondition; docs, "Jobs", Pod backoff failure policy.
Example: Job has reached the specified backoff limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from interlock.core.clusters.objects import KubeObject, Ref
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.endings import ending
from interlock.tools.diagnose.model import Category, Finding, Statement, the_object
from interlock.tools.diagnose.phrases import quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Pod, condition

_OLD = timedelta(hours=12)


def find(scene: Scene) -> Iterator[Finding]:
    """Failed Jobs, those of CronJobs included."""
    for raw in scene.all("jobs"):
        failed = condition(raw, "Failed")
        if failed.text("status") == "True":
            yield _finding(scene, raw)


def _finding(scene: Scene, raw: KubeObject) -> Finding:
    ref = Ref("Job", raw.namespace, raw.name)
    failed = condition(raw, "Failed")
    owner = scene.workload_of(ref)
    begun = failed.time("lastTransitionTime") or raw.created
    text = f"{ref} failed with reason {failed.text('reason')}" if failed.text("reason") else f"{ref} failed"
    details = (
        [Statement(f"{ref} reports {quoted(failed.text('message'))}", (the_object(ref),))]
        if failed.text("message")
        else []
    )
    category: Category = (
        "configuration_error" if failed.text("reason") == "DeadlineExceeded" else "code_defect"
    )
    for pod in _pods(scene, ref):
        for container in pod.containers:
            last = ending(scene, pod, container)
            if last and last.code:
                reason = f"reason {last.reason} and " if last.reason else ""
                said = (
                    f"Container {container.name} of {pod.ref} terminated with {reason}exit code {last.code}"
                )
                details.append(Statement(said, (last.need,)))
                category = "resource_exhaustion" if last.oom else category
                break
    over = _succeeded_since(scene, ref, owner, begun) or (begun is not None and scene.now - begun > _OLD)
    return Finding("failed_job", category, ref, owner, Statement(text, (the_object(ref),)),
                   "recovered" if over else "active", since=begun, details=tuple(details[:3]), severity="warning")  # fmt: skip


def _pods(scene: Scene, job: Ref) -> list[Pod]:
    owned = [
        pod
        for pod in scene.pods
        if pod.raw.controller == ("Job", job.name) and pod.raw.namespace == job.namespace
    ]
    return sorted(owned, key=lambda pod: pod.raw.created or scene.now, reverse=True)[:1]


def _succeeded_since(scene: Scene, ref: Ref, owner: Ref, begun: datetime | None) -> bool:
    if owner == ref or begun is None:
        return False
    for raw in scene.all("jobs"):
        other = Ref("Job", raw.namespace, raw.name)
        done = raw.time("status", "completionTime")
        if other != ref and done and done > begun and scene.workload_of(other) == owner:
            return True
    return False


def clear(scene: Scene) -> str:
    """Jobs that did not fail."""
    if not scene.seen("jobs"):
        return ""
    jobs = scene.all("jobs")
    good = sum(condition(raw, "Failed").text("status") != "True" for raw in jobs)
    return f"no failed Job: {good} of {len(jobs)} Jobs have not failed" if jobs else ""


CHECK = Check(find, clear)
