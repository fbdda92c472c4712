"""Claims as a language model writes them: paraphrased, hedged, combined, half true."""

from __future__ import annotations

import pytest

from interlock.agent.citations import Source, check_claim

ACCEPTED = [
    ("E1", "The cart container in cart-5d8f-q2 keeps restarting (8 restarts so far) and is in a crash loop."),
    ("E1", "It looks as if `cart-5d8f-q2` was last terminated for running out of memory: exit code 137."),
    (
        "E1",
        "The pod shop/cart-5d8f-q2 might be crash-looping because its cart container has a 512Mi memory limit.",
    ),
    ("E1", "As of now, mesh (image registry.example/mesh:1.0.7) is ready, but cart is not ready."),
    ("E2", "Of the listed pods, cart-5d8f-w7 has no restarts while tax-77c-aa has restarted 3 times."),
    ("E4", "batch-0 probably fails scheduling because 3 nodes have insufficient CPU."),
    ("E4", "The secret ingest-tls was not found, so FailedMount was reported 2 times for ingest-9."),
    (
        "E6,E1",
        "The memory limit of shop/cart was reduced from 512Mi to 128Mi [E6]; pod shop/cart-5d8f-q2 was OOMKilled [E1].",
    ),
    ("E5", "Quota was ruled out: shop-quota is at 40% of limits.cpu."),
    ("E9", "Deployment shop/cart has 2 of 5 replicas ready and is not available."),
    ("E10", "The node worker-3.zone-a.example has memory pressure, but no disk pressure."),
    ("E1", "cart-5d8f-q2 is scheduled on worker-3.zone-a.example"),
    ("E1", "The cart container's last exit code was 137 (OOMKilled)"),
    ("E1", "cart requests 250m CPU and is limited to 512Mi of memory"),
    ("E2", "cart-5d8f-q2 in namespace shop has 8 restarts and is 0/1 ready"),
    ("E3", "mail-svc delivered 42 messages"),
    ("E3", "At 08:17 order-svc had no certificate for ledger.example"),
    ("E4", 'FailedMount x2 for Pod/ingest-9: secret "ingest-tls" not found'),
    ("E5", "Image pull failure was ruled out"),
    ("E5", "11 of 12 pods are ready"),
    ("E6", "replicas went from 2 to 5"),
    ("E6", "The image was changed from registry.example/cart:2.4.0 to registry.example/cart:2.4.1"),
    ("E8", "deploy/cart.yaml sets replicas to 5 and limits memory to 128Mi"),
    ("E9", "Deployment shop/cart has 2 ready replicas"),
    ("E9", "Deployment shop/cart is progressing but not available"),
    ("E10", "Node worker-3.zone-a.example is unschedulable and under memory pressure"),
    ("E7", "The runbook recommends raising the memory limit of the cart container to 1Gi"),
    (
        "E1,E9",
        "Pod shop/cart-5d8f-q2 was OOMKilled with exit code 137, and Deployment shop/cart has 2 of 5 replicas ready",
    ),
    ("E5", "none of the 6 nodes is under pressure"),
    ("E11", "multi_az is set to false in iac/ledger-db.tf"),
    ("E12", "the livenessProbe of cart was removed"),
    ("E12", "the label tier was added"),
]
REJECTED = [
    ("E11", "multi_az is true in iac/ledger-db.tf"),
    ("E11", "multi_az is enabled in iac/ledger-db.tf"),
    ("E12", "the livenessProbe of cart was added"),
    ("E12", "the readinessProbe of cart was removed"),
    ("E12", "the label tier was removed"),
    (
        "E3",
        "order-svc could not reach its database: connection to ledger-db:5432 refused after 3 attempts.",
    ),
    ("E1", "The cart container keeps restarting, most likely because of a memory leak in version 2.4.1."),
    ("E1", "cart-5d8f-q2 is fine: it is running and ready."),
    ("E1", "Nothing suggests that cart-5d8f-q2 was OOMKilled."),
    ("E1", "cart-5d8f-q2 restarted 8 times, all of them within the last 10 minutes."),
    ("E1", "It is unlikely that cart-5d8f-q2 was OOMKilled."),
    ("E2", "cart-5d8f-w7 restarted 8 times while cart-5d8f-q2 has no restarts."),
    ("E2", "Only tax-77c-aa has restarts."),
    ("E3", "Both ledger-db:5432 and redis-main:6379 refused the connection of order-svc."),
    ("E3", "mail-svc might have failed to deliver 42 messages."),
    ("E4", "After FailedMount at 08:13:30 the Deployment cart was scaled up at 08:02:11."),
    ("E4", "batch-0 might be pending because of memory pressure on 3 nodes."),
    ("E5", "There was no image pull failure and no DNS failure."),
    ("E5", "Quota could be the cause: shop-quota is exhausted."),
    ("E6", "The image was rolled back to registry.example/cart:2.4.0."),
    ("E7", "Pods of the cart service are OOMKilled and their memory limit was raised to 1Gi."),
    ("E8,E9", "deploy/cart.yaml sets 5 replicas and all of them are available."),
    ("E1", "This is the root cause."),
    ("E1", "See the evidence."),
    ("", "Pod shop/cart-5d8f-q2 has restarted 8 times."),
    ("E10", "The node worker-3.zone-a.example has disk pressure, but no memory pressure."),
    ("E1", "cart-5d8f-q2 is unscheduled"),
    ("E1", "mesh was OOMKilled"),
    ("E1", "mesh exited with code 137"),
    ("E1", "The mesh container is crash looping"),
    ("E1", "cart requests 512Mi of memory"),
    ("E1", "Pod shop/cart-5d8f-q2 has 2 containers, both ready"),
    ("E1", "cart-5d8f-q2 was evicted from worker-3.zone-a.example"),
    ("E1", "cart is running image registry.example/mesh:1.0.7"),
    ("E1", "worker-3.zone-a.example is not ready"),
    ("E1", "the pod is currently terminated with 137"),
    ("E2", "cart-5d8f-q2 has been up for 41m"),
    ("E2", "billing has 1 pod, which is crash looping"),
    ("E2", "tax-77c-aa restarted 3 times in the last 2m"),
    ("E2", "no pod is crash looping"),
    ("E2", "cart-5d8f-w7 is 40m old"),
    ("E3", "mail-svc could resolve smtp.corp.example"),
    ("E3", "ledger-db:5432 was refused by redis-main:6379"),
    ("E3", "order-svc had 42 errors"),
    ("E3", "redis-main:6379 refused 3 attempts"),
    ("E3", "order-svc has a certificate"),
    ("E4", "BackOff happened 14 times on ingest-9"),
    ("E4", "4 nodes are available"),
    ("E4", "the scale-up at 08:02:11 came after the BackOff at 08:12:40"),
    ("E4", "batch-0 failed because 1 node had insufficient cpu"),
    ("E5", "6 of 6 nodes are under pressure"),
    ("E5", "quota is exceeded at 40%"),
    ("E5", "image pull failed"),
    ("E5", "the memory limit was raised"),
    ("E6", "replicas decreased"),
    ("E6", "the image was downgraded from registry.example/cart:2.4.1 to registry.example/cart:2.4.0"),
    ("E6", "replicas were 5 and are now 2"),
    ("E6", "the limit changed from 512Mi to 2.4.1"),
    ("E7", "the memory limit of the cart container is 1Gi"),
    ("E7", "cart-data was deleted"),
    ("E7", "The cart service was moved to worker pool red in March"),
    ("E8", "cpu limit is 128Mi"),
    ("E9", "shop/cart has 5 ready replicas"),
    ("E9", "Deployment shop/cart is not progressing"),
    ("E9", "Deployment shop/cart has 2 replicas"),
    ("E10", "worker-3.zone-a.example has no pressure at all"),
    ("E10", "pods can be scheduled on worker-3.zone-a.example"),
    ("E10", "worker-3.zone-a.example has 16 CPU"),
]


def _cited(ids: str, evidence: dict[str, Source]) -> list[Source]:
    return [evidence[i] for i in ids.split(",") if i]


@pytest.mark.parametrize(("cited", "claim"), ACCEPTED)
def test_a_free_paraphrase_of_the_evidence_is_verified(
    cited: str, claim: str, evidence: dict[str, Source]
) -> None:
    verdict = check_claim(claim, _cited(cited, evidence))
    assert verdict.verified, verdict.reasons


@pytest.mark.parametrize(("cited", "claim"), REJECTED)
def test_a_free_claim_beyond_the_evidence_is_rejected(
    cited: str, claim: str, evidence: dict[str, Source]
) -> None:
    verdict = check_claim(claim, _cited(cited, evidence))
    assert not verdict.verified
    assert verdict.reasons
