"""The acts of the demo incident, from the installation of the platform to the feature store that cannot start."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from pydantic import JsonValue

from interlock.core.clock import format_time
from interlock.core.clusters.objects import KubeObject
from interlock.evals.scenarios import demo_logs
from interlock.evals.scenarios.cluster import Object, ScenarioCluster
from interlock.evals.scenarios.demo_logs import Line
from interlock.evals.scenarios.kubelet import Crash, Kubelets, crash_loop
from interlock.evals.scenarios.timeline import Timeline

SOURCE = Path(__file__).with_name("demo")
NOW = datetime(2026, 11, 19, 3, 12, tzinfo=UTC)
INSTALLED = datetime(2026, 10, 7, 8, 30, tzinfo=UTC)
EXPORT = datetime(2026, 11, 19, 1, 0, tzinfo=UTC)
RELEASE = datetime(2026, 11, 19, 2, 41, tzinfo=UTC)
CHANGE = datetime(2026, 11, 19, 2, 49, 30, tzinfo=UTC)
NODES = {"north-a-1": "10.20.1.11", "north-b-1": "10.20.2.11", "north-c-1": "10.20.3.11"}
NAMESPACES = ("checkout", "default", "ml-platform", "settlement")


@dataclass
class DemoPlay:
    """The acts, in their order. `stored` is what the log store took in."""

    cluster: ScenarioCluster
    kubelets: Kubelets
    timeline: Timeline
    stored: list[dict[str, JsonValue]] = field(default_factory=list)
    released: int = 0

    def act(self) -> None:
        """Act it all out; returns when the controllers have seen the end."""
        self._install()
        self._nightly_export_fails()
        self._ledger_is_released()
        self._feature_store_is_changed()
        self._settle()

    def _install(self) -> None:
        at = self.timeline.begin(INSTALLED)
        for name in NODES:
            zone = {"topology.kubernetes.io/zone": name.rpartition("-")[0]}
            self.cluster.add_node(name, cpu="4", memory="16Gi", labels=zone)
            self.kubelets.node(name, at, heartbeat=at)
        self.cluster.apply((SOURCE / "platform.yaml").read_text(), manager="Terraform")
        self._apply("checkout/checkout-api.yaml")
        self._apply("checkout/ledger-api.yaml", lambda text: text.replace("2.8.1", "2.8.0"))
        self._apply("settlement/settlement-export.yaml")
        for namespace, app, count in (
            ("checkout", "checkout-api", 3),
            ("checkout", "ledger-api", 2),
            ("ml-platform", "feature-store", 2),
        ):
            pods = self.kubelets.placed(namespace, app, count)
            at = self.timeline.begin(at + timedelta(seconds=20))
            for pod in pods:
                self.kubelets.run(pod, at)
            self._rolled_out(namespace, app)
        self._forget_events()

    def _nightly_export_fails(self) -> None:
        at = self.timeline.begin(EXPORT)
        owner = KubeObject(self.cluster.get("batch/v1beta1", "CronJob", "settlement", "settlement-export"))
        self.cluster.apply(_job_of(owner, at), manager="kube-controller-manager")
        (pod,) = self.kubelets.placed("settlement", "settlement-export", 1)
        lines = demo_logs.settlement_export(at + timedelta(seconds=3))
        ended = self.timeline.begin(at + timedelta(seconds=10))
        self.kubelets.fail(pod, at + timedelta(seconds=2), ended, 4)
        self._log(pod, lines)
        self.cluster.wait_for(self._job_failed, "the failed job")
        self.cluster.patch_status(
            "batch/v1beta1",
            "CronJob",
            "settlement",
            "settlement-export",
            {"lastScheduleTime": format_time(at)},
        )

    def _ledger_is_released(self) -> None:
        at = self.timeline.begin(RELEASE)
        self._apply("checkout/ledger-api.yaml")
        self.cluster.wait_for(lambda: self._ledger_step(at), "the release of ledger-api")
        for pod in self.kubelets.pods("checkout", "ledger-api"):
            self._log(pod, demo_logs.ledger_api(at + timedelta(seconds=4), NOW))

    def _ledger_step(self, at: datetime) -> bool:
        """One look at the rolling update: start what is new, confirm what is gone; true when it is through."""
        self.kubelets.remove_terminating("checkout")
        pods = self.kubelets.pods("checkout", "ledger-api")
        for pod in pods:
            if not pod.text("status", "podIP"):
                self.released += 1
                self.kubelets.run(pod, self.timeline.begin(at + timedelta(seconds=6 * self.released)))
        new = [pod for pod in pods if "2.8.1" in str(pod.value("spec", "containers"))]
        return len(new) == len(pods) == 2 and self._available("checkout", "ledger-api")

    def _feature_store_is_changed(self) -> None:
        at = self.timeline.begin(CHANGE)
        changed = _feature_store_after_the_change()
        self.cluster.apply(changed, manager="Terraform")
        pods = self.kubelets.placed("ml-platform", "feature-store", 2, holding="128Mi")
        started = self.timeline.begin(at + timedelta(seconds=4))
        for number, pod in enumerate(pods):
            crash = crash_loop("OOMKilled", 137, started, 19 + 2 * number, NOW)
            self.kubelets.crash(pod, started, crash, NOW - timedelta(seconds=6 + number))
            lines = demo_logs.feature_store(crash.started, crash.finished)
            self._log(pod, lines)
            self._log(pod, lines, previous=True)
            self._killed_by_the_kernel(pod, started + (crash.finished - crash.started), crash)
        self._checkout_suffers(at)

    def _checkout_suffers(self, at: datetime) -> None:
        service = KubeObject(self.cluster.get("v1", "Service", "ml-platform", "feature-store"))
        for replica, pod in enumerate(self.kubelets.pods("checkout", "checkout-api")):
            lines = demo_logs.checkout_api(
                replica, at + timedelta(seconds=6), NOW, service.text("spec", "clusterIP")
            )
            self._log(pod, lines)

    def _killed_by_the_kernel(self, pod: KubeObject, first: datetime, crash: Crash) -> None:
        node = KubeObject(self.cluster.get("v1", "Node", None, pod.text("spec", "nodeName")))
        text = f"Memory cgroup out of memory: Killed process 4{sum(pod.name.encode())} (feature-store) anon-rss:130612kB"
        what = ("Warning", "OOMKilling", text)
        self.kubelets.event(node, what, first=first, last=crash.finished, count=crash.restarts + 1)

    def _settle(self) -> None:
        """Wait until the controllers have seen everything; heartbeats are recent."""

        def no_endpoint_is_ready() -> bool:
            found = KubeObject(self.cluster.get("v1", "Endpoints", "ml-platform", "feature-store"))
            subsets = found.nodes("subsets")
            return bool(subsets) and not any(subset.nodes("addresses") for subset in subsets)

        self.cluster.wait_for(no_endpoint_is_ready, "endpoints without a ready address")
        self.cluster.wait_for(
            lambda: not self._available("ml-platform", "feature-store"), "an unavailable store"
        )
        for name in NODES:
            self.kubelets.node(name, INSTALLED, heartbeat=NOW - timedelta(seconds=4))

    def _apply(self, file: str, edit: Callable[[str], str] = str) -> None:
        self.cluster.apply(
            edit((SOURCE / "iac" / "kubernetes" / file).read_text()), manager="argocd-controller"
        )

    def _rolled_out(self, namespace: str, name: str) -> None:
        self.cluster.wait_for(lambda: self._available(namespace, name), f"{name} to be available")

    def _available(self, namespace: str, name: str) -> bool:
        found = KubeObject(self.cluster.get("apps/v1", "Deployment", namespace, name))
        seen = found.number("status", "observedGeneration") == found.number("metadata", "generation")
        return seen and all(
            found.number("status", count) == found.number("spec", "replicas")
            for count in ("replicas", "updatedReplicas", "availableReplicas")
        )

    def _job_failed(self) -> bool:
        jobs = [KubeObject(job) for job in self.cluster.list("batch/v1", "Job", "settlement")]
        return any(c.text("type") == "Failed" for job in jobs for c in job.nodes("status", "conditions"))

    def _log(self, pod: KubeObject, lines: Iterable[Line], *, previous: bool = False) -> None:
        written = [line for line in lines if line.at < NOW]
        service = pod.labels["app.kubernetes.io/name"]
        container = pod.nodes("spec", "containers")[0].text("name")
        text = "\n".join(map(str, written))
        self.cluster.write_log(pod.namespace, pod.name, container, text, previous=previous)
        if not previous:
            host = pod.text("spec", "nodeName")
            self.stored += [line.stored(service, pod.namespace, pod.name, host) for line in written]

    def _forget_events(self) -> None:
        """An API server forgets events; those of the installation are long gone."""
        for namespace in NAMESPACES:
            self.cluster.must("DELETE", f"/api/v1/namespaces/{namespace}/events")


def _feature_store_after_the_change() -> Object:
    """The Deployment as `iac/terraform` has it: the limit and the reason of the change differ, nothing else."""
    documents = yaml.safe_load_all((SOURCE / "platform.yaml").read_text())
    changed: Object = next(d for d in documents if d["kind"] == "Deployment")
    text = json.dumps(changed).replace('"512Mi"', '"128Mi"')
    text = text.replace("feature-store 1.9.4 (PLAT-2174)", "right-size ml-platform memory (PLAT-2291)")
    loaded: Object = json.loads(text)
    return loaded


def _job_of(owner: KubeObject, at: datetime) -> Object:
    """The Job a CronJob makes for its run at `at`."""
    reference: Object = {
        "apiVersion": "batch/v1beta1",
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
