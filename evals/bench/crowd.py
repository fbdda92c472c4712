"""A large cluster for a bench: nodes, Deployments with two revisions, pods in known states, events; all made up by rule.

Nothing here decides anything about the product: `States` says which pods are not ready because it made them so.
"""

from __future__ import annotations

import json
import queue
import ssl
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPSConnection
from typing import Any

Json = dict[str, Any]
Write = tuple[str, str, Json]
"""Method, path, body."""
MERGE = "application/merge-patch+json"
SPACES = 25
_NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
BROKEN = "checkout-api"
"""The Deployment whose newest pods run out of memory; it lies in the namespace `team-07`."""
HOME = "team-07"
_WORDS = (
    "billing",
    "search",
    "catalog",
    "inventory",
    "shipping",
    "profile",
    "ledger",
    "pricing",
    "reviews",
    "media",
)


@dataclass(frozen=True)
class States:
    """How many pods of each state there are."""

    crashing: int
    unpulled: int
    pending: int
    unready: int
    failed: int
    succeeded: int
    total: int

    @property
    def not_ready(self) -> int:
        """Pods that should be ready and are not; one that succeeded should not."""
        return self.crashing + self.unpulled + self.pending + self.unready + self.failed


def state_of(number: int, deployment: str) -> str:
    """What pod `number` of the cluster is made to be."""
    if deployment == BROKEN:
        return "crashing" if number % 5 == 0 else "ready"
    rules = (
        (61, "crashing"),
        (97, "unpulled"),
        (131, "pending"),
        (173, "unready"),
        (211, "failed"),
        (257, "succeeded"),
    )
    return next((state for every, state in rules if number % every == 0), "ready")


@dataclass(frozen=True)
class Crowd:
    """So many of each."""

    pods: int = 5000
    nodes: int = 500
    deployments: int = 250

    @property
    def each(self) -> int:
        """Pods of one Deployment."""
        return self.pods // self.deployments

    def names(self) -> Iterator[tuple[int, str, str]]:
        """Number, namespace and name of each Deployment."""
        for n in range(self.deployments):
            space = f"team-{n % SPACES:02d}"
            name = f"{_WORDS[n // SPACES % len(_WORDS)]}-{'api' if n % 2 else 'worker'}-{n:03d}"
            yield n, space, BROKEN if n == int(HOME[-2:]) else name

    def states(self) -> States:
        """What was made, counted by the rule that made it."""
        counts: dict[str, int] = {}
        for n, _, name in self.names():
            for i in range(self.each):
                state = state_of(n * self.each + i, name)
                counts[state] = counts.get(state, 0) + 1
        counts.pop("ready", None)
        return States(**counts, total=self.each * self.deployments)


def node_writes(crowd: Crowd, kubelet: int) -> Iterator[list[Write]]:
    """Each node, then its status, with the images a kubelet reports."""
    images = [
        {
            "names": [f"registry.test/{word}@sha256:{i:064x}", f"registry.test/{word}:1.{i}.0"],
            "sizeBytes": 10_000_000 + i,
        }
        for i, word in enumerate(_WORDS * 3)
    ]
    size = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    kinds = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    for n in range(crowd.nodes):
        name = f"node-{n:03d}"
        labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"zone-{n % 3}"}
        conditions = [
            {"type": kind, "status": "True" if kind == "Ready" else "False", "reason": f"Kubelet{kind}",
             "lastHeartbeatTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z",
             "message": f"kubelet reports {kind}"}
            for kind in kinds
        ]  # fmt: skip
        status: Json = {"capacity": size, "allocatable": size, "conditions": conditions, "images": images}
        status["addresses"] = [{"type": "InternalIP", "address": "127.0.0.1"}]
        status["daemonEndpoints"] = {"kubeletEndpoint": {"Port": kubelet}}
        status["nodeInfo"] = {
            key: "v1.20.2" if key.startswith("kube") else "x"
            for key in ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion",
                        "kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture")
        }  # fmt: skip
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
        yield [
            ("POST", "/api/v1/nodes?fieldManager=kubelet", node),
            ("PATCH", f"/api/v1/nodes/{name}/status?fieldManager=kubelet", {"status": status}),
            ("PATCH", f"/api/v1/nodes/{name}", {"spec": {"taints": None}}),
        ]


