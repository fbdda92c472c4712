"""Changes made by hand to objects of prometheus-operator/kube-prometheus, and the field each of them touches.

In rounds, since a round changes each object once and there are fewer workloads than kinds of change to workloads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True)
class Planted:
    """One change: the kubectl arguments that make it, and a pattern of the path it must be found at."""

    what: str
    kind: str
    name: str
    make: tuple[str, ...]
    at: str

    @property
    def target(self) -> str:
        """As kubectl names it."""
        return f"{self.kind.lower()}/{self.name}"


def _patched(what: str, kind: str, name: str, patch: JsonValue, at: str, how: str = "strategic") -> Planted:
    make = ("patch", f"{kind.lower()}/{name}", f"--type={how}", "-p", json.dumps(patch))
    return Planted(what, kind, name, make, at)


def _json(what: str, kind: str, name: str, op: str, path: str, value: JsonValue, at: str) -> Planted:
    step: dict[str, JsonValue] = {"op": op, "path": path}
    step |= {} if op == "remove" else {"value": value}
    return _patched(what, kind, name, [step], at, "json")


def _pods(spec: dict[str, JsonValue]) -> JsonValue:
    return {"spec": {"template": {"spec": spec}}}


def _container(name: str, **fields: JsonValue) -> JsonValue:
    return _pods({"containers": [{"name": name, **fields}]})


OPERATOR, ADAPTER, EXPORTER = "prometheus-operator", "prometheus-adapter", "node-exporter"
STATE, BLACKBOX, GRAFANA = "kube-state-metrics", "blackbox-exporter", "grafana"
FIRST = (
    Planted(
        "an image",
        "Deployment",
        GRAFANA,
        ("set", "image", "deployment/grafana", "grafana=docker.io/grafana/grafana:9.0.0"),
        r"containers\[grafana\]\.image$",
    ),
    Planted(
        "the replicas",
        "Deployment",
        BLACKBOX,
        ("scale", "deployment/blackbox-exporter", "--replicas=3"),
        r"^spec\.replicas$",
    ),
    _patched(
        "an environment variable",
        "Deployment",
        OPERATOR,
        _container(OPERATOR, env=[{"name": "GOGC", "value": "70"}]),
        r"env\[GOGC\]\.value$",
    ),
    _json(
        "an argument",
        "Deployment",
        STATE,
        "replace",
        "/spec/template/spec/containers/0/args/0",
        "--host=0.0.0.0",
        r"containers\[kube-state-metrics\]\.args\[0\]$",
    ),
    _patched(
        "a probe",
        "Deployment",
        ADAPTER,
        _container(ADAPTER, readinessProbe={"httpGet": {"path": "/healthz"}}),
        r"readinessProbe\.httpGet\.path$",
    ),
    _json(
        "the tolerations",
        "DaemonSet",
        EXPORTER,
        "replace",
        "/spec/template/spec/tolerations/0",
        {"operator": "Exists", "effect": "NoSchedule"},
        r"tolerations",
    ),
    _json(
        "a service port", "Service", GRAFANA, "replace", "/spec/ports/0/port", 3001, r"ports\[http\]\.port$"
    ),
    _patched(
        "configuration",
        "ConfigMap",
        "blackbox-exporter-configuration",
        {"data": {"config.yml": '"modules": {}\n'}},
        r"^data\[config\.yml\]$",
        "merge",
    ),
    _json("a right more", "ClusterRole", EXPORTER, "add", "/rules/0/verbs/-", "list", r"rules\[0\]\.verbs"),
    _patched(
        "the mounting of a token",
        "ServiceAccount",
        "prometheus-k8s",
        {"automountServiceAccountToken": False},
        r"^automountServiceAccountToken$",
        "merge",
    ),
    _json(
        "the port a policy lets in",
        "NetworkPolicy",
        GRAFANA,
        "replace",
        "/spec/ingress/0/ports/0/port",
        9999,
        r"ingress\[0\]\.ports",
    ),
    Planted("a removed object", "Service", ADAPTER, ("delete", "service/prometheus-adapter"), r"^$"),
    _json(
        "who is bound to a role",
        "ClusterRoleBinding",
        EXPORTER,
        "replace",
        "/subjects/0/namespace",
        "default",
        r"^subjects\[0\]",
    ),
    Planted(
        "a label",
        "ConfigMap",
        "adapter-config",
        ("label", "--overwrite", "configmap/adapter-config", "app.kubernetes.io/version=0.0.1"),
        r"^metadata\.labels\[app\.kubernetes\.io/version\]$",
    ),
)
SECOND = (
    _patched(
        "a container more",
        "Deployment",
        GRAFANA,
        _container("debug", image="busybox:1.36"),
        r"containers\[debug\]$",
    ),
    Planted(
        "resources",
        "Deployment",
        STATE,
        ("set", "resources", "deployment/kube-state-metrics", "-c", STATE, "--limits=memory=1Gi"),
        r"containers\[kube-state-metrics\]\.resources\.limits\.memory$",
    ),
    _patched(
        "a security context",
        "DaemonSet",
        EXPORTER,
        _container(EXPORTER, securityContext={"readOnlyRootFilesystem": False}),
        r"containers\[node-exporter\]\.securityContext\.readOnlyRootFilesystem$",
    ),
    _patched(
        "a volume",
        "Deployment",
        ADAPTER,
        _pods({"volumes": [{"name": "config", "configMap": {"name": "other-config"}}]}),
        r"volumes\[config\]\.configMap\.name$",
    ),
    _patched(
        "the service account",
        "Deployment",
        BLACKBOX,
        _pods({"serviceAccountName": "default"}),
        r"spec\.serviceAccountName$",
    ),
    _patched(
        "a field the code does not set",
        "Deployment",
        OPERATOR,
        _pods({"hostNetwork": True}),
        r"template\.spec\.hostNetwork$",
    ),
    _patched(
        "a key of a secret",
        "Secret",
        "grafana-config",
        {"stringData": {"extra.ini": "[auth]\n"}},
        r"^data\[extra\.ini\]$",
        "merge",
    ),
    _patched(
        "a target port", "Service", "prometheus-k8s", {"spec": {"ports": [{"port": 9090, "targetPort": 9999}]}},
        r"ports\[web\]\.targetPort$",
    ),
    _json("a rule less", "Role", "prometheus-k8s-config", "remove", "/rules/0", None, r"^rules"),
    _patched(
        "a selector", "Service", "blackbox-exporter", {"spec": {"selector": {"extra": "label"}}}, r"^spec\.selector",
    ),
)  # fmt: skip
THIRD = (
    _patched(
        "a probe the code does not have",
        "Deployment",
        GRAFANA,
        _container(GRAFANA, livenessProbe={"httpGet": {"path": "/api/health", "port": "http"}}),
        r"containers\[grafana\]\.livenessProbe",
    ),
    _json(
        "an argument more",
        "Deployment",
        STATE,
        "add",
        "/spec/template/spec/containers/0/args/-",
        "--resources=pods",
        r"containers\[kube-state-metrics\]\.args\[",
    ),
    _patched(
        "the path of a volume",
        "DaemonSet",
        EXPORTER,
        _pods({"volumes": [{"name": "root", "hostPath": {"path": "/mnt"}}]}),
        r"volumes\[root\]\.hostPath\.path$",
    ),
    _patched(
        "a node selector more",
        "Deployment",
        ADAPTER,
        _pods({"nodeSelector": {"disk": "ssd"}}),
        r"nodeSelector\.disk$",
    ),
    _patched(
        "a strategy the code does not set",
        "Deployment",
        OPERATOR,
        {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 3}}}},
        r"maxSurge$|strategy",
    ),
    _patched(
        "the type of a service", "Service", "alertmanager-main", {"spec": {"type": "NodePort"}}, r"^spec\.type$"
    ),
    _patched(
        "a key more", "ConfigMap", "grafana-dashboards", {"data": {"more.yaml": "x: 1\n"}}, r"data\[more\.yaml\]$", "merge"
    ),
    _json("a resource less", "ClusterRole", ADAPTER, "remove", "/rules/0/resources/0", None, r"^rules\[0\]\.resources"),
    _json(
        "a subject more",
        "ClusterRoleBinding",
        OPERATOR,
        "add",
        "/subjects/-",
        {"kind": "ServiceAccount", "name": "default", "namespace": "default"},
        r"^subjects\[",
    ),
    _json("a policy type less", "NetworkPolicy", EXPORTER, "remove", "/spec/policyTypes/0", None, r"policyTypes"),
    Planted("a removed account", "ServiceAccount", GRAFANA, ("delete", "serviceaccount/grafana"), r"^$"),
    _json(
        "how long a rule waits",
        "PrometheusRule",
        "grafana-rules",
        "replace",
        "/spec/groups/0/rules/0/for",
        "1m",
        r"groups\[[^\]]+\]\.rules\[[^\]]+\]\.for$",
    ),
    _json("a verb less", "Role", "prometheus-k8s", "remove", "/rules/0/verbs/0", None, r"^rules\[0\]\.verbs"),
)  # fmt: skip
"""Written before the comparison was run on them, after it had been mended on the other two."""
ROUNDS = (FIRST, SECOND, THIRD)
