"""The demo replay: it serves to kubectl, tells its story, agrees with its code, and can be made again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.binaries import Programs

from interlock.core.clock import parse_time
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import serve
from interlock.core.untrusted import Untrusted

Kubectl = Callable[..., str]
STAMP = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@pytest.fixture(scope="session")
def demo(repo_root: Path) -> Path:
    return repo_root / "evals" / "replays" / "demo"


@pytest.fixture(scope="session")
def kubectl(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    if shutil.which("kubectl") is None:
        pytest.skip("not run: no kubectl on PATH (Debian: kubernetes-client)")
    yield from _serving(demo, tmp_path_factory.mktemp("kubectl"))


def _serving(folder: Path, cache: Path) -> Iterator[Kubectl]:
    with serve(Replay.load(folder)) as server:
        assert server.problems == []

        def run(*words: str) -> str:
            argv = ["kubectl", "--server", server.url, f"--cache-dir={cache}", *words]
            return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout

        yield run


def _tells_its_story(kubectl: Kubectl) -> None:
    rows = [line.split() for line in kubectl("get", "pods", "-A", "--no-headers").splitlines()]
    status = {(row[0], row[1].rsplit("-", 2)[0]): (row[2], row[3]) for row in rows}
    assert status["checkout", "checkout-api"] == ("1/1", "Running")
    assert status["checkout", "ledger-api"] == ("1/1", "Running")
    assert status["ml-platform", "feature-store"] == ("0/1", "CrashLoopBackOff")
    assert (
        kubectl(
            "get", "endpoints", "-n", "ml-platform", "feature-store", "-o", "jsonpath={.subsets[*].addresses}"
        )
        == ""
    )
    described = kubectl("describe", "pod", "-n", "ml-platform")
    assert "OOMKilled" in described
    assert "memory:  128Mi" in described
    limits = "jsonpath={.items[*].spec.template.spec.containers[0].resources.limits.memory}"
    assert sorted(kubectl("get", "rs", "-n", "ml-platform", "-o", limits).split()) == ["128Mi", "512Mi"]
    assert "right-size" in kubectl("rollout", "history", "deploy/feature-store", "-n", "ml-platform")
    assert "connection refused" in kubectl("logs", "-n", "checkout", "deploy/checkout-api")
    assert "BackoffLimitExceeded" in kubectl("describe", "job", "-n", "settlement")


def test_kubectl_reads_the_story(kubectl: Kubectl) -> None:
    _tells_its_story(kubectl)


def test_it_holds_no_secret_and_is_small(demo: Path) -> None:
    redactor = Redactor()
    size = 0
    for file in demo.rglob("*"):
        if file.is_file():
            text = file.read_text()
            size += len(text.encode())
            found = [text[s.start : s.end] for s in redactor.clean(Untrusted(text)).spans]
            assert set(found) <= {"UkVEQUNURUQ="}, file  # REDACTED, in base64
            assert "correct-horse" not in text
            assert "127.0.0.1" not in text
    assert size < 400_000


def test_nothing_in_it_lies_after_its_now(demo: Path) -> None:
    now = Replay.load(demo).now
    for file in demo.rglob("*"):
        if file.is_file() and file.name not in {"replay.yaml", "alert.json"}:
            late = [text for text in STAMP.findall(file.read_text()) if parse_time(text) >= now]
            assert late == [], file


def test_the_code_says_what_the_cluster_runs(demo: Path, kubectl: Kubectl) -> None:
    code = (demo / "iac" / "terraform" / "ml-platform" / "feature_store.tf").read_text()
    live = json.loads(kubectl("get", "deploy", "-n", "ml-platform", "feature-store", "-o", "json"))
    container = live["spec"]["template"]["spec"]["containers"][0]
    assert re.findall(r'memory = "(\w+)"', code) == [
        container["resources"]["requests"]["memory"],
        container["resources"]["limits"]["memory"],
    ]
    assert f'image = "{container["image"]}"' in code
    assert live["metadata"]["annotations"]["kubernetes.io/change-cause"] in code
    assert live["spec"]["strategy"]["type"] == "Recreate"
    for name in ("checkout-api", "ledger-api"):
        file = demo / "iac" / "kubernetes" / "checkout" / f"{name}.yaml"
        documents = {d["kind"]: d for d in yaml.safe_load_all(file.read_text())}
        live = json.loads(kubectl("get", "deploy", "-n", "checkout", name, "-o", "json"))
        declared = documents["Deployment"]["spec"]["template"]["spec"]["containers"][0]
        assert live["spec"]["template"]["spec"]["containers"][0]["image"] == declared["image"]


def test_the_alert_names_another_workload_than_the_cause(demo: Path) -> None:
    alert = json.loads((demo / "alert.json").read_text())
    expected = yaml.safe_load((demo / "expected.yml").read_text())
    labels = alert["alerts"][0]["labels"]
    assert f"{labels['namespace']}/{labels['deployment']}" == "checkout/checkout-api"
    assert expected["cause_workload"] == "ml-platform/feature-store"
    assert parse_time(alert["alerts"][0]["startsAt"]) < datetime(2026, 11, 19, 3, 12, tzinfo=UTC)


def test_the_log_store_holds_the_lines_of_the_pods(demo: Path) -> None:
    stored = [json.loads(line) for line in (demo / "logs" / "store.jsonl").read_text().splitlines()]
    messages: dict[str, set[str]] = {}
    for line in stored:
        pod = next(tag.partition(":")[2] for tag in line["tags"] if tag.startswith("pod_name:"))
        messages.setdefault(pod, set()).add(line["message"])
    logs: dict[str, Any] = {
        file.parent.name: {line.partition(" ")[2] for line in file.read_text().splitlines()}
        for file in (demo / "cluster").rglob("*.log")
        if not file.name.endswith(".previous.log")
    }
    assert messages == logs


@pytest.mark.cluster
def test_it_can_be_made_again(
    kube_programs: Programs, repo_root: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert kube_programs
    script, out = repo_root / "tests" / "cluster" / "scenario.py", tmp_path / "demo"
    environment = {**os.environ, "PYTHONPATH": str(repo_root / "src")}
    subprocess.run([sys.executable, str(script), "demo", str(out)], check=True, timeout=300, env=environment)
    for kubectl in _serving(out, tmp_path_factory.mktemp("again")):
        _tells_its_story(kubectl)
    # Newer recorders also keep further versions of a kind.
    names = {str(f.relative_to(out)) for f in out.rglob("*.json") if "@" not in f.name}
    committed = repo_root / "evals" / "replays" / "demo"
    assert names == {str(f.relative_to(committed)) for f in committed.rglob("*.json")}
