"""The demo incident, acted out on a real API server and recorded.

03:12 in the morning. `checkout-api` answers 503: its alert fires, its pods are all Running and Ready. The cause is
in another namespace: `feature-store` is OOMKilled again and again since a Terraform change lowered its memory limit
from 512Mi to 128Mi at 02:49:30, so its Service has no ready endpoint. Two distractors: `ledger-api` was released
eight minutes before that and is well, and the nightly `settlement-export` failed for a reason of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import yaml

from interlock.core.clusters.objects import KubeObject
from interlock.evals.scenarios import demo_logs
from interlock.evals.scenarios.cluster import Object
from interlock.evals.scenarios.kubelet import Crash, crash_loop
from interlock.evals.scenarios.stage import Stage
from interlock.evals.scenarios.story import Story

NOW = datetime(2026, 11, 19, 3, 12, tzinfo=UTC)
INSTALLED = datetime(2026, 10, 7, 8, 30, tzinfo=UTC)
EXPORT = datetime(2026, 11, 19, 1, 0, tzinfo=UTC)
RELEASE = datetime(2026, 11, 19, 2, 41, tzinfo=UTC)
CHANGE = datetime(2026, 11, 19, 2, 49, 30, tzinfo=UTC)
NODES = {"north-a-1": "10.20.1.11", "north-b-1": "10.20.2.11", "north-c-1": "10.20.3.11"}
NAMESPACES = ("checkout", "default", "ml-platform", "settlement")
APPS = {("checkout", "checkout-api"): 3, ("checkout", "ledger-api"): 2, ("ml-platform", "feature-store"): 2}


@dataclass
class DemoPlay:
    """The acts, in their order."""

    stage: Stage

    def act(self) -> None:
        """Act it all out; returns when the controllers have seen the end."""
        self._install()
        self._nightly_export_fails()
        self._ledger_is_released()
        self._feature_store_is_changed()
        self.stage.without_endpoints("ml-platform", "feature-store")
        self.stage.heartbeats(NODES, INSTALLED)

    def _install(self) -> None:
        stage = self.stage
        at = stage.timeline.begin(INSTALLED)
        stage.add_nodes(NODES, at)
        stage.cluster.apply((stage.source / "platform.yaml").read_text(), manager="Terraform")
        stage.apply("checkout/checkout-api.yaml")
        stage.apply("checkout/ledger-api.yaml", lambda text: text.replace("2.8.1", "2.8.0"))
        stage.apply("settlement/settlement-export.yaml")
        stage.start(APPS, at)
        stage.forget_events()

    def _nightly_export_fails(self) -> None:
        stage = self.stage
        at = stage.timeline.begin(EXPORT)
        pod = stage.run_of("settlement", "settlement-export", at)
        ended = stage.timeline.begin(at + timedelta(seconds=10))
        stage.kubelets.fail(pod, at + timedelta(seconds=2), ended, 4)
        stage.log(pod, demo_logs.settlement_export(at + timedelta(seconds=3)))
        stage.job_ended("settlement", "Failed")

    def _ledger_is_released(self) -> None:
        stage = self.stage
        at = stage.timeline.begin(RELEASE)
        stage.apply("checkout/ledger-api.yaml")
        stage.roll("checkout", "ledger-api", 2, "2.8.1", at)
        for pod in stage.kubelets.pods("checkout", "ledger-api"):
            stage.log(pod, demo_logs.ledger_api(at + timedelta(seconds=4), NOW))

    def _feature_store_is_changed(self) -> None:
        stage = self.stage
        at = stage.timeline.begin(CHANGE)
        stage.cluster.apply(self._feature_store_after_the_change(), manager="Terraform")
        pods = stage.kubelets.placed("ml-platform", "feature-store", 2, holding="128Mi")
        started = stage.timeline.begin(at + timedelta(seconds=4))
        for number, pod in enumerate(pods):
            crash = crash_loop("OOMKilled", 137, started, 19 + 2 * number, NOW)
            stage.kubelets.crash(pod, started, crash, NOW - timedelta(seconds=6 + number))
            lines = demo_logs.feature_store(crash.started, crash.finished)
            stage.log(pod, lines)
            stage.log(pod, lines, previous=True)
            self._killed_by_the_kernel(pod, started + (crash.finished - crash.started), crash)
        self._checkout_suffers(at)

    def _feature_store_after_the_change(self) -> Object:
        """The Deployment as `iac/terraform` has it: the limit and the reason of the change differ, nothing else."""
        documents = yaml.safe_load_all((self.stage.source / "platform.yaml").read_text())
        changed: Object = next(d for d in documents if d["kind"] == "Deployment")
        text = json.dumps(changed).replace('"512Mi"', '"128Mi"')
        text = text.replace("feature-store 1.9.4 (PLAT-2174)", "right-size ml-platform memory (PLAT-2291)")
        loaded: Object = json.loads(text)
        return loaded

    def _killed_by_the_kernel(self, pod: KubeObject, first: datetime, crash: Crash) -> None:
        stage = self.stage
        node = KubeObject(stage.cluster.get("v1", "Node", None, pod.text("spec", "nodeName")))
        text = f"Memory cgroup out of memory: Killed process 4{sum(pod.name.encode())} (feature-store) anon-rss:130612kB"
        what = ("Warning", "OOMKilling", text)
        stage.kubelets.event(node, what, first=first, last=crash.finished, count=crash.restarts + 1)

    def _checkout_suffers(self, at: datetime) -> None:
        stage = self.stage
        address = stage.address_of("ml-platform", "feature-store")
        for replica, pod in enumerate(stage.kubelets.pods("checkout", "checkout-api")):
            stage.log(pod, demo_logs.checkout_api(replica, at + timedelta(seconds=6), NOW, address))


STORY = Story("demo", NOW, NODES, NAMESPACES, lambda stage: DemoPlay(stage).act())
build = STORY.build
