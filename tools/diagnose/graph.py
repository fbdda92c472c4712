"""The object graph: pods, events and who belongs to whom, indexed by owner, name and node."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from interlock.core.clusters.objects import KubeObject, Ref
from interlock.tools.diagnose.lists import Lists
from interlock.tools.diagnose.names import cronjob_of_job, deployment_of_replicaset, owners_of_pod
from interlock.tools.diagnose.views import Event, Pod, containers_of

WORKLOADS = ("deployments", "statefulsets", "daemonsets", "jobs", "cronjobs")


@dataclass
class Graph(Lists):
    """Objects and their owners. Indexes are made when first used and dropped when a namespace is added."""

    @cached_property
    def workloads(self) -> dict[Ref, KubeObject]:
        """Deployments, StatefulSets, DaemonSets, Jobs and CronJobs."""
        return {ref_of(item): item for kind in WORKLOADS for item in self.all(kind)}

    @cached_property
    def replicasets(self) -> dict[Ref, KubeObject]:
        """ReplicaSets."""
        return {ref_of(item): item for item in self.all("replicasets")}

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """Pods with their workloads."""
        return tuple(Pod(raw, self.workload_of_pod(raw), containers_of(raw)) for raw in self.all("pods"))

    @cached_property
    def pod_by_ref(self) -> dict[Ref, Pod]:
        """Pods by reference."""
        return {pod.ref: pod for pod in self.pods}

    @cached_property
    def pod_by_name(self) -> dict[str, Pod]:
        """Pods by name alone, for sources that know no namespace."""
        return {pod.raw.name: pod for pod in self.pods}

    @cached_property
    def workload_names(self) -> frozenset[str]:
        """The names of workloads."""
        return frozenset(ref.name for ref in self.workloads)

    @cached_property
    def _pods_by_workload(self) -> dict[Ref, list[Pod]]:
        index: dict[Ref, list[Pod]] = defaultdict(list)
        for pod in self.pods:
            index[pod.workload].append(pod)
        return index

    def pods_of(self, workload: Ref) -> list[Pod]:
        """The pods of a workload."""
        return self._pods_by_workload.get(workload, [])

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Events, oldest first."""
        oldest = self.now - timedelta(days=3650)
        return tuple(sorted(map(Event, self.all("events")), key=lambda event: event.last or oldest))

    @cached_property
    def _events_about(self) -> dict[Ref, list[Event]]:
        index: dict[Ref, list[Event]] = defaultdict(list)
        for event in self.events:
            index[event.about].append(event)
        return index

    def events_about(self, ref: Ref) -> list[Event]:
        """The events of one object, oldest first."""
        return self._events_about.get(ref, [])

    @cached_property
    def _node_events(self) -> dict[str, list[Event]]:
        index: dict[str, list[Event]] = defaultdict(list)
        cluster_events = map(Event, self._read("events", "default", quiet=True) or ())
        for event in (*self.events, *cluster_events):
            if event.about.kind == "Node":
                index[event.about.name].append(event)
        return index

    def node_events(self, node: str) -> list[Event]:
        """The events of a node; the API keeps them in namespace `default`."""
        return self._node_events.get(node, [])

    def recent(self, event: Event, within: timedelta | None = None) -> bool:
        """Whether the event was seen within the window (or `within`) before now."""
        return event.last is not None and self.now - event.last <= (within or self.window)

    def workload_of_pod(self, pod: KubeObject) -> Ref:
        """The workload a pod belongs to; the pod itself when it stands alone."""
        owner = pod.controller
        own = Ref("Pod", pod.namespace, pod.name)
        if owner is None:
            return self._by_name_alone(own) or own
        kind, name = owner
        return self.workload_of(Ref(kind, pod.namespace, name), pod.labels.get("pod-template-hash", ""))

    def workload_of(self, ref: Ref, template_hash: str = "") -> Ref:
        """The workload at the top: Deployment of a ReplicaSet, CronJob of a Job, owner of a pod."""
        if ref.kind == "ReplicaSet":
            return self._of_replicaset(ref, template_hash)
        if ref.kind == "Job":
            return self._of_job(ref)
        if ref.kind == "Pod":
            pod = self.pod_by_ref.get(ref)
            return pod.workload if pod else self._by_name_alone(ref) or ref
        return ref

    def _of_replicaset(self, ref: Ref, template_hash: str) -> Ref:
        recorded = (self.within("replicasets", ref.namespace) or {}).get(ref.name)
        owner = recorded.controller if recorded else None
        if owner:
            return Ref(owner[0], ref.namespace, owner[1])
        name = deployment_of_replicaset(ref.name, template_hash)
        return Ref("Deployment", ref.namespace, name) if name and recorded is None else ref

    def _of_job(self, ref: Ref) -> Ref:
        recorded = (self.within("jobs", ref.namespace) or {}).get(ref.name)
        owner = recorded.controller if recorded else None
        if owner:
            return Ref(owner[0], ref.namespace, owner[1])
        cronjob = Ref("CronJob", ref.namespace, cronjob_of_job(ref.name))
        return cronjob if cronjob in self._workload_refs else ref

    @cached_property
    def _workload_refs(self) -> frozenset[Ref]:
        return frozenset(ref_of(item) for kind in WORKLOADS for item in self.all(kind))

    def _by_name_alone(self, pod: Ref) -> Ref | None:
        for name in owners_of_pod(pod.name):
            for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
                if Ref(kind, pod.namespace, name) in self._workload_refs:
                    return self.workload_of(Ref(kind, pod.namespace, name))
        return None


def ref_of(item: KubeObject) -> Ref:
    """The reference of an object."""
    return Ref(item.kind, item.namespace, item.name)
