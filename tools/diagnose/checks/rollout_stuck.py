"""Rollouts that do not get on while the old pods go on serving.

Detects: condition Progressing False with reason ProgressDeadlineExceeded, the same words in events and logs, and a newest
ReplicaSet without Ready pods beside an older one with them.
Source: Kubernetes docs, "Deployments", Failed Deployment; spec.progressDeadlineSeconds.
Example: ReplicaSet "api-5d8f" has timed out progressing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import complete, current_hash
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Part, Statement, the_object
from interlock.tools.diagnose.phrases import quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import condition

_STUCK = re.compile(
    r"ProgressDeadlineExceeded|timed out progressing|exceeded its progress deadline", re.IGNORECASE
)


def find(scene: Scene) -> Iterator[Finding]:
    """Stuck rollouts."""
    told = {s.workload: s for s in scene.signals if s.workload.kind == "Deployment" and _STUCK.search(s.said)}
    for ref, raw in scene.workloads.items():
        progressing = condition(raw, "Progressing")
        if progressing.text("reason") == "ProgressDeadlineExceeded":
            text = f"The rollout of {ref} is stuck: Progressing is {progressing.text('status')}, reason ProgressDeadlineExceeded"
            more = [Statement(f"{ref} reports {quoted(progressing.text('message'))}", (the_object(ref),))]
            begun = progressing.time("lastTransitionTime") or progressing.time("lastUpdateTime")
            yield _finding(scene, ref, Statement(text, (the_object(ref),)), begun, more)
        elif ref in told and complete(scene, ref):
            signal = told[ref]
            text = f"The rollout of {ref} was stuck: {signal.reason or quoted(signal.text)}"
            made = _finding(scene, ref, Statement(text, (signal.need,)), signal.first)
            yield replace(made, state="recovered", until=signal.last, severity="warning")
        elif ref in told:
            signal = told[ref]
            yield _finding(
                scene,
                ref,
                Statement(
                    f"The rollout of {ref} is stuck: {signal.reason or quoted(signal.text)}", (signal.need,)
                ),
                signal.first,
                [Statement(f"{ref} reports {quoted(signal.text)}", (signal.need,))],
            )
        elif ref.kind == "Deployment":
            yield from _beside(scene, ref)


def _beside(scene: Scene, ref: Ref) -> Iterator[Finding]:
    new = current_hash(scene, ref)
    pods = [pod for pod in scene.pods_of(ref) if pod.deleting is None]
    fresh = [pod for pod in pods if new and pod.template_hash == new]
    old = [pod for pod in pods if pod.template_hash and pod.template_hash != new and pod.ready]
    if fresh and old and not any(pod.ready for pod in fresh):
        text = (
            f"The rollout of {ref} has stalled: 0 of {len(fresh)} new pods are Ready, {len(old)} pods of the old "
            "ReplicaSet serve"
        )
        yield _finding(
            scene,
            ref,
            Statement(text),
            min((p.raw.created for p in fresh if p.raw.created), default=None),
            part="effect",
        )


def _finding(
    scene: Scene,
    ref: Ref,
    headline: Statement,
    begun: datetime | None,
    more: Iterable[Statement] = (),
    part: Part = "fault",
) -> Finding:
    return Finding(
        "rollout_stuck", "configuration_error", ref, ref, headline, since=begun, details=tuple(more), part=part,
        facts={"hash": current_hash(scene, ref)},
    )  # fmt: skip


def clear(scene: Scene) -> str:
    """Deployments whose rollout is done."""
    deployments = [scene.workloads[ref] for ref in sorted(scene.target_workloads or scene.workloads)
                   if ref.kind == "Deployment" and ref in scene.workloads]  # fmt: skip
    stuck = sum(
        condition(raw, "Progressing").text("reason") == "ProgressDeadlineExceeded" for raw in deployments
    )
    return (
        f"no stuck rollout: {len(deployments) - stuck} of {len(deployments)} deployments are within their deadline"
        if deployments
        else ""
    )


CHECK = Check(find, clear)
