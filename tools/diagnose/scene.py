"""The object graph around a question: read lazily, each list once, indexed by owner, label, node and event.

Absent is not empty: a kind that cannot be read becomes a limit, and `seen` says so to every check.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, InterlockError, NotServed, UnknownName
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.model import Ref
from interlock.tools.diagnose.monitors import Monitor
from interlock.tools.diagnose.names import cronjob_of_job, deployment_of_replicaset, owners_of_pod
from interlock.tools.diagnose.scope import Scope
from interlock.tools.diagnose.views import Event, Pod, containers_of
from interlock.tools.logs.backend import LogQuery

if TYPE_CHECKING:
    from interlock.tools.diagnose.signals import Signal

WORKLOADS = ("deployments", "statefulsets", "daemonsets", "jobs", "cronjobs")
CLUSTER_WIDE = frozenset({"nodes", "persistentvolumes", "storageclasses", "namespaces"})
SETTLED = timedelta(minutes=10)
"""A container that ran this long is forgiven by the kubelet: its restart back-off starts anew after ten minutes."""


@dataclass
class Scene:
    """Everything the checks may look at. `lines` and `monitors` are filled in by the tool before checks run."""

    cluster: ClusterReads | None
    scope: Scope
    now: datetime
    window: timedelta
    namespaces: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    lines: tuple[Line, ...] = ()
    monitors: tuple[Monitor, ...] | None = None
    dependencies: set[Ref] = field(default_factory=set)
    searched: set[LogQuery] = field(default_factory=set)
    unread_logs: list[str] = field(default_factory=list)
    no_store: bool = False
    stored_lines: int = 0
    _lists: dict[tuple[str, str | None], tuple[KubeObject, ...] | None] = field(default_factory=dict)

    # -- reading ---------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Settle which namespaces are looked at: the named one, or every one that can be listed."""
        self.namespaces = list(self.scope.namespaces) or self._all_namespaces()

    def _all_namespaces(self) -> list[str]:
        listed = self._read("namespaces", None, quiet=True)
        if listed:
            return [item.name for item in listed]
        found: dict[str, None] = {}
        for kind in ("pods", "deployments", "events"):
            for item in self._read(kind, None, quiet=True) or ():
                found[item.namespace] = None
        return list(found)

    def extend(self, namespace: str) -> bool:
        """Look at one more namespace. False when nothing of it can be read."""
        if namespace in self.namespaces:
            return True
        if self._read("pods", namespace) is None and self._read("services", namespace) is None:
            return False
        self.namespaces.append(namespace)
        self.forget()
        return True

    def limit(self, said: str) -> None:
        """Say once what was not looked at."""
        if said not in self.limits:
            self.limits.append(said)

    def forget(self) -> None:
        """Drop the indexes, not what was read."""
        for name, attribute in vars(type(self)).items():
            if isinstance(attribute, cached_property):
                self.__dict__.pop(name, None)

    def all(self, kind: str) -> tuple[KubeObject, ...]:
        """The objects of a kind in every namespace looked at."""
        if kind in CLUSTER_WIDE:
            return self._read(kind, None) or ()
        return tuple(item for namespace in self.namespaces for item in self._read(kind, namespace) or ())

    def within(self, kind: str, namespace: str) -> dict[str, KubeObject] | None:
        """The objects of a kind in a namespace by name, or None when they cannot be seen."""
        found = self._read(kind, None if kind in CLUSTER_WIDE else namespace)
        return None if found is None else {item.name: item for item in found}

    def seen(self, kind: str, namespace: str = "") -> bool:
        """Whether the kind could be read (in every namespace looked at, when none is named)."""
        spaces = [None] if kind in CLUSTER_WIDE else [namespace] if namespace else [*self.namespaces]
        return bool(spaces) and all(self._read(kind, space) is not None for space in spaces)

    def _read(
        self, kind: str, namespace: str | None, *, quiet: bool = False
    ) -> tuple[KubeObject, ...] | None:
        key = (kind, namespace)
        if key not in self._lists:
            self._lists[key] = self._listed(kind, namespace, quiet)
        return self._lists[key]

    def _listed(self, kind: str, namespace: str | None, quiet: bool) -> tuple[KubeObject, ...] | None:
        if self.cluster is None:
            return None
        where = f" of namespace {namespace}" if namespace else ""
        try:
            return self.cluster.list(kind, namespace).objects
        except Forbidden:
            why = "not allowed to see them"
        except (NotServed, UnknownName):
            why = "not recorded or not served"
        except InterlockError as error:
            why = error.message
        if not quiet:
            self.limits.append(f"not looked at: {kind}{where} ({why})")
        return None

    # -- indexes ---------------------------------------------------------------------------------------------

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

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """What the cluster said in words."""
        from interlock.tools.diagnose.signals import signals

        return signals(self)

    @cached_property
    def _signals_about(self) -> dict[Ref, list[Signal]]:
        index: dict[Ref, list[Signal]] = defaultdict(list)
        for signal in self.signals:
            index[signal.about].append(signal)
        return index

    def signals_about(self, ref: Ref) -> list[Signal]:
        """What was said about one object."""
        return self._signals_about.get(ref, [])

    @cached_property
    def _lines_by_pod(self) -> dict[tuple[str, str], list[Line]]:
        index: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for line in self.lines:
            index[(line.namespace, line.pod)].append(line)
        return index

    def lines_of(self, pod: Ref) -> list[Line]:
        """The log lines of a pod."""
        return self._lines_by_pod.get((pod.namespace, pod.name), [])

    def monitors_calm(self, workload: Ref) -> bool:
        """Whether there are monitors about the workload (or at all) and every one of them is OK."""
        if not self.monitors:
            return False
        about = [m for m in self.monitors if m.concerns(workload)] or list(self.monitors)
        return all(m.state == "ok" for m in about)

    # -- who belongs to whom -----------------------------------------------------------------------------------

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

    # -- targets ----------------------------------------------------------------------------------------------

    @cached_property
    def targets(self) -> frozenset[Ref]:
        """The existing objects that arguments or alert name; their workloads are among them."""
        home = set(self.scope.namespaces)
        found = {
            ref
            for ref in self._nameable
            if self._is_named(ref) and (not home or ref.namespace in home or not ref.namespace)
        }
        namespaced = {ref for ref in found if ref.kind != "Node"}
        found = namespaced or found or {r for r in self._nameable if r.name in self.scope.words}
        gone = {self._gone_pod(name) for name in self.scope.named.get("Pod", ())}
        found |= {ref for ref in gone if ref}
        return frozenset(found | {self.workload_of(ref) for ref in found})

    @cached_property
    def _nameable(self) -> tuple[Ref, ...]:
        kinds = ("services", "persistentvolumeclaims", "horizontalpodautoscalers", "nodes")
        others = [ref_of(item) for kind in kinds for item in self.all(kind)]
        return (*self.workloads, *self.pod_by_ref, *others)

    def _is_named(self, ref: Ref) -> bool:
        names = self.scope.named.get(ref.kind, frozenset()) | (
            self.scope.named.get("", frozenset())
            if ref.kind not in ("Pod", "Node", "Service")
            else frozenset()
        )
        low = {k.lower() for k in self.scope.named if k and ref.name in self.scope.named[k]}
        return (
            ref.name in names
            or ref.kind.lower() in low
            or (ref.kind == "Pod" and ref.name in self.scope.words)
        )

    def _gone_pod(self, name: str) -> Ref | None:
        for namespace in self.namespaces[:1]:
            ref = Ref("Pod", namespace, name)
            if ref not in self.pod_by_ref:
                return self._by_name_alone(ref)
        return None

    @cached_property
    def target_workloads(self) -> frozenset[Ref]:
        """The workloads among the targets, those behind a named Service included."""
        kinds = {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet"}
        direct = {self.workload_of(ref) for ref in self.targets if ref.kind in kinds}
        behind = {w for ref in self.targets if ref.kind == "Service" for w in self.behind(ref)}
        return frozenset(direct | behind)

    @cached_property
    def target_pods(self) -> tuple[Pod, ...]:
        """The pods of the targets, or every pod when nothing is named."""
        if not self.target_workloads:
            return self.pods
        return tuple(pod for ref in sorted(self.target_workloads) for pod in self.pods_of(ref))

    # -- services ---------------------------------------------------------------------------------------------

    @cached_property
    def services(self) -> dict[Ref, KubeObject]:
        """Services."""
        return {ref_of(item): item for item in self.all("services")}

    @cached_property
    def service_by_ip(self) -> dict[str, Ref]:
        """Services by cluster address."""
        return {raw.text("spec", "clusterIP"): ref for ref, raw in self.services.items()}

    @cached_property
    def pod_by_ip(self) -> dict[str, Pod]:
        """Pods by address."""
        return {pod.raw.text("status", "podIP"): pod for pod in self.pods}

    def selected(self, service: Ref) -> list[Pod]:
        """The pods a Service selects."""
        raw = self.services.get(service)
        selector = raw.strings("spec", "selector") if raw else {}
        if not selector:
            return []
        key, value = next(iter(selector.items()))
        candidates = self._pods_by_label.get((service.namespace, key, value), [])
        return [pod for pod in candidates if selector.items() <= pod.raw.labels.items()]

    def behind(self, service: Ref) -> list[Ref]:
        """The workloads whose pods, or whose pod templates, a Service selects."""
        found = {pod.workload for pod in self.selected(service)}
        raw = self.services.get(service)
        selector = raw.strings("spec", "selector") if raw else {}
        for ref, workload in self.workloads.items() if selector else ():
            labels = workload.strings("spec", "template", "metadata", "labels")
            if ref.namespace == service.namespace and selector.items() <= labels.items():
                found.add(ref)
        return sorted(found)

    @cached_property
    def _pods_by_label(self) -> dict[tuple[str, str, str], list[Pod]]:
        index: dict[tuple[str, str, str], list[Pod]] = defaultdict(list)
        for pod in self.pods:
            for key, value in pod.raw.labels.items():
                index[(pod.raw.namespace, key, value)].append(pod)
        return index


def ref_of(item: KubeObject) -> Ref:
    """The reference of an object."""
    return Ref(item.kind, item.namespace, item.name)
