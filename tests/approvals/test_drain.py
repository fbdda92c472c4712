"""A drain goes by its plan and its journal: what was approved, within budgets, stoppable, never twice."""

from __future__ import annotations

from typing import Any

import pytest
from acting.between import Between
from acting.stage import Paper, Stage, template, workload
from cluster.harness import MERGE

from interlock.approvals.canonical import Digest
from interlock.approvals.catalogue import find_action
from interlock.approvals.errors import Answered, Blocked, NothingToDo, OutcomeUnknown, Stale, Stopped
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.normal import STAMP
from interlock.approvals.steps import Run, StepsAction
from interlock.approvals.verbs import Mutator
from interlock.approvals.words import Applied, Preconditions
from interlock.core.errors import BadInput

pytestmark = pytest.mark.prove

DIGEST = Digest("d" * 64)


def drain() -> StepsAction[Any]:
    found = find_action("drain")
    assert isinstance(found, StepsAction)
    return found


def asked(node: str, **more: Any) -> Any:
    return drain().parse({"cluster": "test", "name": node, **more})


def held(stage: Stage, args: Any) -> Preconditions:
    return drain().preconditions(drain().look(args, stage.sight))


def run_of(stage: Stage, mutator: Mutator | None = None, wait: Any = None) -> Run:
    return Run(mutator or stage.mutator, stage.sight, DIGEST, wait or stage.tick)


def pods(stage: Stage, node: str) -> list[dict[str, Any]]:
    every = stage.cluster.list("v1", "Pod", stage.namespace)
    return [pod for pod in every if pod["spec"].get("nodeName") == node]


def budget(stage: Stage, least: int) -> None:
    stage.cluster.apply(
        {
            "apiVersion": "policy/v1beta1",
            "kind": "PodDisruptionBudget",
            "metadata": {"namespace": stage.namespace, "name": "web"},
            "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": "web"}}},
        }
    )

    def counted() -> bool:
        status = stage.cluster.get("policy/v1beta1", "PodDisruptionBudget", stage.namespace, "web")["status"]
        return bool(status.get("observedGeneration") and status.get("currentHealthy", 0) >= 2)

    stage.settle("the budget counted", counted)


def test_a_drained_node_is_empty_stamped_and_can_be_uncordoned(stage: Stage, node: str) -> None:
    workload(stage, node=node)
    args = asked(node)
    shown = stage.preview("drain", {"cluster": "test", "name": node})
    assert shown.source == "dry run"
    assert shown.diff.changes[0].where == "spec.unschedulable"
    assert len(shown.diff.changes) == 3
    assert len(shown.radius.pods) == 2
    assert not stage.reads.get("nodes", node).flag("spec", "unschedulable")
    assert drain().pure_preview(args, stage.sight).diff == shown.diff

    journal = Paper()
    done = list(drain().run(args, run_of(stage), shown.preconditions, journal))
    assert [step.key.split()[0] for step in done] == ["cordon", "evict", "evict"]
    assert stage.reads.get("nodes", node).annotations[STAMP] == DIGEST
    assert journal.intent is not None
    applied = Applied(journal.intent, {})
    found = stage.verdict("drain", {"cluster": "test", "name": node}, applied)
    assert found.state == "verified", stage.said(found)

    inverse = journal.intent.inverse
    assert (inverse.action, inverse.args) == ("uncordon", {"cluster": "test", "name": node})
    assert "stay where they went" in inverse.reason
    back = stage.apply("uncordon", inverse.args)
    assert stage.verdict("uncordon", inverse.args, back).state == "verified"


def test_a_budget_is_shown_in_the_preview_and_waited_for_in_the_run(stage: Stage, node: str) -> None:
    workload(stage, node=node)
    budget(stage, 1)
    args = asked(node)
    budget_now = stage.preview("drain", {"cluster": "test", "name": node})
    assert [(b.name, b.allowed) for b in budget_now.radius.budgets] == [(f"{stage.namespace}/web", 1)]
    assert budget_now.warnings == ()
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) == 2:  # the budget's controller sees a replacement that is ready elsewhere
            path = f"/apis/policy/v1beta1/namespaces/{stage.namespace}/poddisruptionbudgets/web"
            stage.cluster.must("DELETE", path)
        return False

    list(drain().run(args, run_of(stage, wait=wait), held(stage, args), Paper()))
    assert len(waited) >= 2
    assert all(pod["metadata"].get("deletionTimestamp") for pod in pods(stage, node))


