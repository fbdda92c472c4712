"""Faithful claims are verified; the same claims with one fact turned are not."""

from __future__ import annotations

import pytest

from interlock.agent.citations import Source, check_claim

# (cited, faithful claim, the same with one fact turned; "@E4 ..." cites other evidence instead)
TABLE: list[tuple[str, str, list[str]]] = [
    (
        "E1",
        "Pod shop/cart-5d8f-q2 has restarted 8 times; its last container exit was OOMKilled with exit code 137",
        [
            "Pod shop/cart-5d8f-q2 has restarted 9 times; its last container exit was OOMKilled with exit code 137",
            "Pod shop/cart-5d8f-q2 has restarted 137 times; its last container exit was OOMKilled with exit code 8",
            "Pod shop/cart-5d8f-q2 has restarted 8 times; its last container exit was not OOMKilled",
            "Pod shop/cart-5d8f-q2 has restarted 8 times; its last container exit was Completed with exit code 137",
            "Pod shop/cart-5d8f-q2 has restarted 8 times; its last container exit was OOMKilled with exit code 0",
            "Pod billing/cart-5d8f-q2 has restarted 8 times; its last container exit was OOMKilled with exit code 137",
            "Pod shop/cart-5d8f-w7 has restarted 8 times; its last container exit was OOMKilled with exit code 137",
            "Deployment shop/cart-5d8f-q2 has restarted 8 times",
            "Pod shop/cart-5d8f-q2 has restarted 8 minutes; its last container exit was OOMKilled with exit code 137",
            "Pod shop/cart-5d8f-q2 has never restarted; its last container exit was OOMKilled",
            "@E5 Pod shop/cart-5d8f-q2 has restarted 8 times",
        ],
    ),
    (
        "E1",
        "Pod shop/cart-5d8f-q2 is not ready",
        [
            "Pod shop/cart-5d8f-q2 is ready",
            "Pod shop/cart-5d8f-q2 is healthy",
            "Pod shop/cart-5d8f-q2 is unavailable",
        ],
    ),
    (
        "E1",
        "container cart is in CrashLoopBackOff and its memory limit is 512Mi",
        [
            "container mesh is in CrashLoopBackOff and its memory limit is 64Mi",
            "container cart is in CrashLoopBackOff and its memory limit is 64Mi",
            "container cart is in CrashLoopBackOff and its memory limit is 512m",
            "container cart is in CrashLoopBackOff and its memory request is 512Mi",
            "container cart is in ImagePullBackOff and its memory limit is 512Mi",
            "container cart is in CrashLoopBackOff and has no memory limit",
        ],
    ),
    (
        "E1",
        "container mesh has restarted once: restart count 1",
        ["container mesh has restarted: restart count 8"],
    ),
    ("E1", "container mesh is ready", ["container cart is ready", "container mesh is not ready"]),
    (
        "E1",
        "container cart requests 0.25 CPU",
        ["container cart requests 0.5 CPU", "container cart requests 250 CPU"],
    ),
    (
        "E1",
        "Pod shop/cart-5d8f-q2 runs image `registry.example/cart:2.4.1` on node worker-3.zone-a.example",
        [
            "Pod shop/cart-5d8f-q2 runs image `registry.example/cart:2.4.0` on node worker-3.zone-a.example",
            "Pod shop/cart-5d8f-q2 runs image `registry.example/cart:2.4.1` on node worker-4.zone-a.example",
            "Pod shop/cart-5d8f-q2 runs image `registry.example/cart:2.4` on node worker-3.zone-a.example",
        ],
    ),
    (
        "E2",
        "Pod billing/tax-77c-aa is Running with 3 restarts",
        [
            "Pod billing/tax-77c-aa is Running with 8 restarts",
            "Pod shop/cart-5d8f-w7 is Running with 3 restarts",
            "Pod shop/tax-77c-aa is Running with 3 restarts",
            "Pod billing/tax-77c-aa is not Running and has 3 restarts",
            "Pod billing/tax-77c-aa is Pending with 3 restarts",
            "Pod billing/tax-77c-aa is Running with no restarts",
        ],
    ),
    (
        "E2",
        "cart-5d8f-w7 is Running with 0 restarts",
        ["cart-5d8f-q2 is in CrashLoopBackOff with 0 restarts"],
    ),
    (
        "E2",
        "cart-5d8f-w7 has no restarts",
        ["cart-5d8f-q2 has no restarts", "cart-5d8f-w7 has 3 restarts", "cart-5d8f-w7 has restarts"],
    ),
    (
        "E2",
        "2 of 3 pods are ready",
        [
            "all 3 pods are ready",
            "all pods are ready",
            "3 of 3 pods are ready",
            "none of the pods is ready",
            "1 of 3 pods are ready",
        ],
    ),
    (
        "E3",
        "at 08:14:05 order-svc could be seen with its connection to ledger-db:5432 refused after 3 attempts",
        [
            "at 08:14:09 order-svc had its connection to ledger-db:5432 refused after 3 attempts",
            "at 08:14:05 mail-svc had its connection to ledger-db:5432 refused after 3 attempts",
            "at 08:14:05 order-svc had its connection to redis-main:6379 refused after 3 attempts",
            "at 08:14:05 order-svc had its connection to ledger-db:5433 refused after 3 attempts",
            "at 08:14:05 order-svc had its connection to ledger-db:5432 not refused after 3 attempts",
            "at 08:14:05 order-svc had its connection to ledger-db:5432 refused after 4 attempts",
            "at 08:14:05 order-svc had its connection to ledger-db:5432 accepted after 3 attempts",
            "at 08:14:05 order-svc had its connection to ledger-db:5432 refused before 3 attempts",
        ],
    ),
    (
        "E3",
        "order-svc hit a timeout reading from redis-main:6379 after 2.5s",
        [
            "order-svc hit a timeout reading from redis-main:6379 after 2500s",
            "redis-main:6379 hit a timeout reading from order-svc after 2.5s",
            "order-svc hit no timeout reading from redis-main:6379",
        ],
    ),
    (
        "E3",
        "mail-svc failed to resolve smtp.corp.example",
        ["mail-svc resolved smtp.corp.example", "mail-svc failed to resolve ledger.example"],
    ),
    (
        "E3",
        "mail-svc delivered 42 messages with no errors",
        ["mail-svc delivered 0 messages with 42 errors", "mail-svc delivered 42 messages with errors"],
    ),
    (
        "E3",
        "there is no certificate for ledger.example, the handshake was denied",
        [
            "there is a certificate for ledger.example, the handshake was denied",
            "the handshake was allowed for ledger.example",
        ],
    ),
    (
        "E4",
        "Deployment cart was scaled up to 3 at 08:02:11",
        [
            "Deployment cart was scaled down to 3 at 08:02:11",
            "Deployment cart was scaled up to 5 at 08:02:11",
            "Deployment cart was scaled up to 3 at 08:12:40",
        ],
    ),
    (
        "E4",
        "BackOff was reported 14 times for Pod/cart-5d8f-q2",
        [
            "BackOff was reported 5 times for Pod/cart-5d8f-q2",
            "BackOff was reported 14 times for Pod/batch-0",
            "FailedMount was reported 14 times for Pod/cart-5d8f-q2",
        ],
    ),
    (
        "E4",
        "Pod batch-0 is unschedulable: 0 of 4 nodes are available, 3 with insufficient CPU",
        [
            "Pod batch-0 is unschedulable: 4 of 4 nodes are available, 3 with insufficient CPU",
            "Pod batch-0 is unschedulable: 0 of 4 nodes are available, 1 with insufficient CPU",
            "Pod batch-0 is unschedulable: 0 of 4 nodes are available, 3 with insufficient memory",
            "Pod batch-0 is schedulable: 0 of 4 nodes are available, 3 with insufficient CPU",
            "Pod ingest-9 is unschedulable: 0 of 4 nodes are available, 3 with insufficient CPU",
        ],
    ),
    (
        "E4",
        'secret "ingest-tls" is missing for Pod ingest-9',
        [
            'secret "ingest-tls" exists for Pod ingest-9',
            'secret "ingest-tls" is missing for Pod batch-0',
            'configmap "ingest-tls" is missing for Pod ingest-9',
            'secret "ingest-key" is missing for Pod ingest-9',
        ],
    ),
    (
        "E4",
        "Deployment cart was scaled up at 08:02:11, before the BackOff of cart-5d8f-q2 at 08:12:40",
        [
            "Deployment cart was scaled up at 08:02:11, after the BackOff of cart-5d8f-q2 at 08:12:40",
            "Deployment cart was scaled up at 08:12:40, before the BackOff of cart-5d8f-q2 at 08:02:11",
        ],
    ),
    (
        "E5",
        "4 of 5 deployments are available",
        [
            "4 of 5 pods are available",
            "5 of 5 deployments are available",
            "all deployments are available",
            "4 of 5 deployments are unavailable",
            "4 of 5 deployments are not available",
            "deployments are available",
        ],
    ),
    (
        "E5",
        "all 6 nodes are ready",
        ["all 5 nodes are ready", "all 12 pods are ready", "no nodes are ready", "not all 6 nodes are ready"],
    ),
    ("E5", "no node is under pressure", ["a node is under pressure", "no deployment is under pressure"]),
    (
        "E5",
        "there is no image pull failure",
        ["there is an image pull failure", "there is no quota failure", "@E4 there is no image pull failure"],
    ),
    (
        "E5",
        "shop-quota is at 40% of limits.cpu",
        [
            "shop-quota is at 60% of limits.cpu",
            "shop-quota is at 40 of limits.cpu",
            "shop-quota is at 40% of limits.memory",
            "shop-quota is full",
        ],
    ),
    (
        "E6",
        "the memory limit of shop/cart was lowered from 512Mi to 128Mi",
        [
            "the memory limit of shop/cart was raised from 512Mi to 128Mi",
            "the memory limit of shop/cart was lowered from 128Mi to 512Mi",
            "the memory limit of shop/cart was raised from 128Mi to 512Mi",
            "the memory request of shop/cart was lowered from 512Mi to 128Mi",
            "the memory limit of shop/cart was lowered from 512Mi to 256Mi",
            "the memory limit of shop/cart was lowered from 512Mi to 128M",
            "the memory limit of shop/cart was not lowered from 512Mi to 128Mi",
            "the memory limit of shop/cart is 512Mi",
            "the memory limit of shop/tax was lowered from 512Mi to 128Mi",
            "@E9 the memory limit of shop/cart was lowered from 512Mi to 128Mi",
        ],
    ),
    (
        "E6",
        "spec.replicas of Deployment shop/cart increased from 2 to 5",
        [
            "spec.replicas of Deployment shop/cart decreased from 2 to 5",
            "spec.replicas of Deployment shop/cart increased from 5 to 2",
        ],
    ),
    (
        "E6",
        "DB_HOST changed from ledger-old to ledger-new",
        ["DB_HOST changed from ledger-new to ledger-old", "DB_HOST is unchanged"],
    ),
    (
        "E7",
        "if a pod is OOMKilled, the runbook says to raise the memory limit of the cart container to 1Gi",
        [
            "the pod is OOMKilled",
            "if a pod is OOMKilled, the runbook says to lower the memory limit of the cart container to 1Gi",
            "the runbook says to raise the memory limit of the cart container to 2Gi",
        ],
    ),
    ("E7", "the runbook says never to delete cart-data", ["the runbook says to delete cart-data"]),
    (
        "E7",
        "the nightly export starts at 02:30 and takes 20 minutes",
        [
            "the nightly export starts at 03:30 and takes 20 minutes",
            "the nightly export starts at 02:30 and takes 20 seconds",
            "the hourly export starts at 02:30",
        ],
    ),
    (
        "E8",
        "the memory limit in deploy/cart.yaml is 128Mi",
        [
            "the memory limit in deploy/cart.yaml is 96Mi",
            "the memory request in deploy/cart.yaml is 128Mi",
            "the memory limit in deploy/tax.yaml is 128Mi",
        ],
    ),
    (
        "E8",
        "deploy/cart.yaml limits CPU to 0.5 cores",
        ["deploy/cart.yaml limits CPU to 5 cores", "deploy/cart.yaml limits CPU to 500 minutes"],
    ),
    (
        "E9",
        "2 of 5 replicas of Deployment shop/cart are ready",
        [
            "5 of 5 replicas of Deployment shop/cart are ready",
            "Deployment shop/cart is ready",
            "all replicas of Deployment shop/cart are ready",
            "2 of 3 replicas of Deployment shop/cart are ready",
        ],
    ),
    (
        "E9",
        "Deployment shop/cart is unavailable",
        [
            "Deployment shop/cart is available",
            "Deployment shop/cart is not unavailable",
            "Deployment billing/cart is unavailable",
        ],
    ),
    (
        "E9",
        "the progress deadline of shop/cart is 5 minutes",
        [
            "the progress deadline of shop/cart is 300 minutes",
            "the progress deadline of shop/cart is 5 seconds",
        ],
    ),
    (
        "E10",
        "Node worker-3.zone-a.example is under memory pressure",
        [
            "Node worker-3.zone-a.example is under disk pressure",
            "Node worker-3.zone-a.example is not under memory pressure",
            "Node worker-3.zone-b.example is under memory pressure",
        ],
    ),
    (
        "E10",
        "Node worker-3.zone-a.example is ready but unschedulable",
        [
            "Node worker-3.zone-a.example is not ready but unschedulable",
            "Node worker-3.zone-a.example is ready and schedulable",
        ],
    ),
    (
        "E10",
        "Node worker-3.zone-a.example has 16Gi of allocatable memory",
        [
            "Node worker-3.zone-a.example has 4Gi of allocatable memory",
            "Node worker-3.zone-a.example has 16Gi of allocatable cpu",
        ],
    ),
    (
        "E1,E6",
        "Pod shop/cart-5d8f-q2 was OOMKilled because the memory limit of shop/cart was lowered from 512Mi to 128Mi",
        [
            "Pod shop/cart-5d8f-q2 was OOMKilled because the memory limit of shop/cart was raised from 512Mi to 128Mi",
            "@E6 Pod shop/cart-5d8f-q2 was OOMKilled because the memory limit of shop/cart was lowered from 512Mi to 128Mi",
            "Pod shop/cart-5d8f-q2 was evicted because the memory limit of shop/cart was lowered from 512Mi to 128Mi",
        ],
    ),
]
FAITHFUL = [(cited, claim) for cited, claim, _ in TABLE]
CORRUPTED = [
    (c.partition(" ")[0][1:] if c.startswith("@") else cited, c.partition(" ")[2] if c.startswith("@") else c)
    for cited, _, turned in TABLE
    for c in turned
]


def _cited(ids: str, evidence: dict[str, Source]) -> list[Source]:
    return [evidence[i] for i in ids.split(",")]


def test_there_are_enough_corruptions_to_mean_something() -> None:
    assert len(CORRUPTED) >= 60


@pytest.mark.parametrize(("cited", "claim"), FAITHFUL)
def test_a_faithful_claim_is_verified(cited: str, claim: str, evidence: dict[str, Source]) -> None:
    verdict = check_claim(claim, _cited(cited, evidence))
    assert verdict.verified, verdict.reasons


@pytest.mark.parametrize(("cited", "claim"), CORRUPTED)
def test_a_corrupted_claim_is_rejected_with_a_reason(
    cited: str, claim: str, evidence: dict[str, Source]
) -> None:
    verdict = check_claim(claim, _cited(cited, evidence))
    assert not verdict.verified
    assert all(verdict.reasons)
