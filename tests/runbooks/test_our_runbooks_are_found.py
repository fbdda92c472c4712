"""Search over our own runbooks: by alert, and by the words of somebody at 3 am."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

import pytest

from interlock.evals.bench import unrelated
from interlock.index.search import Index
from interlock.index.sources import load_folder

Pages = Any

ASKED = {
    "why does my pod restart again and again": "pod-crash-looping",
    "payments-api-7d9f4 is in CrashLoopBackOff since 02:10": "pod-crash-looping",
    "container killed out of memory exit code 137": "pod-oom-killed",
    "ErrImagePull manifest unknown": "image-pull-backoff",
    "0/6 nodes are available: 6 Insufficient memory": "pod-pending-insufficient-resources",
    "node(s) had untolerated taint": "pod-pending-placement-rules",
    "pod stuck in ContainerCreating Multi-Attach error for volume": "pod-pending-volume",
    "readiness probe failed with statuscode 503": "failing-readiness-probe",
    "Liveness probe failed, container will be restarted": "failing-liveness-probe",
    'configmap "app-settings" not found': "missing-configmap-or-secret",
    "the service has no endpoints": "service-without-endpoints",
    "deployment exceeded its progress deadline": "rollout-stuck",
    "exceeded quota: compute, requested: limits.cpu=2": "resource-quota-exceeded",
    "Kubelet stopped posting node status": "node-not-ready",
    "The node was low on resource: ephemeral-storage": "node-pressure-and-eviction",
    "lookup db on 10.96.0.10:53: no such host": "dns-resolution-failure",
    "dial tcp 10.0.3.7:5432: connect: connection refused": "connection-refused",
    "job has reached the specified backoff limit": "job-failed",
    "nightly cron did not start": "cronjob-missed",
    "autoscaler cannot get cpu metrics": "hpa-at-max-or-not-scaling",
    "no space left on the database volume": "pvc-filling-up",
    "many 5xx answers since the release": "high-error-rate",
    "p99 latency is too high": "high-latency",
    "x509: certificate has expired": "certificate-expiry",
    "cpu throttling of a sidecar": "cpu-throttling",
    "statefulset update hangs at the second member": "statefulset-stuck",
    "inference pod waits for nvidia.com/gpu": "model-serving-gpu-pending",
    "the queue of the agents grows and grows": "agent-worker-queue-backlog",
    "redis does not answer": "cache-or-feature-store-down",
    "namespace is stuck in Terminating because of a finalizer": "pod-stuck-terminating",
}


@pytest.fixture(scope="module")
def index(repo_root: Path) -> Index:
    return Index.build([load_folder(repo_root / "runbooks", clean=str)])


def stems(index: Index, query: str, k: int) -> list[str]:
    return [PurePath(hit.path).stem for hit in index.search(query, k=k, kind="runbook")]


def test_an_alert_finds_a_runbook_that_names_it(index: Index, pages: Pages) -> None:
    for page in pages:
        for alert in page.outline.meta.alerts:
            (hit, *_) = index.search(alert)
            assert alert in hit.meta.alerts, f"{alert} found {hit.path}"


@pytest.mark.parametrize("question", ASKED)
def test_a_question_finds_its_runbook(index: Index, question: str) -> None:
    assert ASKED[question] in stems(index, question, 3)


def test_nearly_all_questions_find_it_first_and_none_is_called_weak(index: Index) -> None:
    first = sum(stems(index, question, 1) == [page] for question, page in ASKED.items())
    assert first / len(ASKED) >= 0.9
    assert [q for q in ASKED if index.search(q, k=1)[0].weak] == []


def test_unrelated_questions_are_called_weak(index: Index) -> None:
    hits = [index.search(question, k=1) for question in unrelated.SETTING + unrelated.MEASURING]
    assert sum(bool(hit) and not hit[0].weak for hit in hits) / len(hits) <= 0.06
