"""Acts as the kubelets of a scenario: runs, crashes, finishes and removes pods by writing what a kubelet writes.

Statuses and events carry times of the story; everything else about a pod is the real controllers' and scheduler's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from interlock.core.clock import format_time
from interlock.core.clusters.objects import KubeObject
from interlock.evals.scenarios.cluster import Object, ScenarioCluster

WELL = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "KubeletReady", "kubelet is posting ready status"),
)
SOFTWARE = {
    "kubeletVersion": "v1.20.2",
    "kubeProxyVersion": "v1.20.2",
    "osImage": "Debian GNU/Linux 12 (bookworm)",
    "kernelVersion": "6.1.0-26-amd64",
    "containerRuntimeVersion": "containerd://1.6.20",
    "operatingSystem": "linux",
    "architecture": "amd64",
}


@dataclass(frozen=True)
class Crash:
    """How the container of a pod ends, again and again."""

    reason: str
    exit_code: int
    started: datetime
    finished: datetime
    restarts: int


@dataclass
class Kubelets:
    """Every node's kubelet."""

    cluster: ScenarioCluster
    node_addresses: dict[str, str]
    addresses: dict[str, str] = field(default_factory=dict)

    def pods(self, namespace: str, app: str) -> list[KubeObject]:
        """The pods of an app that the scheduler has placed."""
        listed = self.cluster.list("v1", "Pod", namespace, labelSelector=f"app.kubernetes.io/name={app}")
        pods = [_pod(item) for item in listed]
        return [
            pod
            for pod in pods
            if pod.text("spec", "nodeName") and not pod.text("metadata", "deletionTimestamp")
        ]

    def placed(self, namespace: str, app: str, count: int, *, holding: str = "") -> list[KubeObject]:
        """Wait until `count` pods of an app (with `holding` in its containers) are placed, removing those told to go meanwhile."""

        def ready() -> list[KubeObject]:
            self.remove_terminating(namespace)
            pods = [p for p in self.pods(namespace, app) if holding in str(p.value("spec", "containers"))]
            return pods if len(pods) == count else []

        return self.cluster.wait_for(ready, f"{count} pods of {namespace}/{app}")

    def run(self, pod: KubeObject, at: datetime) -> None:
        """Start every container of the pod at `at`; it gets ready."""
        containers: list[JsonValue] = [
            self._container(
                c.text("name"), c.text("image"), {"running": {"startedAt": format_time(at)}}, ready=True
            )
            for c in pod.nodes("spec", "containers")
        ]
        self._status(pod, "Running", containers, at, ready=True)
        self._start_events(pod, at, 1)

    def crash(self, pod: KubeObject, at: datetime, crash: Crash, now: datetime) -> None:
        """The pod started at `at` and is in CrashLoopBackOff; `crash` is its last run."""
        name, uid = pod.nodes("spec", "containers")[0].text("name"), pod.uid
        back_off = f"back-off 5m0s restarting failed container={name} pod={pod.name}_{pod.namespace}({uid})"
        waiting: Object = {"waiting": {"reason": "CrashLoopBackOff", "message": back_off}}
        last: Object = {"terminated": _terminated(crash, uid)}
        image = pod.nodes("spec", "containers")[0].text("image")
        status = self._container(name, image, waiting, ready=False)
        status.update({"lastState": last, "restartCount": crash.restarts})
        self._status(pod, "Running", [status], at, ready=False)
        self._start_events(pod, at, crash.restarts + 1, last=crash.started)
        what = ("Warning", "BackOff", "Back-off restarting failed container")
        self.event(pod, what, first=at + timedelta(seconds=35), last=now, count=98)

    def restarted(self, pod: KubeObject, at: datetime, crash: Crash, ready: datetime) -> None:
        """The pod, first started at `at`, ended as `crash` says, was started again two seconds later and got ready."""
        first = pod.nodes("spec", "containers")[0]
        again = crash.finished + timedelta(seconds=2)
        running: Object = {"running": {"startedAt": format_time(again)}}
        status = self._container(first.text("name"), first.text("image"), running, ready=True)
        last: Object = {"terminated": _terminated(crash, pod.uid)}
        status.update({"lastState": last, "restartCount": crash.restarts})
        self._status(pod, "Running", [status], at, ready=True, since=ready)
        self._start_events(pod, again, 1)

    def cannot_pull(self, pod: KubeObject, at: datetime, now: datetime) -> None:
        """The pod was placed at `at`; the registry has no image by that name."""
        container = pod.nodes("spec", "containers")[0]
        image = container.text("image")
        state: Object = {
            "waiting": {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}
        }
        status = self._container(container.text("name"), image, state, ready=False)
        status.update({"imageID": "", "containerID": ""})
        self._status(pod, "Pending", [status], at, ready=False)
        what = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
        refused = f'Failed to pull image "{image}": rpc error: code = NotFound desc = {what}'
        tries = int((now - at).total_seconds()) // 300 + 4  # 10, 20, 40, ... seconds, then every five minutes
        for kind, reason, message, count in (
            ("Normal", "Pulling", f'Pulling image "{image}"', tries),
            ("Warning", "Failed", refused, tries),
            ("Warning", "Failed", "Error: ErrImagePull", tries),
            ("Normal", "BackOff", f'Back-off pulling image "{image}"', 4 * tries),
            ("Warning", "Failed", "Error: ImagePullBackOff", 4 * tries),
        ):
            last = now - timedelta(seconds=41 if count == tries else 9)
            self.event(pod, (kind, reason, message), first=at, last=last, count=count)

    def finish(self, pod: KubeObject, at: datetime, ended: datetime) -> None:
        """The pod started at `at` and did its work until `ended`."""
        first = pod.nodes("spec", "containers")[0]
        state: Object = {"terminated": _terminated(Crash("Completed", 0, at, ended, 0), pod.uid)}
        container = self._container(first.text("name"), first.text("image"), state, ready=False)
        self._status(pod, "Succeeded", [container], at, ready=False, why="PodCompleted")
        self._start_events(pod, at, 1)

    def fail(self, pod: KubeObject, at: datetime, ended: datetime, code: int) -> None:
        """The pod started at `at` and failed for good at `ended`."""
        first = pod.nodes("spec", "containers")[0]
        crash = Crash("Error", code, at, ended, 0)
        state: Object = {"terminated": _terminated(crash, pod.uid)}
        container = self._container(first.text("name"), first.text("image"), state, ready=False)
        self._status(pod, "Failed", [container], at, ready=False)
        self._start_events(pod, at, 1)

    def node(self, name: str, since: datetime, *, heartbeat: datetime) -> None:
        """The node is well since `since`, last heard of at `heartbeat`."""
        conditions: list[JsonValue] = [
            {
                "type": kind,
                "status": "True" if kind == "Ready" else "False",
                "reason": reason,
                "message": message,
                "lastHeartbeatTime": format_time(heartbeat),
                "lastTransitionTime": format_time(since),
            }
            for kind, reason, message in WELL
        ]
        self.cluster.patch_status(
            "v1", "Node", None, name, {"conditions": conditions, "nodeInfo": {**SOFTWARE}}
        )

    def remove_terminating(self, namespace: str) -> None:
        """Confirm that pods told to go are gone."""
        for item in self.cluster.list("v1", "Pod", namespace):
            pod = KubeObject(item, "pods")
            if pod.text("metadata", "deletionTimestamp"):
                path = f"/api/v1/namespaces/{namespace}/pods/{pod.name}"
                self.cluster.must(
                    "DELETE", path, {"gracePeriodSeconds": 0, "preconditions": {"uid": pod.uid}}
                )

    def event(
        self,
        about: KubeObject,
        what: tuple[str, str, str],
        *,
        first: datetime,
        last: datetime,
        count: int = 1,
    ) -> None:
        """An event as a kubelet reports it (type, reason, message), with how often it was seen."""
        kind, reason, message = what
        container = about.nodes("spec", "containers")[0].text("name") if about.kind == "Pod" else ""
        namespace = about.namespace or "default"
        digest = hashlib.sha256(f"{about.uid}{reason}{message}".encode()).hexdigest()[:16]
        body: Object = {
            "metadata": {"name": f"{about.name}.{digest}", "namespace": namespace},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": about.kind,
                "name": about.name,
                "namespace": about.namespace,
                "uid": about.uid,
                **({"fieldPath": f"spec.containers{{{container}}}"} if container else {}),
            },
            "type": kind,
            "reason": reason,
            "message": message,
            "firstTimestamp": format_time(first),
            "lastTimestamp": format_time(last),
            "count": count,
            "source": {"component": "kubelet", "host": about.text("spec", "nodeName") or about.name},
        }
        self.cluster.must("POST", f"/api/v1/namespaces/{namespace}/events?fieldManager=kubelet", body)

    def _start_events(
        self, pod: KubeObject, at: datetime, count: int, *, last: datetime | None = None
    ) -> None:
        for container in pod.nodes("spec", "containers"):
            name, image = container.text("name"), container.text("image")
            pulled = f'Container image "{image}" already present on machine'
            for reason, message in (
                ("Pulled", pulled),
                ("Created", f"Created container {name}"),
                ("Started", f"Started container {name}"),
            ):
                self.event(pod, ("Normal", reason, message), first=at, last=last or at, count=count)

    def _container(self, name: str, image: str, state: Object, *, ready: bool) -> Object:
        digest = hashlib.sha256(image.encode()).hexdigest()
        return {
            "name": name,
            "image": image,
            "imageID": f"{image.rpartition(':')[0]}@sha256:{digest}",
            "containerID": f"containerd://{hashlib.sha256(f'{name}{state}'.encode()).hexdigest()}",
            "ready": ready,
            "started": ready,
            "restartCount": 0,
            "state": state,
            "lastState": {},
        }

    def _status(
        self,
        pod: KubeObject,
        phase: str,
        containers: list[JsonValue],
        at: datetime,
        *,
        ready: bool,
        since: datetime | None = None,
        why: str = "ContainersNotReady",
    ) -> None:
        names = " ".join(c.text("name") for c in pod.nodes("spec", "containers"))
        unready = (
            {}
            if ready
            else {"reason": why, "message": f"containers with unready status: [{names}]"}
            if why == "ContainersNotReady"
            else {"reason": why}
        )
        stamp, turned = format_time(at), format_time(since or at)
        conditions: list[JsonValue] = [
            {"type": "Initialized", "status": "True", "lastTransitionTime": stamp},
            {"type": "Ready", "status": str(ready), "lastTransitionTime": turned, **unready},
            {"type": "ContainersReady", "status": str(ready), "lastTransitionTime": turned, **unready},
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp},
        ]
        address = self.addresses.setdefault(
            pod.uid, f"10.64.{len(self.addresses) // 200}.{len(self.addresses) % 200 + 11}"
        )
        self.cluster.patch_status(
            "v1",
            "Pod",
            pod.namespace,
            pod.name,
            {
                "phase": phase,
                "startTime": stamp,
                "hostIP": self.node_addresses[pod.text("spec", "nodeName")],
                "podIP": address,
                "podIPs": [{"ip": address}],
                "conditions": conditions,
                "containerStatuses": containers,
            },
        )


def crash_loop(reason: str, exit_code: int, first: datetime, seconds: float, now: datetime) -> Crash:
    """The last run of a container that is started at `first` and ends after `seconds` each time.

    A kubelet waits 10 s before the second run and twice as long before each further one, at most 5 minutes.
    """
    run, wait, started, restarts = timedelta(seconds=seconds), timedelta(seconds=10), first, 0
    while started + run + wait + run < now:
        started, restarts = started + run + wait, restarts + 1
        wait = min(wait * 2, timedelta(minutes=5))
    return Crash(reason, exit_code, started, started + run, restarts)


def _pod(item: Object) -> KubeObject:
    """An item of a list; those carry no kind."""
    return KubeObject({"kind": "Pod", "apiVersion": "v1", **item}, "pods")


def _terminated(crash: Crash, uid: str) -> Object:
    return {
        "exitCode": crash.exit_code,
        "reason": crash.reason,
        "startedAt": format_time(crash.started),
        "finishedAt": format_time(crash.finished),
        "containerID": f"containerd://{hashlib.sha256(f'{uid}{crash.finished}'.encode()).hexdigest()}",
    }
