"""The test cluster itself: real controllers, real refusals, logs through the API server, and no process left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cluster.binaries import NotHere, find_programs
from cluster.harness import KubeCluster

pytestmark = pytest.mark.cluster

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NS}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.test/web:1"}]}
"""


@pytest.fixture
def pod(kube_cluster: KubeCluster, kube_namespace: str) -> str:
    kube_cluster.apply(DEPLOYMENT.replace("NS", kube_namespace))

    def scheduled() -> list[str]:
        pods = kube_cluster.list("v1", "Pod", kube_namespace)
        return [p["metadata"]["name"] for p in pods if p["spec"].get("nodeName")]

    return kube_cluster.wait_for(scheduled, "a scheduled pod")[0]


def test_a_deployment_is_rolled_out_by_the_real_controllers(
    kube_cluster: KubeCluster, kube_namespace: str, pod: str
) -> None:
    shown = kube_cluster.kubectl("get", "pods", "-n", kube_namespace, "-o", "wide").stdout
    assert pod in shown
    assert "worker-1" in shown


def test_logs_are_read_through_the_api_server(
    kube_cluster: KubeCluster, kube_namespace: str, pod: str
) -> None:
    lines = "2026-01-02T03:04:05.000000001Z one\n2026-01-02T03:04:06Z two\n"
    kube_cluster.write_log(kube_namespace, pod, "web", lines)
    kube_cluster.write_log(kube_namespace, pod, "web", "2026-01-01T00:00:00Z before\n", previous=True)

    def logs(*flags: str) -> str:
        done = kube_cluster.kubectl("logs", pod, "-n", kube_namespace, *flags)
        return done.stdout + done.stderr

    assert logs() == "one\ntwo\n"
    assert logs("--timestamps") == lines
    assert logs("--tail=1") == "two\n"
    assert logs("--previous") == "before\n"
    assert logs("--since-time=2026-01-02T03:04:06Z") == "two\n"
    assert logs("--limit-bytes=2") == "on"
    assert "container nope is not valid" in logs("-c", "nope")


def test_a_status_can_be_written_as_a_kubelet_does(
    kube_cluster: KubeCluster, kube_namespace: str, pod: str
) -> None:
    kube_cluster.patch_status("v1", "Pod", kube_namespace, pod, {"phase": "Failed", "reason": "Evicted"})
    assert kube_cluster.get("v1", "Pod", kube_namespace, pod)["status"]["reason"] == "Evicted"


def test_a_service_account_may_do_only_what_it_was_given(
    kube_cluster: KubeCluster, kube_namespace: str
) -> None:
    config = kube_cluster.service_account_kubeconfig(kube_namespace, "reader")
    refused = kube_cluster.kubectl("get", "secrets", "-n", kube_namespace, kubeconfig=config)
    assert refused.returncode == 1
    assert f"system:serviceaccount:{kube_namespace}:reader" in refused.stderr
    assert "forbidden" in refused.stderr


def test_nothing_of_a_cluster_stays_when_its_runner_is_killed(
    kube_cluster: KubeCluster, tmp_path: Path
) -> None:
    script = Path(__file__).with_name("run.py")
    argv = [sys.executable, str(script), "--root", str(tmp_path), "--nodes", "0"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        assert runner.stdout.readline().startswith("ready")
        assert len(_processes_naming(tmp_path)) >= 5
        runner.send_signal(signal.SIGKILL)
    kube_cluster.wait_for(lambda: not _processes_naming(tmp_path), "the end of every process")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    here = {"HOME": str(tmp_path)}
    with pytest.raises(NotHere, match="make kube-apiserver") as elsewhere:
        find_programs(here, tmp_path / "absent")
    assert not elsewhere.value.must_be_here
    with pytest.raises(NotHere) as in_ci:
        find_programs({**here, "CI": "true"}, tmp_path)
    assert in_ci.value.must_be_here


def _processes_naming(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if str(folder).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
