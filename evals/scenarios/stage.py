"""The acts that incidents share: install, start, release, run a job, write logs, forget what an API server forgets.

Objects are the real API server's and controllers'; `kubelet` plays the kubelets and `timeline` tells the times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from interlock.core.clock import format_time
from interlock.core.clusters.objects import KubeObject
from interlock.evals.scenarios.cluster import Object, ScenarioCluster
from interlock.evals.scenarios.kubelet import Kubelets
from interlock.evals.scenarios.lines import Line
from interlock.evals.scenarios.timeline import Timeline

BATCH = "batch/v1beta1"
STEP = timedelta(seconds=6)


@dataclass
class Stage:
    """A cluster to act on. `stored` is what the log store took in; no line is later than `now`."""

    cluster: ScenarioCluster
    kubelets: Kubelets
    timeline: Timeline
    source: Path
    now: datetime
    namespaces: tuple[str, ...]
    stored: list[dict[str, JsonValue]] = field(default_factory=list)

    def add_nodes(self, nodes: Iterable[str], at: datetime) -> None:
        """Nodes named ZONE-NUMBER that are well since `at`."""
        for name in nodes:
            zone = {"topology.kubernetes.io/zone": name.rpartition("-")[0]}
            self.cluster.add_node(name, cpu="4", memory="16Gi", labels=zone)
            self.kubelets.node(name, at, heartbeat=at)

    def heartbeats(self, nodes: Iterable[str], since: datetime) -> None:
        """Every node was heard of a moment ago, and is well since `since`."""
        for name in nodes:
            self.kubelets.node(name, since, heartbeat=self.now - timedelta(seconds=4))

    def apply(
        self, file: str, edit: Callable[[str], str] = str, *, manager: str = "argocd-controller"
    ) -> None:
        """Apply a file of the code, as it is or as it was."""
        self.cluster.apply(edit((self.source / "iac" / "kubernetes" / file).read_text()), manager=manager)

    def start(self, apps: Mapping[tuple[str, str], int], at: datetime) -> None:
        """Run every pod of the apps (namespace and name to how many), one app after the other."""
        for (namespace, app), count in apps.items():
            at = self.timeline.begin(at + timedelta(seconds=20))
            self._run_all(namespace, app, count, at)

    def install(self, files: Iterable[str], apps: Mapping[tuple[str, str], int], at: datetime) -> None:
        """Apply the files and run their apps; the events of it are long forgotten."""
        for file in files:
            self.apply(file)
        self.start(apps, at)
        self.forget_events()

    def _run_all(self, namespace: str, app: str, count: int, at: datetime) -> None:
        """A StatefulSet makes its next pod when the one before is ready."""
        ran: set[str] = set()

        def all_run() -> bool:
            for pod in self.kubelets.pods(namespace, app):
                if pod.uid not in ran:
                    self.kubelets.run(pod, at)
                    ran.add(pod.uid)
            return len(ran) == count and self.available(namespace, app)

        self.cluster.wait_for(all_run, f"{namespace}/{app} to be available")

    def available(self, namespace: str, name: str) -> bool:
        """Whether every replica the Deployment or StatefulSet wants is of its newest revision and ready."""
        found = KubeObject(self._workload(namespace, name))
        counts = (
            "replicas",
            "updatedReplicas",
            "availableReplicas" if found.kind == "Deployment" else "readyReplicas",
        )
        seen = found.number("status", "observedGeneration") == found.number("metadata", "generation")
        wanted = found.number("spec", "replicas")
        return seen and all(found.number("status", count) == wanted for count in counts)

    def _workload(self, namespace: str, name: str) -> Object:
        for kind in ("Deployment", "StatefulSet"):
            for item in self.cluster.list("apps/v1", kind, namespace, fieldSelector=f"metadata.name={name}"):
                return {"kind": kind, **item}
        raise LookupError(f"no workload {namespace}/{name}")

    def roll(self, namespace: str, app: str, count: int, holding: str, at: datetime) -> None:
        """Let a rolling update, begun at `at`, go through: new pods (with `holding` in their containers) start well."""
        started: set[str] = set()

        def through() -> bool:
            self.kubelets.remove_terminating(namespace)
            pods = self.kubelets.pods(namespace, app)
            for pod in pods:
                if not pod.text("status", "podIP"):
                    started.add(pod.uid)
                    self.kubelets.run(pod, self.timeline.begin(at + STEP * len(started)))
            new = [pod for pod in pods if holding in str(pod.value("spec", "containers"))]
            return len(new) == len(pods) == count and self.available(namespace, app)

        self.cluster.wait_for(through, f"the release of {app}")

    def run_of(self, namespace: str, cronjob: str, at: datetime) -> KubeObject:
        """The pod of the CronJob's run at `at`, placed and not yet started."""
        owner = KubeObject(self.cluster.get(BATCH, "CronJob", namespace, cronjob))
        self.cluster.apply(_job_of(owner, at), manager="kube-controller-manager")
        self.cluster.patch_status(BATCH, "CronJob", namespace, cronjob, {"lastScheduleTime": format_time(at)})
        (pod,) = self.kubelets.placed(namespace, cronjob, 1)
        return pod

    def job_ended(self, namespace: str, how: str) -> None:
        """Wait until the Job controller has seen the end: `Failed` or `Complete`."""

        def seen() -> bool:
            jobs = [KubeObject(job) for job in self.cluster.list("batch/v1", "Job", namespace)]
            return any(c.text("type") == how for job in jobs for c in job.nodes("status", "conditions"))

        self.cluster.wait_for(seen, f"a job that is {how}")

    def without_endpoints(self, namespace: str, service: str) -> None:
        """Wait until no address behind the Service is ready."""

        def seen() -> bool:
            subsets = KubeObject(self.cluster.get("v1", "Endpoints", namespace, service)).nodes("subsets")
            return bool(subsets) and not any(subset.nodes("addresses") for subset in subsets)

        self.cluster.wait_for(seen, "endpoints without a ready address")
        self.cluster.wait_for(lambda: not self.available(namespace, service), "the workload's status")

    def log(self, pod: KubeObject, lines: Iterable[Line], *, previous: bool = False) -> None:
        """What the pod's container wrote, until now; the log store takes in what the present run wrote."""
        written = [line for line in lines if line.at < self.now]
        service = pod.labels["app.kubernetes.io/name"]
        container = pod.nodes("spec", "containers")[0].text("name")
        text = "\n".join(map(str, written))
        self.cluster.write_log(pod.namespace, pod.name, container, text, previous=previous)
        if not previous:
            host = pod.text("spec", "nodeName")
            kind, _ = pod.controller or ("", "")
            tag = "kube_stateful_set" if kind == "StatefulSet" else "kube_deployment"
            self.stored += [line.stored(service, pod.namespace, pod.name, host, tag) for line in written]

    def address_of(self, namespace: str, service: str) -> str:
        """The cluster address of a Service."""
        return KubeObject(self.cluster.get("v1", "Service", namespace, service)).text("spec", "clusterIP")

    def forget_events(self) -> None:
        """An API server forgets events; those of the installation are long gone."""
        for namespace in self.namespaces:
            self.cluster.must("DELETE", f"/api/v1/namespaces/{namespace}/events")


def _job_of(owner: KubeObject, at: datetime) -> Object:
    """The Job a CronJob makes for its run at `at`."""
    reference: Object = {
        "apiVersion": BATCH,
        "kind": "CronJob",
        "name": owner.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"{owner.name}-{int(at.timestamp())}",
            "namespace": owner.namespace,
            "ownerReferences": [reference],
        },
        "spec": owner.value("spec", "jobTemplate", "spec"),
    }
