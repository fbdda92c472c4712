"""Reads the logs a diagnosis needs: of the targets' pods, of troubled pods, of what their errors lead to, and the store.

Bounded: a few pods a workload, a few hundred lines a container, a few searches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from interlock.core.clusters.objects import Ref
from interlock.core.errors import InterlockError
from interlock.tools.diagnose.activity import remnant
from interlock.tools.diagnose.checks import dns_failure
from interlock.tools.diagnose.hosts import mentioned
from interlock.tools.diagnose.lines import Line, pod_lines
from interlock.tools.diagnose.names import names_in
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Container, Pod
from interlock.tools.logs.backend import LogBackend, LogLine, LogQuery
from interlock.tools.tool import Context

_PODS_A_WORKLOAD = 3
_PODS_IN_ALL = 24
_TAIL = 300
_STORE_LINES = 400
_ROUNDS = 3
_MOST_NAMESPACES = 8
_MOST_SERVICES = 6
_SYSTEM = "kube-system"
"""Where the resolver of a cluster lives."""


def gather(scene: Scene, context: Context) -> None:
    """Fill in the scene's lines, following what errors and settings lead to, round by round."""
    lines: dict[tuple[object, ...], Line] = {}
    read: set[Ref] = set()
    for _ in range(_ROUNDS):
        before = (len(scene.namespaces), len(read))
        for line in (*_pod_logs(scene, read), *_store(scene, context)):
            lines.setdefault((line.at, line.text, line.pod, line.container, line.previous), line)
        scene.lines = tuple(sorted(lines.values(), key=lambda line: (line.at is None, line.at or scene.now)))
        scene.forget()
        _follow(scene)
        if (len(scene.namespaces), len(read)) == before:
            return


def _follow(scene: Scene) -> None:
    """Look at the namespaces of the Services that logs and settings speak of, and make their workloads dependencies."""
    if any(line.workload and line.warns and dns_failure.PATTERN.search(line.text) for line in scene.lines):
        scene.extend(_SYSTEM)
    for namespace, name in dict.fromkeys(mentioned(scene)):
        room = len(scene.namespaces) < _MOST_NAMESPACES or namespace in scene.namespaces
        if room and scene.extend(namespace):
            scene.dependencies |= _led_to(scene, namespace, name)


def _led_to(scene: Scene, namespace: str, name: str) -> set[Ref]:
    behind = set(scene.behind(Ref("Service", namespace, name)))
    return behind or {ref for ref in scene.workloads if ref.namespace == namespace and ref.name == name}


# -- container logs -----------------------------------------------------------------------------------------


def _pod_logs(scene: Scene, read: set[Ref]) -> Iterator[Line]:
    for pod in _worth_reading(scene):
        if pod.ref not in read and len(read) < _PODS_IN_ALL:
            read.add(pod.ref)
            for container in pod.containers:
                yield from _container(scene, pod, container)


def _worth_reading(scene: Scene) -> list[Pod]:
    """Of every target and dependency the worst pods; of the rest of the namespaces only troubled ones."""
    wanted: list[Pod] = []
    for ref in (*sorted(scene.target_workloads), *sorted(scene.dependencies)):
        pods = sorted(scene.pods_of(ref), key=lambda pod: (not _troubled(pod), pod.raw.name))
        wanted += pods[:_PODS_A_WORKLOAD]
    by_workload: dict[Ref, int] = {}
    for pod in scene.pods:
        if _troubled(pod) and not remnant(scene, pod):
            by_workload[pod.workload] = by_workload.get(pod.workload, 0) + 1
            if by_workload[pod.workload] <= _PODS_A_WORKLOAD:
                wanted.append(pod)
    return wanted if wanted or scene.targets else list(scene.pods[:_PODS_A_WORKLOAD])


def _troubled(pod: Pod) -> bool:
    return not pod.done and (not pod.ready or any(c.restarts for c in pod.containers))


def _container(scene: Scene, pod: Pod, container: Container) -> Iterator[Line]:
    if scene.cluster is None or (not container.status and not pod.node):
        return
    for previous in (False, True) if container.restarts else (False,):
        try:
            raw = scene.cluster.logs(
                pod.raw.namespace,
                pod.raw.name,
                container.name,
                previous=previous,
                tail=_TAIL,
                timestamps=False,
            )
        except InterlockError as error:
            if not previous:
                scene.unread_logs.append(f"{pod.ref} container {container.name} ({error.message})")
            continue
        yield from pod_lines(
            raw, workload=pod.workload, namespace=pod.raw.namespace, pod=pod.raw.name, container=container.name,
            previous=previous,
        )  # fmt: skip


