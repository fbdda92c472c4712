"""On a real API server: counts by cells are exact, and every kind is understood in the version that server has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from cluster.control_plane import client_context
from cluster.harness import KubeCluster

from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.reader import ClusterReader
from interlock.evals.bench.crowd import Write, write_all
from interlock.evals.questions.traffic import Counted
from interlock.tools.kubernetes.attributes import attributes
from interlock.tools.kubernetes.endpoints import ready_addresses
from interlock.tools.kubernetes.printed import printed
from interlock.tools.kubernetes.select import Condition, Wish, select

pytestmark = pytest.mark.cluster
Json = dict[str, Any]
NOW = datetime.now(UTC)
PODS = 150
NOT_READY = Condition(attribute="ready", operator="is", value=False)
OURS = "counted=here"
STATES: dict[str, tuple[str, bool, Json | None]] = {
    "ready": ("Running", True, {"running": {}}),
    "crashing": ("Running", False, {"waiting": {"reason": "CrashLoopBackOff"}}),
    "unready": ("Running", False, {"running": {}}),
    "done": ("Succeeded", False, {"terminated": {"exitCode": 0, "reason": "Completed"}}),
    "odd": ("Succeeded", False, {"terminated": {"exitCode": 0, "reason": "Stopped"}}),
    "failed": ("Failed", False, {"terminated": {"exitCode": 1, "reason": "Error"}}),
    # As pods stand before a kubelet has spoken of their containers, and after it never did.
    "bare pending": ("Pending", False, None),
    "bare done": ("Succeeded", False, None),
    "bare failed": ("Failed", False, None),
}


@pytest.fixture(scope="module")
def reader(kube_cluster: KubeCluster) -> Iterator[ClusterReader]:
    pki = kube_cluster.root / "pki"
    login = (str(pki / "admin.crt"), str(pki / "admin.key"))
    endpoint = Endpoint(kube_cluster.url, ca_file=str(kube_cluster.ca_file), client_cert=login)
    with closing(ClusterReader("test", Counted(HttpTransport(endpoint)))) as made:
        yield made


@pytest.fixture(scope="module")
def spaces(kube_cluster: KubeCluster) -> tuple[str, str]:
    """Two namespaces with 150 pods each, in every state; nothing owns them, so nothing tidies them up."""
    both = (kube_cluster.add_namespace("count"), kube_cluster.add_namespace("count"))
    jobs = [_pod(space, number) for space in both for number in range(PODS)]
    write_all(kube_cluster.ports["api"], client_context(kube_cluster.root / "pki"), jobs)
    return both


def _state(number: int) -> str:
    return "ready" if number % 4 else list(STATES)[number // 4 % len(STATES)]


def _named(name: str, space: str) -> Json:
    # Other tests share the server and have pods of their own that come and go: ours are told apart by a label.
    key, _, value = OURS.partition("=")
    return {"name": name, "namespace": space, "labels": {key: value}}


def _ours(kube_cluster: KubeCluster) -> list[Json]:
    key, _, value = OURS.partition("=")
    pods = kube_cluster.list("v1", "Pod")
    return [pod for pod in pods if pod["metadata"].get("labels", {}).get(key) == value]


def _pod(space: str, number: int) -> list[Write]:
    name = f"pod-{number:03d}"
    phase, ready, state = STATES[_state(number)]
    spec = {
        "nodeName": f"nowhere-{number % 5}",
        "containers": [{"name": "app", "image": "registry.test/app:1"}],
    }
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": _named(name, space), "spec": spec}
    held = {
        "name": "app",
        "image": "x",
        "imageID": "x",
        "ready": ready,
        "restartCount": number % 3,
        "state": state,
    }
    path = f"/api/v1/namespaces/{space}/pods"
    status = {"status": {"phase": phase, **({"containerStatuses": [held]} if state else {})}}
    return [("POST", path, body), ("PATCH", f"{path}/{name}/status", status)]


def _not_ready(pods: list[Json]) -> int:
    """From raw JSON, by another rule than the product's."""
    alive = [pod for pod in pods if pod["status"].get("phase") != "Succeeded"]
    held = [pod["status"].get("containerStatuses") or [{"ready": False}] for pod in alive]
    phases = [pod["status"].get("phase") for pod in alive]
    return sum(
        phase == "Failed" or not all(c["ready"] for c in one) for phase, one in zip(phases, held, strict=True)
    )


def test_a_count_over_all_namespaces_is_exact_and_reads_no_whole_object(
    kube_cluster: KubeCluster, reader: ClusterReader, spaces: tuple[str, str]
) -> None:
    reader.discovery.resolve("pods")
    transport = reader.transport
    assert isinstance(transport, Counted)
    transport.asked.clear()
    found = select(reader, Wish("pods", labels=OURS, where=(NOT_READY,), counted=True), NOW)
    assert [one.query.get("includeObject") for one in transport.asked] == ["Metadata"]
    assert found.count == _not_ready(_ours(kube_cluster))
    assert found.seen == 2 * PODS


