"""The word kubectl shows for a pod."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from fakes.replays import Json

from interlock.core.clusters.objects import Node
from interlock.tools.kubernetes.pod_status import PodStatus, pod_status


def state(name: str = "app", *, ready: bool = False, restarts: int = 0, **states: Json) -> Json:
    return {"name": name, "ready": ready, "restartCount": restarts, "state": states, "started": ready}


def pod(
    *statuses: Json,
    init: Sequence[Json] = (),
    phase: str = "Running",
    init_specs: Sequence[Json] = (),
    names: Sequence[str] = ("app",),
    metadata: Json | None = None,
    **status: Any,
) -> Node:
    spec = {"containers": [{"name": name} for name in names], "initContainers": list(init_specs)}
    whole = {
        "phase": phase,
        "containerStatuses": list(statuses),
        "initContainerStatuses": list(init),
        **status,
    }
    return Node({"metadata": metadata or {}, "spec": spec, "status": whole})


RUNS = {"running": {"startedAt": "2026-03-02T10:00:00Z"}}
DELETED = {"deletionTimestamp": "2026-03-02T10:00:00Z"}
GATED = [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]
CASES = {
    "running": (pod(state(ready=True, **RUNS)), PodStatus("Running", 1, 1, 0)),
    "not ready": (pod(state(**RUNS)), PodStatus("Running", 0, 1, 0)),
    "crash loop": (
        pod(state(restarts=8, waiting={"reason": "CrashLoopBackOff"})),
        PodStatus("CrashLoopBackOff", 0, 1, 8),
    ),
    "creating": (
        pod(state(waiting={"reason": "ContainerCreating"}), phase="Pending"),
        PodStatus("ContainerCreating", 0, 1, 0),
    ),
    "pending": (pod(phase="Pending"), PodStatus("Pending", 0, 1, 0)),
    "gated": (pod(phase="Pending", conditions=GATED), PodStatus("SchedulingGated", 0, 1, 0)),
    "evicted": (pod(phase="Failed", reason="Evicted"), PodStatus("Evicted", 0, 1, 0)),
    "done": (
        pod(state(terminated={"exitCode": 0, "reason": "Completed"}), phase="Succeeded"),
        PodStatus("Completed", 0, 1, 0),
    ),
    "killed": (
        pod(state(terminated={"exitCode": 137, "reason": "OOMKilled"})),
        PodStatus("OOMKilled", 0, 1, 0),
    ),
    "exit code": (pod(state(terminated={"exitCode": 3})), PodStatus("ExitCode:3", 0, 1, 0)),
    "signal": (pod(state(terminated={"exitCode": 137, "signal": 9})), PodStatus("Signal:9", 0, 1, 0)),
    "one done, one runs": (
        pod(
            state("app", ready=True, **RUNS),
            state("job", terminated={"exitCode": 0, "reason": "Completed"}),
            names=("app", "job"),
            conditions=[{"type": "Ready", "status": "True"}],
        ),
        PodStatus("Running", 1, 2, 0),
    ),
    "init waits": (
        pod(
            init=[state("a", waiting={"reason": "ImagePullBackOff"})],
            init_specs=[{"name": "a"}],
            phase="Pending",
        ),
        PodStatus("Init:ImagePullBackOff", 0, 1, 0),
    ),
    "init runs": (
        pod(
            init=[state("a", terminated={"exitCode": 0}), state("b", restarts=2, **RUNS)],
            init_specs=[{"name": "a"}, {"name": "b"}],
            phase="Pending",
        ),
        PodStatus("Init:1/2", 0, 1, 2),
    ),
    "init failed": (
        pod(
            init=[state("a", terminated={"exitCode": 1, "reason": "Error"})],
            init_specs=[{"name": "a"}],
            phase="Pending",
        ),
        PodStatus("Init:Error", 0, 1, 0),
    ),
    "sidecar": (
        pod(
            state(ready=True, **RUNS),
            init=[state("mesh", ready=True, restarts=1, **RUNS)],
            init_specs=[{"name": "mesh", "restartPolicy": "Always"}],
        ),
        PodStatus("Running", 2, 2, 1),
    ),
    "terminating": (pod(state(**RUNS), metadata=DELETED), PodStatus("Terminating", 0, 1, 0)),
    "lost": (
        pod(state(ready=True, **RUNS), metadata=DELETED, reason="NodeLost"),
        PodStatus("Unknown", 1, 1, 0),
    ),
    "nothing recorded": (Node({}), PodStatus("Unknown", 0, 0, 0)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_pod_has_the_status_kubectl_shows(case: str) -> None:
    given, expected = CASES[case]
    assert pod_status(given) == expected


def test_only_running_and_completed_pods_are_calm() -> None:
    calm = {case for case, (given, _) in CASES.items() if pod_status(given).calm}
    assert calm == {"running", "done", "sidecar"}
