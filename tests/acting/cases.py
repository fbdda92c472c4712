"""One case for each action: what stands there before, the arguments, and what the inverse must bring back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from acting.stage import Stage, node_of, roll, workload
from cluster.harness import MERGE

Object = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """What is asked, about which object; `act` is what the world does of itself before the effect can be read."""

    args: Object
    resource: str
    name: str
    inverts: bool = True
    act: Callable[[], None] = field(default=lambda: None)


def restart(stage: Stage) -> Case:
    args = stage.named(kind="Deployment", name=workload(stage), restarted_at="2026-11-23T10:00:00Z")
    return Case(args, "deployments.apps", "web")


def undo(stage: Stage) -> Case:
    args = stage.named(kind="Deployment", name=workload(stage), revision=1)
    roll(stage, "app:2")
    return Case(args, "deployments.apps", "web")


def scale(stage: Stage) -> Case:
    return Case(stage.named(kind="Deployment", name=workload(stage), replicas=3), "deployments.apps", "web")


def pause(stage: Stage) -> Case:
    return Case(stage.named(name=workload(stage, replicas=0)), "deployments.apps", "web")


def resume(stage: Stage) -> Case:
    return Case(stage.named(name=workload(stage, replicas=0, paused=True)), "deployments.apps", "web")


def image(stage: Stage) -> Case:
    args = stage.named(kind="Deployment", name=workload(stage), container="app", image="app:1")
    roll(stage, "app:2")
    return Case(args, "deployments.apps", "web")


def resources(stage: Stage) -> Case:
    asked = {"container": "app", "requests": {"cpu": "250m"}, "limits": {"memory": "512Mi"}}
    return Case(stage.named(kind="Deployment", name=workload(stage), **asked), "deployments.apps", "web")


def delete_pod(stage: Stage) -> Case:
    workload(stage)
    pod = stage.cluster.list("v1", "Pod", stage.namespace)[0]["metadata"]["name"]
    return Case(stage.named(name=pod), "pods", pod, inverts=False)


def member(stage: Stage) -> Case:
    workload(stage, "StatefulSet")
    return Case(stage.named(name="web", ordinal=1), "pods", "web-1", inverts=False)


def cordon(stage: Stage) -> Case:
    name = node_of(stage)
    return Case({"cluster": "test", "name": name}, "nodes", name)


def uncordon(stage: Stage) -> Case:
    case = cordon(stage)
    stage.cluster.must(
        "PATCH", f"/api/v1/nodes/{case.name}", {"spec": {"unschedulable": True}}, content_type=MERGE
    )
    return case


def cronjob(stage: Stage, **spec: Any) -> Case:
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "backup:1"}]}
    job = {"metadata": {"labels": {"of": "nightly"}}, "spec": {"template": {"spec": pod}}}
    stage.cluster.apply(
        {
            "apiVersion": "batch/v1beta1",
            "kind": "CronJob",
            "metadata": {"namespace": stage.namespace, "name": "nightly"},
            "spec": {"schedule": "0 3 1 1 *", "jobTemplate": job, **spec},
        }
    )
    return Case(stage.named(name="nightly"), "cronjobs.batch", "nightly")


def cronjob_suspended(stage: Stage) -> Case:
    return cronjob(stage, suspend=True)


def cronjob_run(stage: Stage) -> Case:
    made = cronjob(stage)
    return Case(made.args, made.resource, made.name, inverts=False)


def job(stage: Stage) -> Case:
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "once:1"}]}
    stage.cluster.apply(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"namespace": stage.namespace, "name": "once"},
            "spec": {"template": {"spec": pod}},
        }
    )
    pods = f"/api/v1/namespaces/{stage.namespace}/pods"
    uid = stage.object("jobs.batch", "once")["metadata"]["uid"]

    def its_pods() -> list[Any]:
        # A Job of this name that was there before may have left a pod that is still being removed.
        pods = stage.cluster.list("v1", "Pod", stage.namespace)
        return [pod for pod in pods if pod["metadata"].get("labels", {}).get("controller-uid") == uid]

    found = stage.settle("the Job's pod", its_pods)
    status = {"status": {"phase": "Succeeded"}}
    path = f"{pods}/{found[0]['metadata']['name']}/status"
    stage.cluster.must("PATCH", path, status, content_type=MERGE)
    stage.settle("the Job complete", lambda: stage.object("jobs.batch", "once")["status"].get("conditions"))
    return Case(stage.named(name="once"), "jobs.batch", "once", inverts=False)


def autoscaler(stage: Stage) -> Case:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "absent"}
    stage.cluster.apply(
        {
            "apiVersion": "autoscaling/v1",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"namespace": stage.namespace, "name": "web"},
            "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3},
        }
    )
    args = stage.named(name="web", min_replicas=2, max_replicas=5)
    return Case(args, "horizontalpodautoscalers.autoscaling", "web")


def label(stage: Stage) -> Case:
    workload(stage, replicas=0)
    args = stage.named(kind="Deployment", name="web", labels={"team": "payments", "absent": None})
    return Case(args, "deployments.apps", "web")


def annotate(stage: Stage) -> Case:
    workload(stage, "StatefulSet", replicas=0)
    args = stage.named(kind="StatefulSet", name="web", annotations={"example.org/owner": "müller & söhne"})
    return Case(args, "statefulsets.apps", "web")


CASES: dict[str, Callable[[Stage], Case]] = {
    "annotate": annotate,
    "cordon": cordon,
    "cronjob-resume": cronjob_suspended,
    "cronjob-run": cronjob_run,
    "cronjob-suspend": cronjob,
    "delete-job": job,
    "delete-pod": delete_pod,
    "evict-pod": delete_pod,
    "hpa-limits": autoscaler,
    "label": label,
    "restart-statefulset-pod": member,
    "rollout-pause": pause,
    "rollout-restart": restart,
    "rollout-resume": resume,
    "rollout-undo": undo,
    "scale": scale,
    "set-image": image,
    "set-resources": resources,
    "uncordon": uncordon,
}
ELSEWHERE = {
    "drain": "test_drain",
    "argocd-sync": "test_gitops",
    "flux-reconcile": "test_gitops",
    "silence": "test_silences",
    "silence-expire": "test_silences",
}
"""Actions that need more than one object of the API server."""
