"""A dump of 10,000 pods: the right answer, quickly, in bounded memory."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from replay.same import kubeconfig_for, kubectl
from replay.trees import Object, pod, write_tree

from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import ReplayServer, serve

PODS = 10_000
NAMESPACES = 10
FILLER = {f"example.com/annotation-{n}": "x" * 120 for n in range(20)}


def big_pod(n: int) -> Object:
    """About 4 kB, as a real pod is."""
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    state = waiting if n % 1000 == 7 else {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    status = {"name": "app", "ready": n % 1000 != 7, "restartCount": n % 3, "state": state}
    labels = {"app": f"app-{n % 50}", "shard": str(n % 7)}
    return pod(
        f"pod-{n:05}",
        f"ns-{n % NAMESPACES}",
        metadata={"labels": labels, "annotations": FILLER},
        status={"phase": "Running", "podIP": f"10.0.{n // 250}.{n % 250}", "containerStatuses": [status]},
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ReplayServer, Path]]:
    folder = tmp_path_factory.mktemp("large")
    by_namespace: dict[str, object] = {}
    for n in range(PODS):
        by_namespace.setdefault(f"ns-{n % NAMESPACES}/pods.json", []).append(big_pod(n))  # type: ignore[attr-defined]
    write_tree(folder, by_namespace)
    for n in range(0, PODS, 10):
        (folder / f"cluster/ns-{n % NAMESPACES}/pod-{n:05}").mkdir(parents=True)
    del by_namespace
    with serve(Replay.load(folder)) as server:
        yield server, kubeconfig_for(server.url, folder / "kubeconfig")


def test_ten_thousand_pods_are_listed_rightly_and_quickly(large: tuple[ReplayServer, Path]) -> None:
    began = time.monotonic()
    said = kubectl(large[1], "get", "pods", "-A", "-o", "wide")
    assert time.monotonic() - began < 10
    lines = said.out.splitlines()
    assert len(lines) == PODS + 1
    assert [line.split()[1] for line in lines[1:3]] == ["pod-00000", "pod-00010"]
    assert sum("CrashLoopBackOff" in line for line in lines) == 10


def test_a_selection_of_ten_thousand_is_quick_once_they_are_read(large: tuple[ReplayServer, Path]) -> None:
    kubectl(large[1], "get", "pods", "-n", "ns-3", "-o", "name")
    began = time.monotonic()
    said = kubectl(large[1], "get", "pods", "-A", "-l", "app=app-7,shard in (1)", "-o", "name")
    assert time.monotonic() - began < 5
    expected = {f"pod/pod-{n:05}" for n in range(PODS) if n % 50 == 7 and n % 7 == 1}
    assert set(said.out.split()) == expected


def test_memory_stays_in_proportion_to_the_recording(large: tuple[ReplayServer, Path]) -> None:
    # Of this test alone: what else ran in this process before has its own peak.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    size = sum(path.stat().st_size for path in large[0].state.dump.folder.glob("*/pods.json"))
    kubectl(large[1], "get", "pods", "-A", "-o", "name")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert size > 30_000_000
    grown = peak - before
    assert grown < 400_000_000, json.dumps({"grown": grown, "size": size})
