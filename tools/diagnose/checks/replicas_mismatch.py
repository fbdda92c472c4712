"""Workloads with fewer Ready pods than they want.

Detects: `status.readyReplicas` below `spec.replicas` (DaemonSets: numberReady below desiredNumberScheduled).
Source: Kubernetes API, DeploymentStatus, StatefulSetStatus, DaemonSetStatus.
Example: Deployment shop/api has 1 of 3 replicas ready.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.tools.diagnose.activity import complete, counts
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_object
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import condition


def find(scene: Scene) -> Iterator[Finding]:
    """Workloads that lack pods."""
    for ref, raw in scene.workloads.items():
        found = counts(scene, ref)
        if found and found[0] < found[1]:
            available = condition(raw, "Available")
            begun = available.time("lastTransitionTime") if available.text("status") == "False" else None
            text = f"{ref} has {found[0]} of {found[1]} replicas ready"
            yield Finding(
                "replicas_mismatch", "unknown", ref, ref, Statement(text, (the_object(ref),)), part="effect",
                severity="critical" if found[0] == 0 else "warning", since=begun,
                facts={"ready": str(found[0]), "wanted": str(found[1])},
            )  # fmt: skip


def clear(scene: Scene) -> str:
    """Workloads that are complete."""
    said = []
    for ref in sorted(scene.target_workloads or scene.workloads):
        found = counts(scene, ref)
        if found and complete(scene, ref):
            said.append(f"{ref} has {found[0]} of {found[1]} replicas ready")
    return "; ".join(said[:4])


CHECK = Check(find, clear)
