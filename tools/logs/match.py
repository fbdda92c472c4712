"""Does a line answer a query? What a line does not say is kept apart from what it says otherwise."""

from __future__ import annotations

from typing import Literal

from interlock.tools.logs.backend import LEVELS, LogLine, LogQuery, level_of

Match = Literal["yes", "no", "unplaced"]
_NAMESPACE = (
    "kube_namespace",
    "namespace",
    "kubernetes.namespace",
    "k8s.namespace.name",
    "kubernetes_namespace",
)
_WORKLOAD = (
    "kube_deployment",
    "kube_stateful_set",
    "kube_daemon_set",
    "kube_job",
    "kube_cronjob",
    "deployment",
    "k8s.deployment.name",
    "kube_app_name",
    "app",
)
_POD = ("pod_name", "kube_pod", "pod", "k8s.pod.name", "kubernetes.pod.name")


def matches(line: LogLine, query: LogQuery) -> Match:
    """Whether the line answers the query, its time apart.

    `unplaced`: all but its namespace, which it does not say. Where service or workload match, that is enough.
    """
    if query.text and query.text.casefold() not in line.message.casefold():
        return "no"
    if query.level and not _as_bad(line.level, query.level):
        return "no"
    if query.service and not _is_service(line, query.service):
        return "no"
    if query.workload and not _is_workload(line, query.workload):
        return "no"
    if not query.namespace:
        return "yes"
    named = namespaces_of(line)
    if not named:
        return "yes" if query.service or query.workload else "unplaced"
    return "yes" if query.namespace in named else "no"


def namespaces_of(line: LogLine) -> list[str]:
    """The namespaces a line says it is from; empty when it does not say."""
    return tag_values(line, _NAMESPACE)


def tag_values(line: LogLine, keys: tuple[str, ...]) -> list[str]:
    """The values of `key:value` (or `key=value`) tags with one of these keys."""
    pairs = [
        tag.replace("=", ":", 1).partition(":") if ":" not in tag else tag.partition(":") for tag in line.tags
    ]
    return [value for key, _, value in pairs if key in keys]


def _as_bad(level: str, wanted: str) -> bool:
    known = level_of(level)
    return bool(known) and LEVELS.index(known) >= LEVELS.index(wanted)


def _is_service(line: LogLine, service: str) -> bool:
    return service.casefold() in (
        line.service.casefold(),
        *(v.casefold() for v in tag_values(line, ("service",))),
    )


def _is_workload(line: LogLine, workload: str) -> bool:
    """By a workload tag, or by a pod (a tag, or the host that a pod is to itself) whose name was made from it."""
    if workload in (line.service, *tag_values(line, _WORKLOAD)):
        return True
    return any(pod.startswith(f"{workload}-") for pod in (line.host, *tag_values(line, _POD)))
