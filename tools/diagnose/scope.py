"""What a diagnosis is about: namespaces and names in the arguments, in the alert's labels and in its own words.

Label conventions of kube-prometheus, of Datadog-style tags and of OpenTelemetry are one table. A label that turns
out to name nothing harms nothing: only names of objects that exist become targets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from interlock.tools.diagnose.names import names_in

NAMESPACE_LABELS = (
    "namespace",
    "kube_namespace",
    "exported_namespace",
    "kubernetes_namespace",
    "k8s_namespace_name",
    "k8s.namespace.name",
    "destination_workload_namespace",
    "target_namespace",
)
# Label -> kinds its value may name; '' stands for any workload.
NAME_LABELS: dict[str, tuple[str, ...]] = {
    "pod": ("Pod",),
    "pod_name": ("Pod",),
    "kube_pod": ("Pod",),
    "exported_pod": ("Pod",),
    "kubernetes_pod_name": ("Pod",),
    "k8s.pod.name": ("Pod",),
    "deployment": ("Deployment",),
    "kube_deployment": ("Deployment",),
    "k8s.deployment.name": ("Deployment",),
    "statefulset": ("StatefulSet",),
    "kube_stateful_set": ("StatefulSet",),
    "kube_statefulset": ("StatefulSet",),
    "daemonset": ("DaemonSet",),
    "kube_daemon_set": ("DaemonSet",),
    "kube_daemonset": ("DaemonSet",),
    "job_name": ("Job",),
    "kube_job": ("Job",),
    "job": ("Job", "Service", ""),
    "cronjob": ("CronJob",),
    "kube_cronjob": ("CronJob",),
    "kube_cron_job": ("CronJob",),
    "workload": ("",),
    "workload_name": ("",),
    "destination_workload": ("",),
    "kube_ownerref_name": ("", "Job"),
    "owner_name": ("", "Job"),
    "app": ("", "Service"),
    "application": ("", "Service"),
    "component": ("", "Service"),
    "service": ("", "Service"),
    "kube_service": ("Service", ""),
    "service_name": ("Service", ""),
    "container": ("",),
    "replicaset": ("ReplicaSet",),
    "horizontalpodautoscaler": ("HorizontalPodAutoscaler",),
    "persistentvolumeclaim": ("PersistentVolumeClaim",),
    "resourcequota": ("ResourceQuota",),
    "node": ("Node",),
    "kube_node": ("Node",),
    "nodename": ("Node",),
    "kubernetes_node": ("Node",),
    "host": ("Node", "Pod"),
    "instance": ("Node", "Pod"),
}
Concern = Literal["state", "traffic", "other"]
_STATE_WORDS = re.compile(
    r"crash|restart|pending|schedul|replica|rollout|not ?ready|unavailable pod|\boom|image|evict|quota|\bnode|flap"
    r"|terminat|probe|autoscal|scal(e|ing)|containercreating|waiting|\bjob\b",
    re.IGNORECASE,
)
_TRAFFIC_WORDS = re.compile(
    r"error.?rate|5\d\d|5xx|latency|p9\d|slow|timeout|availability|error budget|slo\b|requests? fail|throughput"
    r"|saturation|failing requests",
    re.IGNORECASE,
)


class AlertIn(BaseModel):
    """The alert that started the triage. Its words are a symptom to explain, never a proof."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    status: str = "firing"
    summary: str = ""
    description: str = ""
    starts_at: datetime | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)

    @property
    def firing(self) -> bool:
        """Whether it still fires."""
        return self.status.lower() != "resolved"

    @property
    def said(self) -> str:
        """All its words."""
        return " ".join((self.name, self.summary, self.description))

    @property
    def concern(self) -> Concern:
        """Whether it speaks of Kubernetes state, of traffic, or of something else."""
        if _TRAFFIC_WORDS.search(f"{self.name} {self.summary}"):
            return "traffic"
        if _STATE_WORDS.search(_spaced(f"{self.name} {self.summary}")):
            return "state"
        return "traffic" if _TRAFFIC_WORDS.search(self.description) else "other"

    @property
    def tags(self) -> dict[str, str]:
        """Labels and annotations that name something, labels first."""
        return {**self.annotations, **self.labels}


@dataclass(frozen=True)
class Scope:
    """`named` maps kinds ('' for any workload) to the names given; `words` are names its text might mention."""

    namespaces: tuple[str, ...]
    named: Mapping[str, frozenset[str]]
    words: frozenset[str]
    alert: AlertIn | None
    asked: str = ""


def scope_of(namespace: str, kind: str, name: str, alert: AlertIn | None) -> Scope:
    """The scope of the arguments and the alert; the arguments win."""
    tags = alert.tags if alert else {}
    labelled = [tags[label] for label in NAMESPACE_LABELS if tags.get(label)]
    namespaces = (namespace,) if namespace else tuple(dict.fromkeys(labelled))[:1]
    named: dict[str, set[str]] = {}
    if name:
        named[kind] = {name}
    for label, kinds in NAME_LABELS.items():
        for each in kinds if tags.get(label) else ():
            named.setdefault(each, set()).add(tags[label].split(":")[0])
    words = names_in(f"{alert.summary} {alert.description}") if alert else frozenset()
    return Scope(namespaces, {k: frozenset(v) for k, v in named.items()}, words, alert, name)


def _spaced(text: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) + " " + text
