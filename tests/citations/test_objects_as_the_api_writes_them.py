"""Claims about objects in the form the API gives them: zero counts left out, conditions that repeat their type."""

from __future__ import annotations

import pytest

from interlock.agent.citations import Source, check_claim

STATEFUL = """StatefulSet shop/db
apiVersion: apps/v1
metadata.creationTimestamp: 2026-03-01T10:00:00Z
spec.replicas: 1
spec.serviceName: db
status.currentReplicas: 1
status.observedGeneration: 1
status.replicas: 1"""
POD = """Pod shop/api-1
status.conditions[Ready].lastTransitionTime: 2026-03-01T10:05:00Z
status.conditions[Ready].reason: ContainersNotReady
status.conditions[Ready].status: False
status.conditions[Ready].type: Ready
status.conditions[Initialized].lastTransitionTime: 2026-03-01T10:00:00Z
status.conditions[Initialized].status: True
status.conditions[Initialized].type: Initialized
status.phase: Running"""


def holds(text: str, source: str) -> bool:
    subject = source.partition("\n")[0]
    return check_claim(text, [Source(id="E1", text=source, kind="object", subject=subject)]).verified


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment", "ReplicaSet"])
@pytest.mark.parametrize("said", ["\nstatus.readyReplicas: 0", ""])
def test_no_replica_ready_holds_whether_or_not_the_api_writes_the_zero(kind: str, said: str) -> None:
    source = STATEFUL.replace("StatefulSet", kind) + said
    assert holds(f"{kind} shop/db has 0 of 1 replicas ready", source)
    assert holds(f"{kind} shop/db has 0/1 replicas ready", source)
    assert not holds(f"{kind} shop/db has 1 of 1 replicas ready", source)
    assert not holds(f"{kind} shop/db has 0 of 2 replicas ready", source)
    assert not holds(f"{kind} shop/db has 0 of 1 replicas unready", source)


def test_a_count_that_is_written_is_not_taken_for_zero() -> None:
    source = f"{STATEFUL}\nstatus.readyReplicas: 1"
    assert holds("StatefulSet shop/db has 1 of 1 replicas ready", source)
    assert not holds("StatefulSet shop/db has 0 of 1 replicas ready", source)


def test_nothing_is_added_to_an_object_that_was_cut() -> None:
    cut = f"{STATEFUL}\n... 12 lines left out ..."
    assert not holds("StatefulSet shop/db has 0 of 1 replicas ready", cut)


def test_nothing_is_added_to_an_object_without_status() -> None:
    bare = "StatefulSet shop/db\nspec.replicas: 1"
    assert not holds("StatefulSet shop/db has 0 of 1 replicas ready", bare)


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("Pod shop/api-1 is not Ready", True),
        ("Condition Ready of Pod shop/api-1 is False", True),
        ("Pod shop/api-1 has condition Ready False since 2026-03-01T10:05:00Z", True),
        ("Pod shop/api-1 is Ready", False),
        ("Condition Ready of Pod shop/api-1 is True", False),
        ("Pod shop/api-1 is Initialized", True),
        ("Condition Initialized of Pod shop/api-1 is False", False),
    ],
)
def test_the_type_line_of_a_condition_states_nothing(text: str, true: bool) -> None:
    assert holds(text, POD) is true
    without = "\n".join(line for line in POD.split("\n") if ".type: " not in line)
    assert holds(text, without) is true
