"""Everything the checks look at: the object graph with logs, monitors, what was said, what is asked about, Services."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from interlock.core.clusters.objects import KubeObject, Ref
from interlock.tools.diagnose.graph import Graph, ref_of
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.monitors import Monitor
from interlock.tools.diagnose.views import Pod
from interlock.tools.logs.backend import LogQuery

if TYPE_CHECKING:
    from interlock.tools.diagnose.signals import Signal

_PLATFORM = re.compile(
    r"\W*(?:kubelet|kube-controller-manager|kube-scheduler|kube-apiserver|kube-proxy)\b", re.IGNORECASE
)
SETTLED = timedelta(minutes=10)
"""A container that ran this long is forgiven by the kubelet: its restart back-off starts anew after ten minutes."""


@dataclass
class Scene(Graph):
    """What a diagnosis is made from. `lines` and `monitors` are filled in before checks run."""

    lines: tuple[Line, ...] = ()
    monitors: tuple[Monitor, ...] | None = None
    dependencies: set[Ref] = field(default_factory=set)
    searched: set[LogQuery] = field(default_factory=set)
    unread_logs: list[str] = field(default_factory=list)
    no_store: bool = False

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

    @cached_property
    def spoken(self) -> tuple[tuple[Ref, Line], ...]:
        """The lines that workloads wrote themselves, not the platform about them."""
        return tuple(
            (line.workload, line)
            for line in self.lines
            if line.workload and not _PLATFORM.match(line.service) and not _PLATFORM.match(line.text)
        )

    @cached_property
    def blamed(self) -> dict[Ref, dict[Ref, str]]:
        """By workload, the other workloads that its own warnings and errors name, and the host they are named by."""
        from interlock.tools.diagnose.hosts import blamed

        return blamed(self)

    def monitors_calm(self, workload: Ref) -> bool:
        """Whether there are monitors about the workload (or at all) and every one of them is OK."""
        if not self.monitors:
            return False
        about = [m for m in self.monitors if m.concerns(workload)] or list(self.monitors)
        return all(m.state == "ok" for m in about)

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