def test_rows_of_cells_alone_are_as_exact_and_a_part_of_the_bytes(
    kube_cluster: KubeCluster, reader: ClusterReader, spaces: tuple[str, str]
) -> None:
    transport = reader.transport
    assert isinstance(transport, Counted)
    tables = []
    for named in (None, 0):
        transport.asked.clear()
        table = reader.table("pods", labels=OURS, named=named)
        assert table is not None
        not_ready = sum(printed(row, table.type, NOW).get("ready") is False for row in table.rows)
        assert not_ready == _not_ready(_ours(kube_cluster))
        tables.append((len(table.rows), sum(one.received for one in transport.asked)))
    assert tables[0][0] == tables[1][0]
    assert transport.asked[0].query["includeObject"] == "None"


def test_a_count_of_everything_is_the_servers_own(
    kube_cluster: KubeCluster, reader: ClusterReader, spaces: tuple[str, str]
) -> None:
    transport = reader.transport
    assert isinstance(transport, Counted)
    transport.asked.clear()
    before = len(kube_cluster.list("v1", "Pod"))
    found = select(reader, Wish("pods", counted=True), NOW)
    after = len(kube_cluster.list("v1", "Pod"))
    assert [one.query for one in transport.asked] == [{"limit": "1"}]
    assert min(before, after) <= found.count <= max(before, after)
    assert found.more > 0


def test_cells_say_the_same_as_whole_objects(reader: ClusterReader, spaces: tuple[str, str]) -> None:
    table = reader.table("pods", spaces[0])
    assert table is not None
    by_name = {item.name: attributes(item, NOW) for item in reader.list("pods", spaces[0]).objects}
    assert len(table.rows) == PODS
    for row in table.rows:
        told = printed(row, table.type, NOW)
        whole = by_name[str(told["name"])]
        assert told == {key: value for key, value in whole.items() if key in told}
        assert ("ready" in told) == ("ready" in whole)


def test_a_label_selects_and_the_count_stays_exact(
    reader: ClusterReader, kube_cluster: KubeCluster, spaces: tuple[str, str]
) -> None:
    path = f"/api/v1/namespaces/{spaces[0]}/pods/pod-007"
    body = {"metadata": {"labels": {"chosen": "yes"}}}
    kube_cluster.must("PATCH", path, body, content_type="application/merge-patch+json")
    found = select(reader, Wish("pods", labels="chosen=yes", counted=True), NOW)
    assert (found.count, [one.name for one in found.found]) == (1, [f"{spaces[0]}/pod-007"])


OBJECTS = """
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: NS}
spec: {minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 80, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: nightly, namespace: NS}
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: "registry.test/job:2"}]}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: NS}
spec: {rules: [{host: web.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: NS}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: lonely, namespace: NS}
spec: {selector: {app: lonely}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: NS, labels: {app: web}}
spec: {nodeName: worker-1, containers: [{name: app, image: "registry.test/web:1"}]}
"""


@pytest.mark.parametrize(
    ("kind", "name", "version", "told"),
    [
        ("hpa", "web", "autoscaling/v2beta2", {"target": "Deployment web", "minimum": 1, "maximum": 3}),
        ("cronjobs", "nightly", "batch/v1beta1", {"schedule": "0 3 * * *", "suspended": True, "tag": ["2"]}),
        ("ingresses", "web", "networking.k8s.io/v1", {"hosts": ["web.test"]}),
    ],
)
def test_kinds_are_understood_in_the_version_of_this_server(
    reader: ClusterReader,
    kube_cluster: KubeCluster,
    kube_namespace: str,
    kind: str,
    name: str,
    version: str,
    told: Json,
) -> None:
    kube_cluster.apply(OBJECTS.replace("NS", kube_namespace))
    item = reader.get(kind, name, kube_namespace)
    assert item.text("apiVersion") == version
    of = attributes(item, NOW)
    assert {key: of[key] for key in told} == told


def test_addresses_behind_services_are_counted_from_slices(
    reader: ClusterReader, kube_cluster: KubeCluster, kube_namespace: str
) -> None:
    kube_cluster.apply(OBJECTS.replace("NS", kube_namespace))
    ready = {"phase": "Running", "podIP": "10.9.8.7", "podIPs": [{"ip": "10.9.8.7"}],
             "conditions": [{"type": "Ready", "status": "True"}]}  # fmt: skip
    kube_cluster.patch_status("v1", "Pod", kube_namespace, "web-1", ready)
    transport = reader.transport
    assert isinstance(transport, Counted)
    found = kube_cluster.wait_for(lambda: ready_addresses(reader, kube_namespace), "an address")
    assert found == {(kube_namespace, "web"): 1}
    assert "/apis/discovery.k8s.io/v1beta1/" in transport.asked[-1].path
    lacking = Wish(
        "services", kube_namespace, where=(Condition(attribute="endpoints", operator="is", value=0),)
    )
    assert [one.name for one in select(reader, lacking, NOW).found] == [f"{kube_namespace}/lonely"]
