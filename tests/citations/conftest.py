"""Invented evidence of every kind, in the forms the tools write."""

from __future__ import annotations

import pytest

from interlock.agent.citations import Source

POD = Source(
    "E1",
    """Pod shop/cart-5d8f-q2
status.phase: Running
status.conditions[PodScheduled]: True
status.conditions[Ready]: False (ContainersNotReady)
status.containerStatuses[cart].restartCount: 8
status.containerStatuses[cart].ready: false
status.containerStatuses[cart].state.waiting.reason: CrashLoopBackOff
status.containerStatuses[cart].lastState.terminated: exitCode=137 reason=OOMKilled
status.containerStatuses[mesh].restartCount: 1
status.containerStatuses[mesh].ready: true
spec.nodeName: worker-3.zone-a.example
spec.containers[cart].image: registry.example/cart:2.4.1
spec.containers[cart].resources.limits.memory: 512Mi
spec.containers[cart].resources.requests.cpu: 250m
spec.containers[mesh].image: registry.example/mesh:1.0.7
spec.containers[mesh].resources.limits.memory: 64Mi""",
    "object",
    "Pod shop/cart-5d8f-q2",
)
TABLE = Source(
    "E2",
    """NAMESPACE   NAME           READY   STATUS             RESTARTS      AGE
shop        cart-5d8f-q2   0/1     CrashLoopBackOff   8 (2m ago)    40m
shop        cart-5d8f-w7   1/1     Running            0             41m
billing     tax-77c-aa     1/1     Running            3             6d""",
    "table",
    "Pods",
)
LOG = Source(
    "E3",
    """app/store.log:11  2026-05-02T08:14:05Z order-svc: connection to ledger-db:5432 refused after 3 attempts
app/store.log:12  2026-05-02T08:14:09Z order-svc: timeout reading from redis-main:6379 after 2500ms
app/store.log:13  2026-05-02T08:15:00Z mail-svc: failed to resolve smtp.corp.example
app/store.log:14  2026-05-02T08:16:31Z mail-svc: delivered 42 messages, 0 errors
app/store.log:15  2026-05-02T08:17:00Z order-svc: no certificate for ledger.example, handshake denied""",
    "log",
)
EVENTS = Source(
    "E4",
    """2026-05-02T08:02:11Z Normal ScalingReplicaSet Deployment/cart x1: Scaled up replica set cart-5d8f to 3
2026-05-02T08:12:40Z Warning BackOff Pod/cart-5d8f-q2 x14: Back-off restarting failed container cart in pod cart-5d8f-q2_shop
2026-05-02T08:13:00Z Warning FailedScheduling Pod/batch-0 x5: 0/4 nodes are available: 3 Insufficient cpu, 1 node had untolerated taint
2026-05-02T08:13:30Z Warning FailedMount Pod/ingest-9 x2: secret "ingest-tls" not found""",
    "event",
)
REPORT = Source(
    "E5",
    """checked deployments: 4 of 5 available
checked nodes: 6 of 6 ready, none under pressure
checked pods: 11 of 12 ready
ruled out image pull failure: every image of shop/cart was pulled
ruled out quota: shop-quota is at 40% of limits.cpu
finding critical Deployment shop/cart: memory limit lowered, then OOMKilled""",
    "report",
)
DIFF = Source(
    "E6",
    """spec.template.spec.containers[cart].resources.limits.memory: 512Mi -> 128Mi
spec.template.spec.containers[cart].image: registry.example/cart:2.4.0 -> registry.example/cart:2.4.1
spec.replicas: 2 -> 5
spec.template.spec.containers[cart].env.DB_HOST: ledger-old -> ledger-new""",
    "report",
    "Deployment shop/cart",
)
BOOK = Source(
    "E7",
    """# Cart out of memory

If a pod is OOMKilled, raise the memory limit of the cart container to 1Gi.
Never delete the volume claim cart-data.

## Known facts

The nightly export takes 20 minutes and starts at 02:30.
The cart service was moved to worker pool blue in March.""",
    "document",
    "runbooks/cart.md",
)
IAC = Source(
    "E8",
    """14: resources:
15:   limits:
16:     memory: 128Mi
17:     cpu: 500m
18:   requests:
19:     memory: 96Mi
20: replicas: 5""",
    "document",
    "deploy/cart.yaml",
)
DEPLOY = Source(
    "E9",
    """Deployment shop/cart
spec.replicas: 5
status.readyReplicas: 2
status.availableReplicas: 2
status.conditions[Available]: False (MinimumReplicasUnavailable)
status.conditions[Progressing]: True
metadata.creationTimestamp: 2026-04-01T06:00:00Z
spec.progressDeadlineSeconds: 300""",
    "object",
    "Deployment shop/cart",
)
NODE = Source(
    "E10",
    """Node worker-3.zone-a.example
status.conditions[Ready]: True
status.conditions[MemoryPressure]: True (KubeletHasInsufficientMemory)
status.conditions[DiskPressure]: False
status.allocatable.cpu: 4
status.allocatable.memory: 16Gi
spec.unschedulable: true""",
    "object",
    "Node worker-3.zone-a.example",
)
TERRAFORM = Source(
    "E11",
    """12: resource "aws_db_instance" "ledger" {
13:   allocated_storage = 100
14:   instance_class    = "db.t3.medium"
15:   multi_az          = false
16: }""",
    "document",
    "iac/ledger-db.tf",
)
REMOVED = Source(
    "E12",
    """spec.template.spec.containers[cart].livenessProbe: {} -> (none)
spec.template.metadata.labels.tier: (none) -> gold""",
    "report",
    "Deployment shop/cart",
)
ALL = {s.id: s for s in (POD, TABLE, LOG, EVENTS, REPORT, DIFF, BOOK, IAC, DEPLOY, NODE, TERRAFORM, REMOVED)}


@pytest.fixture(scope="session")
def evidence() -> dict[str, Source]:
    """The invented evidence by its id."""
    return ALL