def workload_writes(crowd: Crowd) -> Iterator[list[Write]]:
    """Each Deployment and its status."""
    for _, space, name in crowd.names():
        base = f"/apis/apps/v1/namespaces/{space}"
        spec = {
            "replicas": crowd.each,
            "selector": {"matchLabels": {"app": name}},
            "template": template(name, "2"),
        }
        status = {"replicas": crowd.each, "readyReplicas": crowd.each - 1, "observedGeneration": 1}
        yield [
            ("POST", f"{base}/deployments", _object("apps/v1", "Deployment", space, name, spec)),
            ("PATCH", f"{base}/deployments/{name}/status", {"status": status}),
        ]


def set_writes(crowd: Crowd, made: dict[str, str]) -> Iterator[list[Write]]:
    """The two ReplicaSets of each Deployment, whose uid `made` holds by its path."""
    for _, space, name in crowd.names():
        base = f"/apis/apps/v1/namespaces/{space}"
        owner = _owner("apps/v1", "Deployment", name, made[f"{base}/deployments/{name}"])
        for number in ("1", "2"):
            held = crowd.each if number == "2" else 0
            labels = {"app": name, "pod-template-hash": f"6c4ab5d9c{number}"}
            spec = {
                "replicas": held,
                "selector": {"matchLabels": labels},
                "template": template(name, number, labels),
            }
            item = _object("apps/v1", "ReplicaSet", space, f"{name}-6c4ab5d9c{number}", spec, labels, owner)
            item["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": number}
            status = {"status": {"replicas": held, "readyReplicas": max(0, held - 1)}}
            path = f"{base}/replicasets"
            yield [("POST", path, item), ("PATCH", f"{path}/{item['metadata']['name']}/status", status)]


def pod_writes(crowd: Crowd, made: dict[str, str]) -> Iterator[list[Write]]:
    """Each pod, its status, and the event that its state brings."""
    for n, space, name in crowd.names():
        path = f"/apis/apps/v1/namespaces/{space}/replicasets/{name}-6c4ab5d9c2"
        owner = _owner("apps/v1", "ReplicaSet", f"{name}-6c4ab5d9c2", made[path])
        for i in range(crowd.each):
            number = n * crowd.each + i
            yield _pod(crowd, space, name, number, owner)


def template(name: str, revision: str, labels: Json | None = None) -> Json:
    """A pod template of everyday size."""
    resources = {
        "requests": {"cpu": "100m", "memory": "64Mi"},
        "limits": {"memory": "64Mi" if revision == "2" else "256Mi"},
    }
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10}
    env = [{"name": f"SETTING_{i}", "value": f"value-of-{name}-{i}"} for i in range(8)]
    container = {"name": "app", "image": f"registry.test/{name}:{revision}.0", "env": env, "resources": resources,
                 "readinessProbe": probe, "livenessProbe": probe, "ports": [{"containerPort": 8080}]}  # fmt: skip
    return {"metadata": {"labels": labels or {"app": name}}, "spec": {"containers": [container]}}


def _pod(crowd: Crowd, space: str, name: str, number: int, owner: Json) -> list[Write]:
    labels = {"app": name, "pod-template-hash": "6c4ab5d9c2", "team": space}
    pod_named = pod_name(name, number)
    item = _object("v1", "Pod", space, pod_named, dict(template(name, "2")["spec"]), labels, owner)
    state = state_of(number, name)
    if state != "pending":
        item["spec"]["nodeName"] = f"node-{number % crowd.nodes:03d}"
    path = f"/api/v1/namespaces/{space}/pods"
    writes: list[Write] = [
        ("POST", f"{path}?fieldManager=kube-controller-manager", item),
        (
            "PATCH",
            f"{path}/{pod_named}/status?fieldManager=kubelet",
            {"status": _status(state, name, number)},
        ),
    ]
    if state != "ready" or number % 10 == 0:
        writes.append(("POST", f"/api/v1/namespaces/{space}/events", _event(space, pod_named, number, state)))
    return writes


