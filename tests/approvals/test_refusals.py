"""What makes no sense of what is there is refused when it is asked for, with the next step."""

from __future__ import annotations

from typing import Any

import pytest
from acting.cases import autoscaler, cronjob
from acting.stage import Stage, roll, template, workload
from cluster.harness import MERGE

from interlock.approvals.catalogue import find_action
from interlock.approvals.selectors import keys, query, selects
from interlock.core.clusters.objects import Node
from interlock.core.errors import BadInput, NotFound

pytestmark = pytest.mark.prove


def look(stage: Stage, name: str, args: Any) -> Any:
    action = find_action(name)
    return action.look(action.fixed(action.parse(args), stage.sight.clock.now()), stage.sight)


TEMPLATE: list[tuple[str, dict[str, Any]]] = [
    ("rollout-restart", {}),
    ("rollout-undo", {"revision": 1}),
    ("set-image", {"container": "app", "image": "app:1"}),
    ("set-resources", {"container": "app", "limits": {"cpu": "1"}}),
]


@pytest.mark.parametrize(("name", "more"), TEMPLATE)
def test_a_paused_rollout_gets_no_new_template(name: str, more: Any, stage: Stage) -> None:
    args = stage.named(kind="Deployment", name=workload(stage, replicas=0, paused=True), **more)
    with pytest.raises(BadInput, match="is paused") as refused:
        look(stage, name, args)
    assert refused.value.hint == "request rollout-resume first"


@pytest.mark.parametrize(("name", "more"), TEMPLATE)
def test_what_replaces_no_pod_by_itself_gets_no_new_template(name: str, more: Any, stage: Stage) -> None:
    workload(stage, "StatefulSet", replicas=0, updateStrategy={"type": "OnDelete"})
    with pytest.raises(BadInput, match="OnDelete"):
        look(stage, name, stage.named(kind="StatefulSet", name="web", **more))


def test_a_revision_or_image_that_was_never_rolled_out_is_no_way_back(stage: Stage) -> None:
    workload(stage, replicas=0)
    with pytest.raises(BadInput, match="keeps no revision 7") as absent:
        look(stage, "rollout-undo", stage.named(kind="Deployment", name="web", revision=7))
    assert absent.value.hint == "kept: 1"
    named = stage.named(kind="Deployment", name="web", container="app")
    with pytest.raises(BadInput, match="no kept revision") as unknown:
        look(stage, "set-image", named | {"image": "evil:1"})
    assert unknown.value.hint and "pipeline" in unknown.value.hint
    with pytest.raises(BadInput, match="no container"):
        look(stage, "set-image", named | {"container": "absent", "image": "app:1"})


def test_an_image_of_another_container_is_not_in_this_ones_history(stage: Stage) -> None:
    workload(stage, replicas=0)
    named = stage.named(kind="Deployment", name="web", container="app", image="side:1")
    with pytest.raises(BadInput, match="no kept revision"):
        look(stage, "set-image", named)


def test_what_an_autoscaler_scales_is_not_scaled_by_hand(stage: Stage) -> None:
    workload(stage)
    autoscaler(stage)
    args = stage.named(kind="Deployment", name="web", replicas=1)
    look(stage, "scale", args)
    path = f"/apis/autoscaling/v1/namespaces/{stage.namespace}/horizontalpodautoscalers/web"
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    stage.cluster.must("PATCH", path, {"spec": {"scaleTargetRef": target}}, content_type=MERGE)
    with pytest.raises(BadInput, match="scales") as refused:
        look(stage, "scale", args)
    assert refused.value.hint == "request hpa-limits in place of it"
    look(stage, "scale", args | {"replicas": 0})


def test_limits_that_cross_are_refused(stage: Stage) -> None:
    autoscaler(stage)
    with pytest.raises(BadInput, match="more than the most"):
        look(stage, "hpa-limits", stage.named(name="web", min_replicas=9))
    with pytest.raises(BadInput, match="name min_replicas"):
        find_action("hpa-limits").parse(stage.named(name="web"))


