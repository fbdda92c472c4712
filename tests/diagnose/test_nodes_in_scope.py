"""A node that is not Ready is a trouble of a scope only when pods of the scope are on it, or wait for one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))

from dump import Dump

NS, OTHER = "store", "tools"
NOT_READY = "Node node-b is NotReady"


def _well_beside_a_node_that_is_down() -> Dump:
    d = Dump().node("node-a").node("node-b", "False", "KubeletNotReady", since=90)
    d.deployment("quotes", NS, 2, 2)
    d.well("quotes", NS, "6d5f7c9b8", "aaaaa", "bbbbb")
    d.deployment("linter", OTHER, 1, 1)
    return d.well("linter", OTHER, "7c9b86d5f", "ccccc", node="node-b")


def test_a_namespace_without_pods_on_the_node_is_healthy_and_the_node_is_a_note(
    diagnose: Any, tmp_path: Path
) -> None:
    told = diagnose(_well_beside_a_node_that_is_down().write(tmp_path / "incident"), namespace=NS)
    assert told.verdict["state"] == "healthy"
    assert NOT_READY not in told.scored
    (note,) = [c for c in told.data["claims"] if c["text"].startswith("not in this scope: ")]
    assert NOT_READY in note["text"]
    assert told.unverified() == []


def test_a_workload_without_pods_on_the_node_is_healthy(diagnose: Any, tmp_path: Path) -> None:
    folder = _well_beside_a_node_that_is_down().write(tmp_path / "incident")
    told = diagnose(folder, namespace=NS, kind="deployment", name="quotes")
    assert told.verdict["state"] == "healthy"
    assert NOT_READY not in told.scored


def test_a_namespace_with_a_pod_on_the_node_is_not_well(diagnose: Any, tmp_path: Path) -> None:
    told = diagnose(_well_beside_a_node_that_is_down().write(tmp_path / "incident"), namespace=OTHER)
    assert told.verdict["state"] == "active"
    assert NOT_READY in told.scored


def test_the_whole_cluster_and_the_node_itself_are_not_well(diagnose: Any, tmp_path: Path) -> None:
    folder = _well_beside_a_node_that_is_down().write(tmp_path / "incident")
    whole = diagnose(folder, namespace="")
    itself = diagnose(folder, namespace="", kind="node", name="node-b")
    assert [told.verdict["state"] for told in (whole, itself)] == ["active", "active"]
    assert NOT_READY in whole.scored
    assert NOT_READY in itself.scored


def test_a_node_matters_to_pods_that_wait_for_one(diagnose: Any, tmp_path: Path) -> None:
    d = _well_beside_a_node_that_is_down()
    d.pod(
        "quotes-6d5f7c9b8-ddddd", NS, "quotes", "6d5f7c9b8", node="", phase="Pending", state={}, ready=False
    )
    told = diagnose(d.write(tmp_path / "incident"), namespace=NS)
    assert told.verdict["state"] == "active"
    assert NOT_READY in told.scored
