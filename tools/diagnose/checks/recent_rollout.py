"""What changed: a new pod template and its difference to the one before, and rollouts that were taken back.

Detects: two ReplicaSet revisions of a Deployment that differ, a newest revision that is an older template again (a
rollback), and, where ReplicaSets were not recorded, pods of two templates. A change is no fault by itself.
Source: annotation deployment.kubernetes.io/revision; Kubernetes docs, "Deployments", Rolling Back.
Example: spec.containers[api].resources.limits.memory changed from 512Mi to 128Mi.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import complete
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_events
from interlock.tools.diagnose.phrases import clause, quoted, whose
from interlock.tools.diagnose.revisions import Change, last_change, rolled_back
from interlock.tools.diagnose.scene import Scene

_LATELY = timedelta(days=7)
_BACK = re.compile(
    r"roll(ed|ing)?[ -]?back|rollout undo|DeploymentRollback|reverted to (revision|the previous)",
    re.IGNORECASE,
)


def find(scene: Scene) -> Iterator[Finding]:
    """Changes and rollbacks of Deployments."""
    for ref in scene.workloads:
        if ref.kind in ("Deployment", "StatefulSet", "DaemonSet"):
            change = last_change(scene, ref)
            back = rolled_back(scene, ref) or _said_back(scene, ref)
            if back:
                yield _back(scene, ref, back)
            elif change and change.at and scene.now - change.at <= _LATELY and change.fields:
                yield _changed(ref, change)


def _changed(ref: Ref, change: Change) -> Finding:
    first, *others = change.statements(ref)
    return Finding(
        "recent_rollout", "unknown", ref, ref, first, severity="info", part="change", since=change.at,
        details=tuple(others[:3]), facts={"hash": change.new_hash, "fields": " ".join(f.path for f in change.fields),
                                          "replicaset": change.new},
    )  # fmt: skip


def _back(scene: Scene, ref: Ref, said: Statement) -> Finding:
    over = complete(scene, ref)
    return Finding(
        "recent_rollout", "healthy", ref, ref, said, "recovered" if over else "active", "info",
        part="context" if over else "change", facts={"rollback": "yes"},
    )  # fmt: skip


def _said_back(scene: Scene, ref: Ref) -> Statement | None:
    for event in reversed(scene.events_about(ref)):
        if _BACK.search(f"{event.reason} {event.message}") and scene.recent(event):
            return Statement(
                f"{ref} was rolled back, the rollback reports {quoted(event.message)}", (the_events(ref),)
            )
    for line in scene.lines:
        if line.workload == ref and _BACK.search(line.text) and complete(scene, ref):
            said = clause(line.text, _BACK, 110)
            return Statement(
                f"{ref} was rolled back, the rollback reports {quoted(said)}", (line.shown_by(said[:40]),)
            )
    return None


def clear(scene: Scene) -> str:
    """Whether revisions could be compared."""
    if not scene.seen("replicasets"):
        return ""
    return f"no change of a pod template in the last 7 days{whose(scene)}: {len(scene.replicasets)} ReplicaSets were read"


CHECK = Check(find, clear)