def test_a_pod_that_nothing_would_replace_is_not_ended(stage: Stage) -> None:
    spec = template()["spec"]
    mirror = {"kubernetes.io/config.mirror": "x"}
    for name, notes, more in (("bare", {}, {}), ("static", mirror, {"nodeName": "worker-1"})):
        metadata = {"namespace": stage.namespace, "name": name, "annotations": notes}
        stage.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec | more})
    for action in ("delete-pod", "evict-pod"):
        with pytest.raises(BadInput, match="no controller"):
            look(stage, action, stage.named(name="bare"))
        with pytest.raises(BadInput, match="static pod"):
            look(stage, action, stage.named(name="static"))
    with pytest.raises(NotFound):
        look(stage, "delete-pod", stage.named(name="absent"))


def test_a_pod_that_is_ending_is_not_ended_again(stage: Stage) -> None:
    workload(stage, "StatefulSet", replicas=1)
    stage.cluster.must("DELETE", f"/api/v1/namespaces/{stage.namespace}/pods/web-0")
    with pytest.raises(BadInput, match="ending already"):
        look(stage, "evict-pod", stage.named(name="web-0"))
    with pytest.raises(BadInput, match="ending already"):
        look(stage, "restart-statefulset-pod", stage.named(name="web", ordinal=0))


def test_a_pod_of_something_else_is_no_pod_of_the_statefulset(stage: Stage) -> None:
    metadata = {"namespace": stage.namespace, "name": "web-3"}
    stage.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template()["spec"]})
    with pytest.raises(BadInput, match="no pod of StatefulSet web"):
        look(stage, "restart-statefulset-pod", stage.named(name="web", ordinal=3))


def test_a_job_that_runs_is_not_deleted(stage: Stage) -> None:
    once = {"containers": [{"name": "c", "image": "x"}], "restartPolicy": "Never"}
    metadata = {"namespace": stage.namespace, "name": "once"}
    body = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {"template": {"spec": once}},
    }
    stage.cluster.apply(body)
    with pytest.raises(BadInput, match="has not ended"):
        look(stage, "delete-job", stage.named(name="once"))


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        (("v1", "Service"), {"ports": [{"port": 80}], "selector": {"tier": "a"}}),
        (("networking.k8s.io/v1", "NetworkPolicy"), {"podSelector": {"matchLabels": {"tier": "a"}}}),
        (
            ("policy/v1beta1", "PodDisruptionBudget"),
            {"minAvailable": 1, "selector": {"matchExpressions": [{"key": "tier", "operator": "Exists"}]}},
        ),
    ],
)
def test_a_label_that_something_selects_pods_by_is_left_alone(kind: Any, spec: Any, stage: Stage) -> None:
    workload(stage)
    pod = stage.cluster.list("v1", "Pod", stage.namespace)[0]["metadata"]["name"]
    args = stage.named(kind="Pod", name=pod, labels={"tier": "b"})
    look(stage, "label", args)
    with pytest.raises(BadInput, match="selects pods by app"):
        look(stage, "label", args | {"labels": {"app": "other"}})
    metadata = {"namespace": stage.namespace, "name": "one"}
    stage.cluster.apply({"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, "spec": spec})
    with pytest.raises(BadInput, match="selects pods by tier"):
        look(stage, "label", args)


@pytest.mark.parametrize(
    "labels",
    [
        {"app.kubernetes.io/instance": "x"},
        {"argocd.argoproj.io/instance": None},
        {"interlock.io/proposal": "f"},
        {"bad key": "x"},
        {"team": "not a label!"},
        {"team": "x" * 64},
        {},
    ],
)
def test_labels_of_systems_and_what_is_no_label_are_refused(labels: Any) -> None:
    args = {"cluster": "test", "namespace": "a", "kind": "Deployment", "name": "web", "labels": labels}
    with pytest.raises(BadInput):
        find_action("label").parse(args)


def test_a_node_has_no_namespace_and_everything_else_has_one(stage: Stage) -> None:
    for wrong in ({"kind": "Node", "namespace": stage.namespace}, {"kind": "Pod"}):
        with pytest.raises(BadInput, match="needs one"):
            look(stage, "annotate", {"cluster": "test", "name": "x", "annotations": {"a": "b"}, **wrong})


def test_amounts_are_quantities_and_at_least_one() -> None:
    named = {"cluster": "test", "namespace": "a", "kind": "Deployment", "name": "web", "container": "app"}
    for wrong in ({}, {"requests": {"cpu": "many"}}, {"requests": {"gpu": "1"}}, {"limits": {"cpu": 1}}):
        with pytest.raises(BadInput):
            find_action("set-resources").parse(named | wrong)


def test_times_are_fixed_once() -> None:
    named = {"cluster": "test", "namespace": "a", "name": "web"}
    from datetime import UTC, datetime

    now, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    for name, more in (
        ("rollout-restart", {"kind": "Deployment"}),
        ("flux-reconcile", {"kind": "Kustomization"}),
    ):
        action = find_action(name)
        once = action.fixed(action.parse(named | more), now)
        assert action.fixed(once, later) == once
        assert "2026-01-01T00:00:00Z" in once.model_dump().values()


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_stateful_and_daemon_sets_are_restarted_and_rolled_back_by_their_own_history(
    kind: str, stage: Stage, node: str
) -> None:
    more = {} if kind == "DaemonSet" else {"replicas": 1}
    workload(stage, kind, node=node, **more)
    roll(stage, "app:2", kind)
    resource = "statefulsets.apps" if kind == "StatefulSet" else "daemonsets.apps"
    for name, given in (
        ("rollout-undo", {"revision": 1}),
        ("rollout-restart", {"restarted_at": "2026-01-01T00:00:00Z"}),
    ):
        before = stage.object(resource, "web")["spec"]["template"]
        args = stage.named(kind=kind, name="web", **given)
        shown = stage.preview(name, args)
        assert shown.radius.replicas_left == 0
        applied = stage.apply(name, args, shown)
        found = stage.verdict(name, args, applied)
        assert found.state == "verified", stage.said(found)
        inverse = applied.intent.inverse
        back = stage.apply("rollout-undo", inverse.args)
        assert stage.verdict("rollout-undo", inverse.args, back).state == "verified"
        assert stage.object(resource, "web")["spec"]["template"] == before


@pytest.mark.parametrize(
    ("strategy", "down"),
    [
        ({"type": "Recreate"}, 4),
        ({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "30%", "maxSurge": 1}}, 2),
        ({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}}, 1),
    ],
)
def test_the_replicas_left_are_told_by_the_strategy(strategy: Any, down: int, stage: Stage) -> None:
    workload(stage, replicas=4, strategy=strategy)
    shown = stage.preview("rollout-restart", stage.named(kind="Deployment", name="web"))
    assert (len(shown.radius.pods), shown.radius.replicas_left) == (4, 4 - down)


