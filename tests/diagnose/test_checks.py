"""Every check by name: what it finds on a small incident, and in which state."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from dump import Dump, ago, waiting
from scenarios import APP, NS, SCENARIOS, H, two_nodes

from interlock.tools.diagnose.check import all_checks

Finds = Callable[..., None]


@pytest.fixture
def finds(diagnose: Any, tmp_path: Path) -> Finds:
    """Diagnoses a dump (or a scenario by name) and asserts one finding of a check."""

    def run(what: Dump | str, check: str, *words: str, state: str = "active", **args: Any) -> None:
        dump = SCENARIOS[what][0]() if isinstance(what, str) else what
        told = diagnose(dump.write(tmp_path / "incident"), **args)
        found = [f for f in told.data["findings"] if f["check"] == check and f["state"] == state]
        assert found, [(f["check"], f["state"], f["statements"][0]) for f in told.data["findings"]]
        said = " ".join(s for f in found for s in f["statements"])
        assert all(word.lower() in said.lower() for word in words), said
        assert not told.unverified()

    return run


def served(*lines: str, ready: int = 1) -> Dump:
    """A workload in good health whose log holds these lines, and a firing alert about its errors."""
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1, ready)
    d.log(NS, f"{APP}-{H}-aaaaa", *((8 - 2 * i, line) for i, line in enumerate(lines)))
    return d.alert("HighErrorRate", NS, APP, "cart error rate is 30%")


def test_admission_denied(finds: Finds) -> None:
    finds("webhook_denied", "admission_denied", "policy.guard.test", "not signed")


def test_application_errors(finds: Finds) -> None:
    finds("exception_after_rollout", "application_errors", "NoneType")


def test_certificate_expired(finds: Finds) -> None:
    finds("tls_expired", "certificate_expired", "auth.store.svc:8443", "expired")


def test_connection_failure(finds: Finds) -> None:
    finds(
        "refused_by_something_not_recorded",
        "connection_failure",
        "payments-gw.partner.svc.cluster.local:8443",
    )


def test_container_cannot_start(finds: Finds) -> None:
    finds("command_not_found", "container_cannot_start", "/app/srv")


def test_crash_loop(finds: Finds) -> None:
    finds("oom_in_a_sidecar", "crash_loop", "log-shipper", "11 restarts")


def test_crash_loop_that_is_over(finds: Finds) -> None:
    finds("flapping_now_stable", "crash_loop", "6 restarts", state="recovered")


def test_cronjob_late(finds: Finds) -> None:
    d = Dump().recorded(NS, "pods")
    d.add(
        "CronJob",
        "cronjobs",
        "sync",
        NS,
        {"spec": {"schedule": "*/5 * * * *"}, "status": {"lastScheduleTime": ago(120)}},
    )
    finds(d, "cronjob_late", "*/5 * * * *", namespace=NS)


def test_data_errors(finds: Finds) -> None:
    finds("bad_input", "data_errors", "schema mismatch")


def test_dns_failure(finds: Finds) -> None:
    finds("dns_of_an_external_host", "dns_failure", "api.partner.test")


def test_evicted_pods(finds: Finds) -> None:
    finds("evicted_by_disk_pressure", "evicted_pods", "ephemeral-storage")


def test_failed_job(finds: Finds) -> None:
    finds("failed_job", "failed_job", "BackoffLimitExceeded")


def test_hpa(finds: Finds) -> None:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    conditions = [
        {
            "type": "ScalingActive",
            "status": "False",
            "reason": "FailedGetResourceMetric",
            "message": "no metrics returned",
        }
    ]
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": APP}, "maxReplicas": 5}
    d.add(
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        APP,
        NS,
        {"spec": spec, "status": {"conditions": conditions}},
    )
    finds(d, "hpa", "FailedGetResourceMetric", namespace=NS)


def test_image_pull(finds: Finds) -> None:
    finds("image_manifest_unknown", "image_pull", "registry.test/cart:9.9-bad", "manifest unknown")


def test_missing_reference(finds: Finds) -> None:
    finds("missing_configmap_key", "missing_reference", "key feature.json", "ConfigMap cart-settings")


def test_missing_reference_by_absence_only_where_the_kind_was_read(
    finds: Finds, diagnose: Any, tmp_path: Path
) -> None:
    def dump() -> Dump:
        d = Dump()
        d.deployment(APP, NS, 1, 0)
        spec = {"envFrom": [{"configMapRef": {"name": "cart-env"}}]}
        d.pod(
            f"{APP}-{H}-aaaaa",
            NS,
            APP,
            H,
            age=9,
            phase="Pending",
            state=waiting("ContainerCreating"),
            spec=spec,
        )
        return d

    finds(dump().recorded(NS, "configmaps"), "missing_reference", "cart-env", namespace=NS)
    blind = diagnose(dump().write(tmp_path / "blind"), namespace=NS)
    assert not [f for f in blind.data["findings"] if f["check"] == "missing_reference"]
    assert any("configmaps" in limit for limit in blind.data["limits"])


def test_missing_setting(finds: Finds) -> None:
    finds("init_container_failing", "missing_setting", "MIGRATION_DSN")


def test_monitors_firing(finds: Finds) -> None:
    finds("dns_of_an_external_host", "monitors_firing", "Alert")


def test_node_not_ready(finds: Finds) -> None:
    finds("node_not_ready_pods_unknown", "node_not_ready", "node-b", "Kubelet stopped posting")


def test_node_not_ready_that_is_over(finds: Finds) -> None:
    finds("node_recovered", "node_not_ready", "node-b", state="recovered")


def test_node_pressure(finds: Finds) -> None:
    finds("evicted_by_disk_pressure", "node_pressure", "DiskPressure")


def test_oom_killed(finds: Finds) -> None:
    finds("refused_by_a_broken_dependency_elsewhere", "oom_killed", "exit code 137", "128Mi")


def test_pending_placement(finds: Finds) -> None:
    finds("taints", "pending_placement", "dedicated")


def test_pending_resources(finds: Finds) -> None:
    finds("pending_memory", "pending_resources", "Insufficient memory")


def test_pending_volume(finds: Finds) -> None:
    finds("pvc_pending_class_missing", "pending_volume", "fast-disk")


def test_pods_not_ready(finds: Finds) -> None:
    finds("readiness_failing", "pods_not_ready", "not Ready")


def test_pool_exhausted(finds: Finds) -> None:
    finds(
        served(
            "FATAL: remaining connection slots are reserved", "FATAL: remaining connection slots are reserved"
        ),
        "pool_exhausted",
    )


def test_probe_failing(finds: Finds) -> None:
    finds("liveness_kill", "probe_failing", "503", "failed liveness probe")


def test_pvc_filling(finds: Finds) -> None:
    finds(
        served("ERROR write failed: No space left on device", "ERROR write failed: No space left on device"),
        "pvc_filling",
    )


def test_quota_exceeded(finds: Finds) -> None:
    finds("quota_told_by_the_store_only", "quota_exceeded", "team-quota", "requests.memory=1Gi")


def test_recent_rollout(finds: Finds) -> None:
    finds("exception_after_rollout", "recent_rollout", "registry.test/cart:2.0")


def test_recent_rollout_that_was_taken_back(finds: Finds) -> None:
    finds("rollout_rolled_back", "recent_rollout", "rolled back", state="recovered")


def test_replicas_mismatch(finds: Finds) -> None:
    finds("pending_memory", "replicas_mismatch", "1 of 2")


def test_rollout_stuck(finds: Finds) -> None:
    finds("rollout_stuck_on_readiness", "rollout_stuck", "ProgressDeadlineExceeded")


def test_service_without_endpoints(finds: Finds) -> None:
    finds("service_selects_nothing", "service_without_endpoints", "app=cart-v2")


def test_usage_at_limit(finds: Finds) -> None:
    finds("cpu_throttling_told_by_a_monitor_only", "usage_at_limit", "cart CPU throttling", "cpu")


def test_volume_readonly(finds: Finds) -> None:
    finds(
        served(
            "OSError: [Errno 30] Read-only file system: '/data'",
            "OSError: [Errno 30] Read-only file system: '/data'",
        ),
        "volume_readonly",
    )


def test_every_check_has_a_test_of_its_name_and_a_whole_docstring() -> None:
    from interlock.tools.diagnose.document import parts

    tests = set(globals())
    for check in all_checks():
        assert f"test_{check.id}" in tests, check.id
        assert set(parts(check.doc.split("\n\n", 1)[-1])) == {"Detects", "Source", "Example"}, check.id


def test_the_page_of_checks_is_as_the_docstrings_say(repo_root: Path) -> None:
    from interlock.tools.diagnose.document import page

    assert (repo_root / "docs" / "checks.md").read_text() == page(), (
        "run python -m interlock.tools.diagnose.document"
    )
