"""Pods a node evicted because it ran short of memory, disk or process ids.

Detects: pods in phase Failed with reason Evicted and Evicted events, with the resource the kubelet names.
Source: Kubernetes docs, "Node-pressure Eviction"; PodStatus.reason.
Example: The node was low on resource: ephemeral-storage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import complete, fresh
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.spoken import finding, heard

_EVICTED = re.compile(r"\bEvicted\b|The node was low on resource", re.IGNORECASE)
_RESOURCE = re.compile(
    r"low on resource: (?P<what>[\w.-]*\w)|(?P<cond>Disk|Memory|PID)Pressure", re.IGNORECASE
)


def find(scene: Scene) -> Iterator[Finding]:
    """Evicted pods."""
    for what in heard(scene, _EVICTED):
        if what.about.kind != "Pod":
            continue
        match = next((m for s, _ in what.signals if (m := _RESOURCE.search(s.said))), None)
        resource = (match["what"] or match["cond"] or "").lower() if match else ""
        text = f"{what.about} was Evicted" + (
            f": the node was low on resource {resource}" if match and match["what"] else ""
        )
        workload = what.first.workload
        last = max((s.last for s, _ in what.signals if s.last), default=None)
        over = complete(scene, workload) and not fresh(scene, last) and not _pressed(scene)
        made = finding(
            scene, "evicted_pods", "resource_exhaustion" if match else "infrastructure", what, text,
            facts={"resource": resource, "key": resource}, state="recovered" if over else "active",
        )  # fmt: skip
        yield replace(made, since=_when(scene, what.about))


def _when(scene: Scene, ref: Ref) -> datetime | None:
    """When it was evicted, as far as anything says; a status alone tells when the pod was made, which is another thing."""
    told = [e.first for e in scene.events_about(ref) if _EVICTED.search(f"{e.reason} {e.message}")]
    pod = scene.pod_by_ref.get(ref)
    if pod:
        told.append(pod.condition("DisruptionTarget").time("lastTransitionTime"))
        told += [c.ended.time("finishedAt") for c in pod.containers]
    return next((at for at in told if at), None)


def _pressed(scene: Scene) -> bool:
    """Whether a node goes on evicting."""
    return any(e.reason == "EvictionThresholdMet" and fresh(scene, e.last) for e in scene.events)


def clear(scene: Scene) -> str:
    """Pods that were not evicted."""
    pods = list(scene.target_pods)
    good = sum(pod.raw.text("status", "reason") != "Evicted" for pod in pods)
    return f"no eviction{whose(scene)}: {good} of {len(pods)} pods were not evicted" if pods else ""


CHECK = Check(find, clear)