def test_scaling_down_tells_how_many_pods_end(stage: Stage) -> None:
    workload(stage, replicas=3)
    shown = stage.preview("scale", stage.named(kind="Deployment", name="web", replicas=0))
    assert (len(shown.radius.pods), shown.radius.replicas_left) == (3, 0)
    assert (
        find_action("scale").risk(
            find_action("scale").parse(stage.named(kind="Deployment", name="web", replicas=0))
        )
        == "high"
    )


def test_a_cronjob_that_allows_one_job_at_a_time_says_when_one_runs(stage: Stage) -> None:
    case = cronjob(stage, concurrencyPolicy="Forbid")
    seen, action = look(stage, "cronjob-run", case.args), find_action("cronjob-run")
    assert action.warnings(action.parse(case.args), seen) == ()
    status = {"active": [{"kind": "Job", "name": "x"}]}
    stage.cluster.patch_status("batch/v1beta1", "CronJob", stage.namespace, "nightly", status)
    shown = stage.preview("cronjob-run", case.args)
    assert shown.warnings == ("1 of its Jobs run now, and its concurrencyPolicy is Forbid",)


def test_selectors_mean_what_kubernetes_means() -> None:
    selector = Node(
        {
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["a", "b"]},
                {"key": "old", "operator": "DoesNotExist"},
                {"key": "zone", "operator": "NotIn", "values": ["x"]},
                {"key": "app", "operator": "Exists"},
            ],
        }
    )
    assert query(selector) == "app=web,tier in (a,b),!old,zone notin (x),app"
    assert keys(selector) == {"app", "tier", "old", "zone"}
    assert selects(selector, {"app": "web", "tier": "a"})
    for wrong in ({"app": "db"}, {"tier": "c"}, {"old": "1"}, {"zone": "x"}):
        assert not selects(selector, {"app": "web", "tier": "a"} | wrong)
