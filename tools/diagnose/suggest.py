"""What to look up next: a runbook query and an infrastructure-code query in the words of the verdict."""

from __future__ import annotations

from pydantic import JsonValue

from interlock.tools.diagnose.engine import Diagnosed
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.verdict import Verdict

_WORDS = {
    "oom_killed": "OOMKilled memory limit exit code 137",
    "crash_loop": "CrashLoopBackOff container restarts",
    "image_pull": "ImagePullBackOff image pull",
    "pending_resources": "pod Pending Unschedulable insufficient resources",
    "pending_placement": "pod Pending node affinity taint toleration",
    "pending_volume": "PersistentVolumeClaim Pending volume mount",
    "probe_failing": "liveness readiness probe failing",
    "quota_exceeded": "ResourceQuota exceeded quota",
    "dns_failure": "DNS resolution failure",
    "connection_failure": "connection refused dependency unreachable",
    "node_not_ready": "node NotReady",
    "rollout_stuck": "rollout stuck ProgressDeadlineExceeded",
}
_FIELDS = {
    "oom_killed": "resources limits memory",
    "image_pull": "image tag",
    "pending_resources": "resources requests replicas",
    "pending_placement": "nodeSelector tolerations affinity",
    "probe_failing": "livenessProbe readinessProbe",
    "quota_exceeded": "ResourceQuota hard limits",
    "missing_reference": "configMap secret env",
    "service_without_endpoints": "service selector",
}


def suggestions(scene: Scene, found: Diagnosed, verdict: Verdict) -> dict[str, JsonValue]:
    """Queries for runbooks and infrastructure code; empty where there is nothing to look up."""
    alert = scene.scope.alert.name if scene.scope.alert else ""
    if not found.chains:
        return {"runbook_query": alert, "iac_query": ""}
    root = found.chains[0].root
    words = _WORDS.get(root.check, root.check.replace("_", " "))
    field = _FIELDS.get(root.check, "")
    change = found.chains[0].changes[0].facts.get("fields", "") if found.chains[0].changes else ""
    field = change.split(" ")[0].replace("spec.containers", "") if change else field
    return {"runbook_query": f"{alert} {words}".strip(), "iac_query": f"{root.workload.name} {field}".strip()}