def _status(state: str, name: str, number: int) -> Json:
    phases = {"pending": "Pending", "unpulled": "Pending", "failed": "Failed", "succeeded": "Succeeded"}
    at = "2026-01-01T00:00:00Z"
    ended = {"exitCode": 137, "reason": "OOMKilled", "startedAt": at, "finishedAt": at}
    running: Json = {"running": {"startedAt": at}}
    states: dict[str, Json] = {
        "crashing": {
            "waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}
        },
        "unpulled": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}},
        "failed": {"terminated": {**ended, "exitCode": 1, "reason": "Error"}},
        "succeeded": {"terminated": {**ended, "exitCode": 0, "reason": "Completed"}},
    }
    ready = state == "ready"
    condition = {"lastTransitionTime": at, "lastProbeTime": None}
    conditions = [
        {"type": kind, "status": "True" if ready or kind == "Initialized" else "False", **condition}
        for kind in ("Initialized", "Ready", "ContainersReady")
    ]
    scheduled = {"type": "PodScheduled", "status": "False" if state == "pending" else "True", **condition}
    if state == "pending":
        return {"phase": "Pending", "conditions": [{**scheduled, "reason": "Unschedulable"}]}
    container = {"name": "app", "image": f"registry.test/{name}:2.0", "imageID": f"registry.test/{name}@sha256:{number:064x}",
                 "containerID": f"containerd://{number:064x}", "ready": ready, "started": ready,
                 "restartCount": 7 if state == "crashing" else 0, "state": states.get(state, running)}  # fmt: skip
    if state == "crashing":
        container["lastState"] = {"terminated": ended}
    return {"phase": phases.get(state, "Running"), "conditions": [*conditions, scheduled], "containerStatuses": [container],
            "podIP": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", "startTime": at, "hostIP": "10.0.0.1"}  # fmt: skip


def _event(space: str, pod: str, number: int, state: str) -> Json:
    reasons = {
        "crashing": ("BackOff", "Back-off restarting failed container"),
        "pending": ("FailedScheduling", "0/500 nodes"),
    }
    reason, message = reasons.get(state, ("Pulled", "Container image already present on machine"))
    about = {"kind": "Pod", "namespace": space, "name": pod, "apiVersion": "v1"}
    now = {"firstTimestamp": _NOW, "lastTimestamp": _NOW, "count": 1 + number % 9}
    kind = "Normal" if reason == "Pulled" else "Warning"
    item = _object("v1", "Event", space, f"{pod}.{number:016x}")
    return {**item, "involvedObject": about, "reason": reason, "message": message, "type": kind, **now,
            "source": {"component": "kubelet", "host": f"node-{number % 500:03d}"}}  # fmt: skip


def write_all(
    port: int, context: ssl.SSLContext, jobs: Iterable[list[Write]], *, connections: int = 8
) -> dict[str, str]:
    """Send each job's writes in order, jobs side by side; the uid of each object that was made, by its path."""
    waiting: queue.Queue[list[Write] | None] = queue.Queue(maxsize=200)
    made: dict[str, str] = {}
    failed: list[str] = []

    def work() -> None:
        connection = HTTPSConnection("127.0.0.1", port, timeout=60, context=context)
        while (job := waiting.get()) is not None:
            for write in job:
                _send(connection, write, made, failed)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for job in (*jobs, *[None] * connections):
        waiting.put(job)
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"{len(failed)} writes failed, the first: {failed[0]}")
    return made


def _send(connection: HTTPSConnection, write: Write, made: dict[str, str], failed: list[str]) -> None:
    method, path, body = write
    kind = MERGE if method == "PATCH" else "application/json"
    connection.request(method, path, json.dumps(body), {"Content-Type": kind})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 300 and answer.status != 409:
        failed.append(f"{method} {path}: {answer.status} {text[:300]!r}")
    elif method == "POST" and "/events" not in path:
        metadata = json.loads(text)["metadata"]
        made[f"{path.partition('?')[0]}/{metadata['name']}"] = metadata["uid"]


def _object(
    version: str, kind: str, space: str, name: str, spec: Json | None = None, labels: Json | None = None, owner: Json | None = None
) -> Json:  # fmt: skip
    metadata: Json = {"namespace": space, "name": name}
    metadata |= {"labels": labels} if labels else {}
    metadata |= {"ownerReferences": [owner]} if owner else {}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **({"spec": spec} if spec else {})}


def _owner(version: str, kind: str, name: str, uid: str) -> Json:
    return {"apiVersion": version, "kind": kind, "name": name, "uid": uid, "controller": True}


def pod_name(deployment: str, number: int) -> str:
    """What pod `number` of the cluster is called."""
    return f"{deployment}-6c4ab5d9c2-{_suffix(number)}"


def _suffix(number: int) -> str:
    letters = "bcdfghjklmnpqrstvwxz2456789"
    found = ""
    for _ in range(5):
        number, place = divmod(number, len(letters))
        found += letters[place]
    return found
