"""What a diagnosis says of readiness, pull secrets, evictions and the scheduler, in the words that are true now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from dump import Dump, ago, waiting
from scenarios import APP, NS, H, two_nodes

POD = f"{APP}-{H}-aaaaa"
ENDED = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": ago(36)}}
LOW = (
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 51200Ki. "
    "Container cart was using 900Mi, request is 100Mi, has larger consumption of memory."
)
UNAUTHORIZED = 'Failed to pull image "registry.test/cart:1.0": failed to authorize: 401 Unauthorized'
NO_SECRET = (
    "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed."
)


def findings(told: Any, check: str) -> list[Any]:
    return [found for found in told.data["findings"] if found["check"] == check]


def ready_again(at: str) -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb")
    d.deployment(APP, NS, 2)
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": at}]
    d.pod(POD, NS, APP, H, restarts=3, running=35, last=ENDED, conditions=conditions)
    return d


@pytest.mark.parametrize(("ready", "since"), [(33, 33), (90, 35)])
def test_a_container_is_ready_since_its_pod_is_and_never_before_it_started(
    diagnose: Any, tmp_path: Path, ready: float, since: float
) -> None:
    told = diagnose(ready_again(ago(ready)).write(tmp_path / "x"), namespace=NS)
    (found,) = findings(told, "crash_loop")
    assert found["statements"][0].endswith(f"is Running and Ready since {ago(since)}")
    assert found["until"] == ago(since)
    assert not told.unverified()


def pulling(*events: tuple[str, str]) -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    state = waiting("ImagePullBackOff", 'Back-off pulling image "registry.test/cart:1.0"')
    d.pod(
        POD,
        NS,
        APP,
        H,
        age=9,
        phase="Pending",
        state=state,
        pod_spec={"imagePullSecrets": [{"name": "regcred"}]},
    )
    for reason, message in events:
        d.event("Pod", POD, NS, reason, message)
    return d


def test_a_missing_pull_secret_is_named_as_the_cause_of_a_refused_pull(diagnose: Any, tmp_path: Path) -> None:
    events = (("FailedToRetrieveImagePullSecret", NO_SECRET), ("Failed", UNAUTHORIZED))
    told = diagnose(pulling(*events).write(tmp_path / "x"), namespace=NS)
    assert told.roots == [f"Pod {NS}/{POD} cannot retrieve its image pull Secret regcred"]
    (chain,) = told.data["chains"]
    assert any("cannot pull image" in said for said in chain)
    assert not told.unverified()


def test_a_pull_secret_is_not_blamed_for_an_image_that_is_not_there(diagnose: Any, tmp_path: Path) -> None:
    gone = 'Failed to pull image "registry.test/cart:1.0": manifest unknown'
    events = (("FailedToRetrieveImagePullSecret", NO_SECRET), ("Failed", gone))
    told = diagnose(pulling(*events).write(tmp_path / "x"), namespace=NS)
    assert all(
        "pull Secret" not in " ".join(chain)
        for chain in told.data["chains"]
        if "cannot pull image" in " ".join(chain)
    )


def test_a_missing_pull_secret_is_no_trouble_where_the_image_was_pulled(
    diagnose: Any, tmp_path: Path
) -> None:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    d.event("Pod", POD, NS, "FailedToRetrieveImagePullSecret", NO_SECRET)
    told = diagnose(d.write(tmp_path / "x"), namespace=NS)
    assert not [found for found in told.data["findings"] if found["state"] == "active"]


def evicted(d: Dump) -> Dump:
    status = {"reason": "Evicted", "message": LOW}
    state = {"terminated": {"exitCode": 137, "reason": "Error"}}
    d.deployment(APP, NS, 2, 1)
    d.well(APP, NS, H, "bbbbb", node="node-b", age=50)
    d.pod(POD, NS, APP, H, phase="Failed", ready=False, age=60, state=state, status=status)
    return d


def test_an_eviction_stands_above_the_pod_that_cannot_replace_it(diagnose: Any, tmp_path: Path) -> None:
    d = evicted(two_nodes())
    d.event("Node", "node-a", "", "EvictionThresholdMet", "Attempting to reclaim memory", 8)
    message = "0/2 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/memory-pressure: }, 1 Insufficient memory."
    said = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    d.pod(f"{APP}-{H}-ccccc", NS, APP, H, node="", phase="Pending", age=7, conditions=[said])
    told = diagnose(d.write(tmp_path / "x"), namespace=NS)
    (chain,) = told.data["chains"]
    order = [
        "EvictionThresholdMet",
        "was Evicted: the node was low on resource memory",
        "Unschedulable",
        "1 of 2 replicas",
    ]
    at = [next((i for i, step in enumerate(chain) if word in step), -1) for word in order]
    assert at == sorted(at) and -1 not in at, chain
    assert told.data["verdict"]["category"] == "resource_exhaustion"
    assert not told.unverified()


def test_an_eviction_that_the_status_alone_tells_is_the_cause(diagnose: Any, tmp_path: Path) -> None:
    told = diagnose(evicted(Dump()).write(tmp_path / "x"), namespace=NS)
    assert told.roots == [f"Pod {NS}/{POD} was Evicted: the node was low on resource memory"]
    assert not told.unverified()


def test_a_pod_that_found_its_node_is_not_said_to_wait_for_one(diagnose: Any, tmp_path: Path) -> None:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.pod(POD, NS, APP, H, age=12, restarts=4, state=waiting("CrashLoopBackOff", "back-off"), last=ENDED)
    d.event(
        "Pod", POD, NS, "FailedScheduling", "0/2 nodes are available: 2 Insufficient memory.", 11, first=12
    )
    told = diagnose(d.write(tmp_path / "x"), namespace=NS)
    (found,) = findings(told, "pending_resources")
    assert found["state"] == "recovered"
    assert found["statements"][0].startswith(
        f"Pod {NS}/{POD} is on Node node-a by now; earlier it could not be scheduled"
    )
    assert "scheduled" not in " ".join(told.data["verdict"]["cause_chain"])
    assert not told.unverified()


def test_a_claim_on_a_log_may_name_the_namespace_it_was_read_in(diagnose: Any, tmp_path: Path) -> None:
    from interlock.agent.answer import check_cited
    from interlock.core.evidence import Evidence

    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1, 0)
    d.pod(
        f"{APP}-{H}-ddddd", NS, APP, H, restarts=4, state=waiting("CrashLoopBackOff", "back-off"), last=ENDED
    )
    d.log(NS, f"{APP}-{H}-ddddd", (3, "panic: cannot reach ledger"))
    told = diagnose(d.write(tmp_path / "x"), namespace=NS)
    logs: list[Evidence] = [item for item in told.evidence.values() if item.kind == "log"]
    assert logs
    item = logs[0]
    assert check_cited(
        f'In namespace {NS} the pod {APP}-{H}-ddddd logged "panic: cannot reach ledger".', [("E1", item)]
    )
    assert not check_cited(
        f'In namespace bank the pod {APP}-{H}-ddddd logged "panic: cannot reach ledger".', [("E1", item)]
    )