def test_a_blocked_eviction_is_a_warning_of_the_preview(stage: Stage, node: str) -> None:
    workload(stage, node=node)
    budget(stage, 2)
    shown = stage.preview("drain", {"cluster": "test", "name": node})
    assert len(shown.warnings) == 2
    assert "disruption budget" in shown.warnings[0]


def test_a_drain_that_is_stopped_while_it_waits_says_so_and_goes_on_later(stage: Stage, node: str) -> None:
    workload(stage, node=node)
    budget(stage, 2)
    args, journal = asked(node), Paper()
    first = held(stage, args)
    with pytest.raises(Stopped, match="stopped while waiting"):
        list(drain().run(args, run_of(stage, wait=lambda seconds: True), first, journal))
    assert journal.states["cordon"] == "done"
    assert not any(pod["metadata"].get("deletionTimestamp") for pod in pods(stage, node))
    path = f"/apis/policy/v1beta1/namespaces/{stage.namespace}/poddisruptionbudgets/web"
    stage.cluster.must("DELETE", path)
    assert len(list(drain().run(args, run_of(stage), first, journal))) == 2


def test_a_budget_that_outlasts_the_patience_ends_the_drain(stage: Stage, node: str) -> None:
    workload(stage, node=node)
    budget(stage, 2)
    args = asked(node, patience=0)
    with pytest.raises(Blocked):
        list(drain().run(args, run_of(stage), held(stage, args), Paper()))


def test_closing_a_run_between_two_steps_stops_it_there(stage: Stage, node: str) -> None:
    workload(stage, node=node)
    args, journal = asked(node), Paper()
    steps = drain().run(args, run_of(stage), held(stage, args), journal)
    assert next(steps).key == "cordon"
    steps.close()  # type: ignore[attr-defined]  # a generator
    assert journal.states == {"cordon": "done"}
    assert not any(pod["metadata"].get("deletionTimestamp") for pod in pods(stage, node))


@pytest.mark.parametrize("fault", ["lose answer", "lose request"])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_run_that_lost_an_answer_goes_on_without_doing_anything_twice(
    fault: Any, step: int, stage: Stage, node: str, proxy: Between, wired: HttpMutator
) -> None:
    workload(stage, node=node)
    args, journal = asked(node), Paper()
    first = held(stage, args)
    steps = drain().run(args, run_of(stage, wired), first, journal)
    for _ in range(step):
        next(steps)
    proxy.fault = fault
    with pytest.raises(OutcomeUnknown):
        next(steps)
    proxy.fault = ""
    list(drain().run(args, run_of(stage, wired), first, journal))
    assert set(journal.states.values()) == {"done"}
    arrived = [(method, path) for method, path, _ in proxy.writes]
    assert len(arrived) == 3 == len(set(arrived))


def test_a_pod_that_came_after_the_preview_voids_the_drain(stage: Stage, node: str) -> None:
    workload(stage, node=node)
    args = asked(node)
    first = held(stage, args)
    path = f"/apis/apps/v1/namespaces/{stage.namespace}/deployments/web"
    stage.cluster.must("PATCH", path, {"spec": {"replicas": 3}}, content_type=MERGE)
    stage.settle("a third pod", lambda: len(pods(stage, node)) == 3)
    with pytest.raises(Stale):
        list(drain().run(args, run_of(stage), first, Paper()))
    assert not stage.reads.get("nodes", node).flag("spec", "unschedulable")


def test_another_node_of_that_name_is_not_drained(stage: Stage, node: str) -> None:
    args, journal = asked(node), Paper()
    steps = drain().run(args, run_of(stage), held(stage, args), journal)
    next(steps)
    other = Preconditions("another", None, Digest(""))
    with pytest.raises(Stale):
        list(drain().run(args, run_of(stage), other, journal))


