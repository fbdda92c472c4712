"""Pods that wait for a volume: an unbound or missing claim, a missing storage class, a failing attach or mount.

Detects: scheduler messages about PersistentVolumeClaims, ProvisioningFailed, FailedAttachVolume and FailedMount events
while the pod still waits, and claims in phase Pending or Lost.
Source: Kubernetes API, PersistentVolumeClaimStatus.phase; events of attachdetach-controller and kubelet.
Example: storageclass.storage.k8s.io "fast" not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.core.clusters.objects import Node, Ref
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Category, Finding, Statement, the_object
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.spoken import Heard, finding, heard

PATTERN = re.compile(
    r"unbound immediate PersistentVolumeClaim|persistentvolumeclaim \"[^\"]+\" (is )?not found|ProvisioningFailed"
    r"|storageclass[\w.]* \"[^\"]+\" not found|FailedAttachVolume|FailedMount|FailedBinding|volume node affinity"
    r"|Multi-Attach|Unable to attach or mount",
    re.IGNORECASE,
)
# A mount that fails for a missing ConfigMap or Secret is that check's.
_REFERENCE = re.compile(
    r"(configmap|secret) \"[^\"]+\" not found|references non-existent (config|secret) key", re.IGNORECASE
)


def find(scene: Scene) -> Iterator[Finding]:
    """Claims and pods that wait."""
    for what in heard(scene, PATTERN):
        if not _REFERENCE.search(what.first.text) and what.about.kind in ("Pod", "PersistentVolumeClaim"):
            yield (
                _of_claim(scene, what) if what.about.kind == "PersistentVolumeClaim" else _of_pod(scene, what)
            )
    said = {signal.about for signal in scene.signals}
    for raw in scene.all("persistentvolumeclaims"):
        ref = Ref("PersistentVolumeClaim", raw.namespace, raw.name)
        if raw.text("status", "phase") in ("Pending", "Lost") and ref not in said:
            phase = raw.text("status", "phase")
            headline = Statement(f"{ref} is in phase {phase}", (the_object(ref),))
            category: Category = "configuration_error" if phase == "Pending" else "infrastructure"
            yield Finding("pending_volume", category, ref, _user(scene, ref) or ref, headline, since=raw.created,
                          facts={"claim": ref.name, "class": raw.text("spec", "storageClassName")})  # fmt: skip


def _of_pod(scene: Scene, what: Heard) -> Finding:
    pod = scene.pod_by_ref.get(what.about)
    waits = pod is not None and pod.phase == "Pending" and not pod.ready
    infra = re.search(r"Attach|timed out|device|rpc error", what.first.said)
    facts = {"claim": _claims(pod.raw.nodes("spec", "volumes")) if pod else ""}
    return finding(
        scene, "pending_volume", "infrastructure" if infra else "configuration_error", what,
        f"{what.about} waits for a volume: {what.first.reason}", facts=facts, state=None if waits or pod is None else "recovered",
    )  # fmt: skip


def _of_claim(scene: Scene, what: Heard) -> Finding:
    raw = (scene.within("persistentvolumeclaims", what.about.namespace) or {}).get(what.about.name)
    bound = raw is not None and raw.text("status", "phase") == "Bound"
    made = finding(
        scene, "pending_volume", "configuration_error", what, f"{what.about} is not bound: {what.first.reason}",
        state="recovered" if bound else "active", facts={"claim": what.about.name},
    )  # fmt: skip
    user = _user(scene, what.about)
    return made if user is None else made.of(user)


def _claims(volumes: list[Node]) -> str:
    return ",".join(
        v.text("persistentVolumeClaim", "claimName") for v in volumes if v.value("persistentVolumeClaim")
    )


def _user(scene: Scene, claim: Ref) -> Ref | None:
    for pod in scene.pods:
        if pod.raw.namespace == claim.namespace and claim.name in _claims(
            pod.raw.nodes("spec", "volumes")
        ).split(","):
            return pod.workload
    return None


def clear(scene: Scene) -> str:
    """Claims that are bound."""
    if not scene.seen("persistentvolumeclaims"):
        return ""
    claims = scene.all("persistentvolumeclaims")
    bound = sum(raw.text("status", "phase") == "Bound" for raw in claims)
    return (
        f"no pod waits for a volume{whose(scene)}: {bound} of {len(claims)} claims are Bound"
        if claims
        else ""
    )


CHECK = Check(find, clear)
