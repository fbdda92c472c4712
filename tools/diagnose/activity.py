"""Is it still so? The state of pods and workloads now, and what is left over from a rollout that is done."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from interlock.core.clusters.objects import KubeObject, Ref
from interlock.tools.diagnose.model import State
from interlock.tools.diagnose.scene import SETTLED, Scene
from interlock.tools.diagnose.views import Container, Pod

RECENT = timedelta(minutes=15)
_LEAVING = re.compile(r"\bterminating\b", re.IGNORECASE)


def desired(workload: KubeObject) -> int | None:
    """How many pods the workload should have, or None when it does not say."""
    if workload.kind == "DaemonSet":
        return workload.number("status", "desiredNumberScheduled")
    if workload.kind in ("Job", "CronJob"):
        return None
    said = workload.number("spec", "replicas")
    return 1 if said is None and workload.value("spec") is not None else said


def counts(scene: Scene, ref: Ref) -> tuple[int, int] | None:
    """Ready and desired pods of a workload by its own status, or None when it is not recorded."""
    raw = scene.workloads.get(ref)
    wanted = desired(raw) if raw else None
    if raw is None or wanted is None or not raw.node("status"):
        return None
    key = "numberReady" if raw.kind == "DaemonSet" else "readyReplicas"
    return raw.number("status", key) or 0, wanted


def complete(scene: Scene, ref: Ref) -> bool:
    """Whether a workload has all the Ready pods it wants, by its status and by the pods that were read."""
    found = counts(scene, ref)
    pods = [pod for pod in scene.pods_of(ref) if not pod.done and pod.deleting is None]
    if found is None:
        return bool(pods) and all(pod.ready for pod in pods)
    ready, wanted = found
    return ready >= wanted and sum(pod.ready for pod in pods) >= (min(wanted, len(pods)) if pods else wanted)


def settled(scene: Scene, container: Container) -> bool:
    """Whether a container runs, is ready, and has been for long enough to be forgiven."""
    since = container.running_since
    if not (container.running and container.ready):
        return False
    return container.restarts == 0 or since is None or scene.now - since >= SETTLED


def remnant(scene: Scene, pod: Pod) -> bool:
    """Whether a pod is on its way out: deleted, of another template than the one that serves in full."""
    leaving = pod.deleting is not None or any(_LEAVING.search(c.message) for c in pod.containers)
    if not pod.template_hash or not (leaving or _replicas_of(scene, pod) == 0):
        return False
    others = [p for p in scene.pods_of(pod.workload) if p.template_hash != pod.template_hash]
    serving = sum(p.ready and p.deleting is None for p in others)
    found = counts(scene, pod.workload)
    return serving >= found[1] if found else serving > 0


def _replicas_of(scene: Scene, pod: Pod) -> int | None:
    owner = scene.replicasets.get(Ref("ReplicaSet", pod.raw.namespace, pod.replicaset))
    return owner.number("spec", "replicas") if owner else None


def current_hash(scene: Scene, workload: Ref) -> str:
    """The template hash that a Deployment's pods should have now, or ''."""
    owned = [
        rs for ref, rs in scene.replicasets.items()
        if rs.controller and Ref(rs.controller[0], ref.namespace, rs.controller[1]) == workload
    ]  # fmt: skip
    if owned:
        return max(owned, key=revision).labels.get("pod-template-hash", "")
    standing = [pod for pod in scene.pods_of(workload) if pod.deleting is None and pod.template_hash]
    if not standing:
        return ""
    # Without ReplicaSets the newest template is the one whose first pod is youngest.
    born: dict[str, datetime] = {}
    for pod in standing:
        at = pod.raw.created or scene.now
        born[pod.template_hash] = min(born.get(pod.template_hash, at), at)
    return max(born, key=lambda template: born[template])


def revision(replicaset: KubeObject) -> int:
    """A ReplicaSet's revision number."""
    said = replicaset.annotations.get("deployment.kubernetes.io/revision", "0")
    return int(said) if said.isdigit() else 0


def pod_state(scene: Scene, pod: Pod) -> State:
    """Whether a pod is troubled now, a remnant, or well again."""
    if remnant(scene, pod):
        return "expected"
    well = pod.done or (pod.ready and all(settled(scene, c) for c in pod.containers if not c.init))
    return "recovered" if well else "active"


def state_of(scene: Scene, about: Ref, workload: Ref, last: datetime | None) -> State:
    """Whether something said about an object still holds, judged by how the object or its workload is now."""
    pod = scene.pod_by_ref.get(about)
    if pod:
        return pod_state(scene, pod)
    if about.kind == "Pod" and scene.seen("pods", about.namespace):
        # The pod is gone: what was said of it holds only for a workload that still lacks pods.
        lacking = workload in scene.workloads and not complete(scene, workload)
        return "active" if lacking and fresh(scene, last, scene.window) else "recovered"
    if workload in scene.workloads:
        return "recovered" if complete(scene, workload) else "active"
    return "active" if fresh(scene, last, RECENT) else "recovered"


def fresh(scene: Scene, at: datetime | None, within: timedelta = RECENT) -> bool:
    """Whether a moment lies within a span before now. An unknown moment does not."""
    return at is not None and scene.now - at <= within