# -- the log store ------------------------------------------------------------------------------------------


def _store(scene: Scene, context: Context) -> Iterator[Line]:
    backend = context.backend(LogBackend)  # type: ignore[type-abstract]
    if backend is None:
        scene.no_store = True
        scene.limit("not looked at: the log store (none configured)")
        return
    for query in _queries(scene):
        if query not in scene.searched:
            scene.searched.add(query)
            try:
                page = backend.search(query)
            except InterlockError as error:
                scene.limit(f"not looked at: the log store ({error.message})")
                return
            if page.withheld:
                scene.limit("not looked at: lines of the log store that the policy keeps from you")
            if page.total > len(page.lines):
                scene.limit(f"not looked at: {page.total - len(page.lines)} older lines of the log store")
            yield from (_line(scene, line) for line in page.lines)


def _queries(scene: Scene) -> Iterator[LogQuery]:
    """By namespace, by service and by name: stores tag their lines in different ways."""
    start, end = scene.now - scene.window, scene.now
    refs = (*sorted(scene.target_workloads), *sorted(scene.dependencies))
    services = [ref.name for ref in refs[:_MOST_SERVICES]]
    if scene.scope.alert and (service := scene.scope.alert.tags.get("service")):
        services.append(service)
    for namespace in scene.namespaces[:_MOST_NAMESPACES]:
        yield LogQuery(namespace=namespace, start=start, end=end, limit=_STORE_LINES)
        yield LogQuery(namespace=namespace, level="warn", start=start, end=end, limit=_STORE_LINES)
    for name in dict.fromkeys(services):
        yield LogQuery(service=name, start=start, end=end, limit=_STORE_LINES)
        yield LogQuery(service=name, level="error", start=start, end=end, limit=_STORE_LINES)
        yield LogQuery(workload=name, start=start, end=end, limit=_STORE_LINES)
        yield LogQuery(text=name, start=start, end=end, limit=_STORE_LINES)
    for ref in sorted(scene.targets)[:_MOST_SERVICES]:
        if ref.kind in ("Pod", "Node"):
            yield LogQuery(text=ref.name, start=start, end=end, limit=_STORE_LINES)
    if not scene.scope.namespaces or not scene.targets:
        yield LogQuery(level="warn", start=start, end=end, limit=_STORE_LINES)


def _line(scene: Scene, line: LogLine) -> Line:
    tags = _tags(line.tags)
    pod = _pod(scene, tags.get("pod_name") or tags.get("kube_pod") or line.host) or _pod_in(
        scene, line.message
    )
    space = tags.get("kube_namespace") or tags.get("namespace", "")
    workload = pod.workload if pod else _workload(scene, tags, line.service, space, line.message)
    minutes = int(scene.window.total_seconds() // 60)
    return Line(
        line.at, line.message, workload, pod.raw.name if pod else "", pod.raw.namespace if pod else space,
        line.level.lower(), "store", service=line.service, where=line.host, minutes=minutes,
    )  # fmt: skip


def _tags(tags: tuple[str, ...]) -> dict[str, str]:
    pairs = (tag.partition(":") for tag in tags)
    return {key: held for key, _, held in pairs if held}


def _pod(scene: Scene, name: str) -> Pod | None:
    return scene.pod_by_name.get(name)


def _pod_in(scene: Scene, text: str) -> Pod | None:
    return next(
        (pod for word in sorted(names_in(text), key=len, reverse=True) if (pod := _pod(scene, word))), None
    )


def _workload(scene: Scene, tags: Mapping[str, str], service: str, space: str, text: str) -> Ref | None:
    spaces = [space] if space else scene.namespaces
    names = [
        tags.get(key, "") for key in ("kube_deployment", "kube_stateful_set", "kube_daemon_set", "kube_job")
    ]
    for name in (*names, service, *_mentioned_workloads(scene, text)):
        for namespace in spaces if name else ():
            for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"):
                if Ref(kind, namespace, name) in scene.workloads:
                    return Ref(kind, namespace, name)
    return None


_WORD = re.compile(r"[a-z0-9][a-z0-9-]*[a-z0-9]")


def _mentioned_workloads(scene: Scene, text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word in scene.workload_names]
