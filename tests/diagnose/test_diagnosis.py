"""What holds for every diagnosis: the demo's chain to the line of code, absent is not empty, independence, time, size."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from dump import Dump, waiting
from scenarios import APP, NS, SCENARIOS, H, two_nodes

OOM = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}


def test_the_demo_leads_from_the_alert_to_the_line_of_code(diagnose: Any, repo_root: Path) -> None:
    told = diagnose(repo_root / "evals" / "replays" / "demo")
    (chain,) = told.data["chains"]
    order = [
        "from 512Mi to 128Mi",
        "OOMKilled",
        "CrashLoopBackOff",
        "0 ready endpoints",
        "cannot reach",
        "Alert",
    ]
    at = [next(i for i, said in enumerate(chain) if word in said) for word in order]
    assert at == sorted(at)
    (code,) = [c for c in told.data["claims"] if ".tf:" in c["text"]]
    assert "128Mi" in code["text"] and [told.evidence[e].tool for e in code["evidence"]] == ["iac_search"]
    assert not told.unverified()


def test_every_root_is_held_by_evidence_that_is_not_the_report_itself(diagnose: Any, tmp_path: Path) -> None:
    bare = []
    for name, (build, expected) in SCENARIOS.items():
        if expected.state == "active":
            told = diagnose(build().write(tmp_path / name))
            causes = [c for c in told.data["claims"] if c["role"] == "cause"]
            if not any(c["evidence"] and "self" not in c["evidence"] for c in causes):
                bare.append(f"{name}: {[c['text'] for c in causes]}")
    assert not bare, "\n".join(bare)


def test_independent_faults_are_two_chains_and_neither_names_the_other(diagnose: Any, tmp_path: Path) -> None:
    told = diagnose(SCENARIOS["two_independent_faults"][0]().write(tmp_path / "x"))
    one, two = told.data["chains"]
    assert not any("/cart-" in said for said in one) or not any("/web-" in said for said in one)
    assert not any("/cart-" in said for said in two) or not any("/web-" in said for said in two)


def quota_fault(changed_minutes_ago: float) -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", age=changed_minutes_ago)
    d.deployment(APP, NS, 2, 1)
    d.replicaset(APP, NS, "1a1a1a1a1", 1, 0, 9000, {"resources": {"requests": {"cpu": "1"}}})
    d.replicaset(APP, NS, H, 2, 2, changed_minutes_ago, {"resources": {"requests": {"cpu": "4"}}})
    said = f'pods "{APP}-{H}-x" is forbidden: exceeded quota: q, requested: requests.cpu=4, used: requests.cpu=8, limited: requests.cpu=8'
    return d.event("ReplicaSet", f"{APP}-{H}", NS, "FailedCreate", said, 2, first=60)


@pytest.mark.parametrize(("minutes", "blamed"), [(61, True), (10, False)])
def test_only_a_change_before_the_fault_is_its_cause(
    minutes: float, blamed: bool, diagnose: Any, tmp_path: Path
) -> None:
    told = diagnose(quota_fault(minutes).write(tmp_path / "x"), namespace=NS)
    assert told.verdict["category"] == "resource_exhaustion"
    assert ("changed" in told.roots[0]) is blamed


def test_one_fault_is_one_chain_however_many_readings_it_has(diagnose: Any, tmp_path: Path) -> None:
    several = {}
    for name, (build, expected) in SCENARIOS.items():
        if expected.state == "active" and name != "two_independent_faults":
            told = diagnose(build().write(tmp_path / name))
            if len(told.data["chains"]) != 1:
                several[name] = told.roots
    assert not several, several


def test_nothing_recorded_is_said_and_never_called_healthy(diagnose: Any, tmp_path: Path) -> None:
    d = Dump().node("node-a")
    told = diagnose(d.alert("KubePodCrashLooping", NS, APP, "cart is crash looping").write(tmp_path / "x"))
    assert (told.verdict["category"], told.verdict["state"]) == ("unknown", "unknown")
    assert any("pods" in limit for limit in told.data["limits"])


def test_a_question_without_an_alert_looks_at_every_namespace(diagnose: Any, tmp_path: Path) -> None:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, restarts=5, state=waiting("CrashLoopBackOff"), last=OOM)
    d.deployment("web", "front", 1)
    d.well("web", "front", "5b5b5b5b5", "aaaaa")
    assert diagnose(d.write(tmp_path / "x")).verdict["category"] == "resource_exhaustion"


def test_a_question_about_a_healthy_workload_beside_a_broken_one_is_answered_for_the_healthy_one(
    diagnose: Any, tmp_path: Path
) -> None:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, restarts=5, state=waiting("CrashLoopBackOff"), last=OOM)
    d.deployment("web", NS, 1)
    d.well("web", NS, "5b5b5b5b5", "aaaaa")
    told = diagnose(d.write(tmp_path / "x"), namespace=NS, kind="deployment", name="web")
    assert told.verdict["category"] == "healthy"
    assert any("cart" in said for said in told.data["also_seen"])


def test_a_name_that_does_not_exist_is_not_healthy(diagnose: Any, tmp_path: Path) -> None:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    told = diagnose(d.write(tmp_path / "x"), namespace=NS, kind="deployment", name="nothing-such")
    assert told.verdict["state"] == "unknown"


def test_a_restart_minutes_ago_is_not_recovered_yet(diagnose: Any, tmp_path: Path) -> None:
    d = two_nodes()
    d.deployment(APP, NS, 1)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, restarts=6, running=2, last=OOM)
    assert diagnose(d.write(tmp_path / "x"), namespace=NS).verdict["state"] == "active"


def test_the_report_names_every_check(diagnose: Any, tmp_path: Path) -> None:
    from interlock.tools.diagnose.check import all_checks

    told = diagnose(SCENARIOS["taints"][0]().write(tmp_path / "x"))
    assert all(f"checked {check.id}: " in told.report.text for check in all_checks())


@pytest.mark.parametrize("pods", [10_000])
def test_one_workload_of_ten_thousand_pods_is_diagnosed_in_seconds(
    pods: int, diagnose: Any, tmp_path: Path
) -> None:
    d = two_nodes()
    for n in range(pods // 20):
        name = f"app-{n:04d}"
        d.deployment(name, NS, 20)
        d.well(name, NS, "6d5f7c9b8", *(f"a{i:04d}" for i in range(20)))
    d.deployment(APP, NS, 1, 0)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, restarts=5, state=waiting("CrashLoopBackOff"), last=OOM)
    d.alert("KubePodCrashLooping", NS, APP, "cart is crash looping")
    folder = d.write(tmp_path / "big")
    started = time.process_time()
    told = diagnose(folder)
    assert told.verdict["category"] == "resource_exhaustion"
    assert time.process_time() - started < 20, "the replay server's own time is in it"
