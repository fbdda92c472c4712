"""What voids a proposal is a change of what was read, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from acting.stage import DIGESTS, Stage, roll, workload
from cluster.harness import MERGE

from interlock.approvals.canonical import Digest
from interlock.approvals.catalogue import find_action
from interlock.approvals.errors import Stale


def web(stage: Stage) -> str:
    return f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web"


def applied_as_previewed(stage: Stage, name: str, args: Any, between: Any) -> None:
    shown = stage.preview(name, args)
    between()
    stage.apply(name, args, shown)


@pytest.mark.parametrize("name", ["rollout-undo", "rollout-restart", "scale", "set-image"])
def test_a_status_that_changes_every_second_voids_nothing(name: str, stage: Stage) -> None:
    workload(stage)
    roll(stage, "app:2")
    roll(stage, "broken:3")
    more: dict[str, Any] = {
        "rollout-undo": {"revision": 2},
        "rollout-restart": {"restarted_at": "2026-11-23T10:00:00Z"},
        "scale": {"replicas": 3},
        "set-image": {"container": "app", "image": "app:1"},
    }[name]
    args = stage.named(kind="Deployment", name="web", **more)
    first = stage.object("deployments.apps", "web")["metadata"]["resourceVersion"]

    def churn() -> None:
        for count in range(1, 6):
            status = {"collisionCount": count, "unavailableReplicas": count}
            stage.cluster.patch_status("apps/v1", "Deployment", stage.namespace, "web", status)

    applied_as_previewed(stage, name, args, churn)
    assert stage.intents[-1].version != first


@pytest.mark.parametrize(
    ("name", "more", "change"),
    [
        ("scale", {"replicas": 3}, {"spec": {"replicas": 5}}),
        ("scale", {"replicas": 3}, {"spec": {"minReadySeconds": 1}}),
        ("rollout-restart", {"restarted_at": "2026-11-23T10:00:00Z"}, {"spec": {"replicas": 5}}),
        (
            "set-resources",
            {"container": "app", "requests": {"cpu": "1"}},
            {"spec": {"template": {"metadata": {"labels": {"version": "2"}}}}},
        ),
        ("label", {"labels": {"team": "a"}}, {"metadata": {"labels": {"team": "b"}}}),
    ],
)
def test_a_change_of_what_was_read_voids_it(name: str, more: Any, change: Any, stage: Stage) -> None:
    args = stage.named(kind="Deployment", name=workload(stage, replicas=0), **more)
    with pytest.raises(Stale) as stale:
        applied_as_previewed(
            stage, name, args, lambda: stage.cluster.must("PATCH", web(stage), change, content_type=MERGE)
        )
    assert stale.value.moved
    assert stale.value.hint and "again" in stale.value.hint
    assert stage.intents == []


def test_a_label_of_somebody_else_does_not_void_ours(stage: Stage) -> None:
    args = stage.named(kind="Deployment", name=workload(stage, replicas=0), labels={"team": "a"})
    other = {"metadata": {"labels": {"other": "x"}}}
    applied_as_previewed(
        stage, "label", args, lambda: stage.cluster.must("PATCH", web(stage), other, content_type=MERGE)
    )
    assert stage.object("deployments.apps", "web")["metadata"]["labels"] == {"team": "a", "other": "x"}


def test_another_object_of_the_same_name_voids_it(stage: Stage) -> None:
    args = stage.named(kind="Deployment", name=workload(stage, replicas=0), replicas=2)

    def replaced() -> None:
        stage.cluster.must("DELETE", web(stage))
        stage.settle("gone", lambda: stage.cluster.request("GET", web(stage))[0] == 404)
        workload(stage, replicas=0)

    with pytest.raises(Stale) as stale:
        applied_as_previewed(stage, "scale", args, replaced)
    assert "uid" in stale.value.moved


def test_a_revision_that_was_pruned_voids_the_rollback_to_it(stage: Stage) -> None:
    workload(stage, revisionHistoryLimit=10)
    roll(stage, "app:2")
    args = stage.named(kind="Deployment", name="web", revision=1)
    action = find_action("rollout-undo")
    typed = action.parse(args)
    held = action.preconditions(action.look(typed, stage.sight))
    old = next(
        r for r in stage.cluster.list("apps/v1", "ReplicaSet", stage.namespace) if not r["spec"]["replicas"]
    )
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/replicasets/{old['metadata']['name']}"
    stage.cluster.must("DELETE", path)
    with pytest.raises(Exception, match="keeps no revision 1"):
        action.apply(stage.mutator, typed, stage.sight, held, Digest(next(DIGESTS)), stage.intents.append)
    assert stage.intents == []


def test_a_pod_whose_status_churns_is_still_the_pod_that_was_to_go(stage: Stage) -> None:
    workload(stage)
    pod = stage.cluster.list("v1", "Pod", stage.namespace)[0]["metadata"]["name"]

    def churn() -> None:
        for count in range(3):
            status = {"message": f"restarted {count} times"}
            stage.cluster.patch_status("v1", "Pod", stage.namespace, pod, status)

    applied_as_previewed(stage, "delete-pod", stage.named(name=pod), churn)