def test_a_pod_that_was_replaced_under_its_name_is_gone_and_the_new_one_stays(
    stage: Stage, node: str
) -> None:
    workload(stage, "StatefulSet", replicas=1, node=node)
    args, journal = asked(node), Paper()
    steps = drain().run(args, run_of(stage), held(stage, args), journal)
    assert next(steps).key == "cordon"
    old = stage.object("pods", "web-0")["metadata"]["uid"]
    stage.cluster.must("DELETE", f"/api/v1/namespaces/{stage.namespace}/pods/web-0")
    pods_now = lambda: stage.cluster.list("v1", "Pod", stage.namespace)  # noqa: E731
    stage.settle("web-0 made again", lambda: any(p["metadata"]["uid"] != old for p in pods_now()))
    assert len(list(steps)) == 1
    assert journal.notes == ["cordoned", "gone"]
    assert not stage.object("pods", "web-0")["metadata"].get("deletionTimestamp")


def test_pods_that_stay_are_not_in_the_plan_and_do_not_hold_it_up(stage: Stage, node: str) -> None:
    workload(stage, "DaemonSet", node=node)
    done = template(node=node)["spec"] | {"restartPolicy": "Never"}
    mirror = {"kubernetes.io/config.mirror": "x"}
    for name, notes in (("done", {}), ("static", mirror)):
        metadata = {"namespace": stage.namespace, "name": name, "annotations": notes}
        stage.cluster.apply(
            {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": done | {"nodeName": node}}
        )
    stage.cluster.patch_status("v1", "Pod", stage.namespace, "done", {"phase": "Succeeded"})
    stage.settle("scheduled", lambda: stage.object("pods", "static")["spec"].get("nodeName"))
    args, journal = asked(node), Paper()
    assert [s.key for s in drain().run(args, run_of(stage), held(stage, args), journal)] == ["cordon"]
    assert journal.intent
    assert drain().effect(args, stage.sight, journal.intent).state == "verified"


def test_a_pod_that_nothing_would_replace_stops_the_proposal(stage: Stage, node: str) -> None:
    metadata = {"namespace": stage.namespace, "name": "bare"}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template(node=node)["spec"]}
    stage.cluster.apply(body)
    stage.settle("scheduled", lambda: stage.object("pods", "bare")["spec"].get("nodeName"))
    with pytest.raises(BadInput, match="no controller"):
        drain().look(asked(node), stage.sight)


def test_local_data_is_lost_only_when_that_was_asked_for(stage: Stage, node: str) -> None:
    pod = template(node=node)
    pod["spec"]["volumes"] = [{"name": "scratch", "emptyDir": {}}]
    workload(stage, node=node, template=pod)
    with pytest.raises(BadInput, match="emptyDir"):
        drain().look(asked(node), stage.sight)
    assert drain().look(asked(node, empty_dirs=True), stage.sight).others


def test_a_node_that_was_cordoned_before_stays_so(stage: Stage, node: str) -> None:
    stage.apply("cordon", {"cluster": "test", "name": node})
    with pytest.raises(NothingToDo):
        stage.preview("drain", {"cluster": "test", "name": node})
    workload(stage, replicas=0)
    args = asked(node)
    seen = drain().look(args, stage.sight)
    assert drain().inverse(args, seen, DIGEST).action is None
    journal = Paper()
    list(drain().run(args, run_of(stage), held(stage, args), journal))
    assert journal.notes == ["was cordoned already"]


def test_a_drain_that_was_undone_has_failed(stage: Stage, node: str) -> None:
    args, journal = asked(node), Paper()
    list(drain().run(args, run_of(stage), held(stage, args), journal))
    stage.apply("uncordon", {"cluster": "test", "name": node})
    assert journal.intent
    assert drain().effect(args, stage.sight, journal.intent).state == "failed"


def test_several_steps_are_never_applied_as_one(stage: Stage, node: str) -> None:
    args = asked(node)
    with pytest.raises(BadInput, match="several steps"):
        drain().apply(stage.mutator, args, stage.sight, held(stage, args), DIGEST, stage.intents.append)
    assert stage.intents == []
    assert drain().settle(args, stage.sight, held(stage, args), DIGEST) == "unknown"


def test_an_eviction_that_the_server_refuses_ends_the_drain(stage: Stage, node: str) -> None:
    workload(stage, node=node)
    args = asked(node)
    first = held(stage, args)
    path = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/interlock-{stage.namespace}"
    rules = [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch"]}]
    stage.cluster.must("PATCH", path, {"rules": rules}, content_type=MERGE)
    with pytest.raises(Answered) as refused:
        list(drain().run(args, run_of(stage), first, Paper()))
    assert refused.value.status == 403
