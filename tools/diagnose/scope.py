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
MOST_ALERTS = 20
Concern = Literal["state", "traffic", "other"]
_STATE_WORDS = re.compile(
    r"crash|restart|pending|schedul|replica|rollout|not ?ready|unavailable pod|\boom|image|evict|quota|\bnode|flap"
    r"|terminat|probe|autoscal|scal(e|ing)|containercreating|waiting|\bjob\b",
    re.IGNORECASE,
)
_LIMIT_WORDS = re.compile(r"\bhpa\b|max(imum)?[ _-]?replica|maxed", re.IGNORECASE)
_TRAFFIC_WORDS = re.compile(
    r"error.?rate|5\d\d|5xx|latency|p9\d|slow|timeout|availability|error budget|slo\b|requests? fail|throughput"
    r"|saturation|failing requests",
    re.IGNORECASE,
)


class OneAlert(BaseModel):
    """One alert. Its words are a symptom to explain, never a proof."""

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
        if _LIMIT_WORDS.search(_spaced(f"{self.name} {self.summary}")):
            return "other"
        if _STATE_WORDS.search(_spaced(f"{self.name} {self.summary}")):
            return "state"
        return "traffic" if _TRAFFIC_WORDS.search(self.description) else "other"

    @property
    def tags(self) -> dict[str, str]:
        """Labels and annotations that name something, labels first."""
        return {**self.annotations, **self.labels}


class AlertIn(OneAlert):
    """What started the triage: an alert, or a group of several with the words they share."""

    others: tuple[OneAlert, ...] = ()
    """The alerts of the group, when it stands for several: each may name something else."""

    @property
    def each(self) -> tuple[OneAlert, ...]:
        """Itself, and those of its group that fire."""
        return (self, *(other for other in self.others if other.firing))[:MOST_ALERTS]


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
    told = [(each, each.tags) for each in alert.each] if alert else []
    labelled = [next((tags[label] for label in NAMESPACE_LABELS if tags.get(label)), "") for _, tags in told]
    namespaces = (namespace,) if namespace else tuple(dict.fromkeys(filter(None, labelled)))
    named: dict[str, set[str]] = {}
    if name:
        named[kind] = {name}
    for _, tags in told:
        for label, kinds in NAME_LABELS.items():
            for each in kinds if tags.get(label) else ():
                named.setdefault(each, set()).add(tags[label].split(":")[0])
    words = frozenset[str]().union(*(names_in(f"{one.summary} {one.description}") for one, _ in told))
    return Scope(namespaces, {k: frozenset(v) for k, v in named.items()}, words, alert, name)


def _spaced(text: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) + " " + text
