"""Pods that are not Ready, whatever the reason: the symptom other findings explain.

Detects: condition Ready that is not True on pods that are neither done nor on their way out.
Source: Kubernetes docs, "Pod Lifecycle", Pod conditions.
Example: Ready False, reason ContainersNotReady.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.tools.diagnose.activity import remnant
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_object
from interlock.tools.diagnose.phrases import live
from interlock.tools.diagnose.scene import Scene


def find(scene: Scene) -> Iterator[Finding]:
    """Pods that are not Ready."""
    for pod in scene.pods:
        ready = pod.condition("Ready")
        gone = pod.done or pod.phase == "Failed" or pod.workload.kind in ("Job", "CronJob")
        if (
            not gone
            and not pod.ready
            and (ready or pod.phase in ("Pending", "Unknown"))
            and not remnant(scene, pod)
        ):
            said = "is not Ready" if ready else f"is in phase {pod.phase}"
            reason = f", reason {ready.text('reason')}" if ready.text("reason") else ""
            text = f"{pod.ref} {said}{reason}"
            yield Finding(
                "pods_not_ready", "unknown", pod.ref, pod.workload, Statement(text, (the_object(pod.ref),)), part="effect",
                severity="warning", since=ready.time("lastTransitionTime"),
                facts={"node": pod.node, "hash": pod.template_hash, "key": pod.node if pod.phase == "Unknown" else ""},
            )  # fmt: skip


def clear(scene: Scene) -> str:
    """Pods that are Ready."""
    pods = live(scene)
    good = sum(pod.ready for pod in pods)
    return f"{good} of {len(pods)} pods are Ready" if pods and good == len(pods) else ""


CHECK = Check(find, clear)
