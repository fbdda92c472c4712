"""A change is verified by its effect; one that does not come says so, and offers the way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from acting.cases import cronjob, job
from acting.stage import Stage, roll, workload
from cluster.harness import MERGE

from interlock.approvals.catalogue import find_action
from interlock.approvals.errors import Answered
from interlock.approvals.normal import normal
from interlock.approvals.verification import verified
from interlock.approvals.words import Applied
from interlock.approvals.workloads import rolled_out
from interlock.core.clusters.objects import KubeObject

pytestmark = pytest.mark.prove


def patch(stage: Stage, body: Any, kind: str = "deployments", name: str = "web") -> None:
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/{kind}/{name}"
    stage.cluster.must("PATCH", path, body, content_type=MERGE)


def effect(stage: Stage, name: str, args: Any, applied: Applied) -> str:
    action = find_action(name)
    return action.effect(action.parse(args), stage.sight, applied.intent).state


def test_a_rollback_to_a_broken_revision_fails_and_its_inverse_heals(stage: Stage) -> None:
    workload(stage, progressDeadlineSeconds=1, minReadySeconds=0)
    roll(stage, "broken:2")
    roll(stage, "app:3")
    before = stage.object("deployments.apps", "web")
    args = stage.named(kind="Deployment", name="web", revision=2)
    shown = stage.preview("rollout-undo", args)
    applied = stage.apply("rollout-undo", args, shown)
    found = stage.verdict("rollout-undo", args, applied)
    assert found.state == "failed"
    assert "ran out of time" in stage.said(found)

    inverse = applied.intent.inverse
    assert (inverse.action, inverse.args["revision"]) == ("rollout-undo", 3)
    back = stage.apply("rollout-undo", inverse.args)
    healed = stage.verdict("rollout-undo", inverse.args, back)
    assert healed.state == "verified", stage.said(healed)
    assert normal(stage.object("deployments.apps", "web")) == normal(before)


def test_a_rollout_that_had_run_out_of_time_before_is_no_sign_of_this_one() -> None:
    condition = {
        "type": "Progressing",
        "reason": "ProgressDeadlineExceeded",
        "lastUpdateTime": "2026-01-01T00:00:00Z",
    }
    stuck = KubeObject({"kind": "Deployment", "status": {"conditions": [condition], "replicas": 0}})
    assert rolled_out(stuck).state == "failed"
    assert rolled_out(stuck, "2026-01-01T00:00:00Z").state == "not yet"
    assert rolled_out(stuck, "2025-01-01T00:00:00Z").state == "failed"


def test_what_is_not_there_when_the_time_is_over_has_failed(stage: Stage) -> None:
    args = stage.named(kind="Deployment", name=workload(stage), restarted_at="2026-11-23T10:00:00Z")
    applied = stage.apply("rollout-restart", args)
    action = find_action("rollout-restart")
    late = verified(
        action,
        action.parse(args),
        stage.sight,
        applied.intent,
        within=timedelta(seconds=0),
        wait=lambda seconds: False,
    )
    assert late.state == "failed"
    assert "not after 0 s" in stage.said(late)


def test_a_verification_that_is_stopped_claims_nothing(stage: Stage) -> None:
    args = stage.named(kind="Deployment", name=workload(stage), restarted_at="2026-11-23T10:00:00Z")
    applied = stage.apply("rollout-restart", args)
    action, hour = find_action("rollout-restart"), timedelta(hours=1)
    found = verified(
        action, action.parse(args), stage.sight, applied.intent, within=hour, wait=lambda seconds: True
    )
    assert found.state == "not yet"


def test_an_object_that_is_gone_has_failed_verification(stage: Stage) -> None:
    args = stage.named(kind="Deployment", name=workload(stage, replicas=0), replicas=1)
    applied = stage.apply("scale", args)
    stage.cluster.must("DELETE", f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web")
    assert stage.verdict("scale", args, applied).state == "failed"


def test_a_cluster_that_does_not_answer_leaves_it_open(stage: Stage) -> None:
    from contextlib import closing

    from interlock.core.clusters.connect import from_url

    args = stage.named(kind="Deployment", name=workload(stage, replicas=0), replicas=1)
    applied = stage.apply("scale", args)
    with closing(from_url("test", "http://127.0.0.1:1")) as nowhere:
        stage.reads = nowhere
        assert stage.verdict("scale", args, applied, seconds=0).state == "failed"
        action = find_action("scale")
        found = verified(
            action,
            action.parse(args),
            stage.sight,
            applied.intent,
            within=timedelta(hours=1),
            wait=lambda seconds: True,
        )
        assert found.state == "not yet"


@pytest.mark.parametrize(
    ("name", "args", "then"),
    [
        ("scale", {"replicas": 3}, {"spec": {"replicas": 4}}),
        (
            "rollout-restart",
            {"restarted_at": "2026-11-23T10:00:00Z"},
            {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2"}}}}},
        ),
    ],
)
def test_a_change_that_somebody_undid_has_failed(name: str, args: Any, then: Any, stage: Stage) -> None:
    asked = stage.named(kind="Deployment", name=workload(stage), **args)
    applied = stage.apply(name, asked)
    patch(stage, then)
    assert effect(stage, name, asked, applied) == "failed"


def test_an_image_or_amount_that_somebody_changed_back_has_failed(stage: Stage) -> None:
    workload(stage)
    roll(stage, "app:2")
    image = stage.named(kind="Deployment", name="web", container="app", image="app:1")
    applied = stage.apply("set-image", image)
    roll(stage, "app:2")
    assert effect(stage, "set-image", image, applied) == "failed"
    amounts = stage.named(kind="Deployment", name="web", container="app", requests={"cpu": "1"})
    applied = stage.apply("set-resources", amounts)
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web"
    containers = [{"name": "app", "resources": {"requests": {"cpu": "2"}}}]
    body = {"spec": {"template": {"spec": {"containers": containers}}}}
    stage.cluster.must("PATCH", path, body, content_type="application/strategic-merge-patch+json")
    assert effect(stage, "set-resources", amounts, applied) == "failed"


def test_a_rollback_that_another_rollout_overtook_has_failed(stage: Stage) -> None:
    workload(stage)
    roll(stage, "app:2")
    args = stage.named(kind="Deployment", name="web", revision=1)
    applied = stage.apply("rollout-undo", args)
    assert effect(stage, "rollout-undo", args, applied) in ("not yet", "failed")
    roll(stage, "app:3")
    assert effect(stage, "rollout-undo", args, applied) == "failed"


def test_a_job_that_fails_is_told_as_such(stage: Stage) -> None:
    args = cronjob(stage).args
    applied = stage.apply("cronjob-run", args)
    made = str(applied.answer["metadata"]["name"])  # type: ignore[index,call-overload]
    condition = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}

    def told() -> bool:
        # The Job's own controller writes the status as well, and may do so over this.
        stage.cluster.patch_status("batch/v1", "Job", stage.namespace, made, {"conditions": [condition]})
        return effect(stage, "cronjob-run", args, applied) == "failed"

    stage.settle("told as failed", told)
    stage.cluster.must("DELETE", f"/apis/batch/v1/namespaces/{stage.namespace}/jobs/{made}")
    stage.settle("gone", lambda: not stage.cluster.list("batch/v1", "Job", stage.namespace))
    assert effect(stage, "cronjob-run", args, applied) == "failed"


def test_a_pod_that_somebody_made_again_under_its_name_is_another_one(stage: Stage) -> None:
    workload(stage, "StatefulSet", replicas=1)
    args = stage.named(name="web-0")
    applied = stage.apply("evict-pod", args)
    assert effect(stage, "evict-pod", args, applied) == "not yet"
    found = stage.verdict("evict-pod", args, applied)
    assert found.state == "verified"
    stage.settle("made again", lambda: stage.cluster.list("v1", "Pod", stage.namespace))
    assert effect(stage, "evict-pod", args, applied) == "verified"


def test_a_pod_or_job_that_is_still_there_has_not_been_deleted(stage: Stage) -> None:
    args = job(stage).args
    action = find_action("delete-job")
    typed = action.parse(args)
    intent = action.intent(typed, action.look(typed, stage.sight), stage.first.fields)
    assert action.effect(typed, stage.sight, intent).state == "failed"
    path = f"/apis/batch/v1/namespaces/{stage.namespace}/jobs/once"
    stage.cluster.must("PATCH", path, {"metadata": {"finalizers": ["test/hold"]}}, content_type=MERGE)
    applied = stage.apply("delete-job", args)
    assert effect(stage, "delete-job", args, applied) == "not yet"
    stage.cluster.must("PATCH", path, {"metadata": {"finalizers": None}}, content_type=MERGE)
    assert effect(stage, "delete-job", args, applied) == "verified"
    job(stage)
    assert effect(stage, "delete-job", args, applied) == "verified"
    workload(stage, replicas=1)
    pod = next(
        p["metadata"]["name"]
        for p in stage.cluster.list("v1", "Pod", stage.namespace)
        if "web" in p["metadata"]["name"]
    )
    named, ends = stage.named(name=pod), find_action("delete-pod")
    other = ends.parse(named)
    unsent = ends.intent(other, ends.look(other, stage.sight), stage.first.fields)
    assert ends.effect(other, stage.sight, unsent).state == "failed"


def test_a_write_that_the_server_refuses_outright_says_why(stage: Stage) -> None:
    # More than one container of the quota: the server's admission refuses, and nothing is changed.
    workload(stage, replicas=0)
    amounts = {"container": "app", "requests": {"cpu": "2"}, "limits": {"cpu": "1"}}
    args = stage.named(kind="Deployment", name="web", **amounts)
    with pytest.raises(Answered) as refused:
        stage.preview("set-resources", args)
    assert refused.value.status == 422
    assert "must be less than or equal to cpu limit" in refused.value.message
