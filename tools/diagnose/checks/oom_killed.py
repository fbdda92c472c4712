"""Containers killed because they reached their memory limit.

Detects: `reason: OOMKilled` of a present or past termination, the same words in events and messages, and the kernel's
own lines in logs; names the limit when the spec or the log tells it.
Source: Kubernetes API, ContainerStateTerminated.reason; kernel log `Memory cgroup out of memory: Killed process`.
Example: lastState terminated, reason OOMKilled, exit code 137, resources.limits.memory 128Mi.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from interlock.tools.diagnose.activity import remnant, settled
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.endings import Ending, ending
from interlock.tools.diagnose.model import Finding, State, Statement, the_object
from interlock.tools.diagnose.phrases import clause, live, quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Container, Pod

_KERNEL = re.compile(r"Memory cgroup out of memory|Out of memory: Kill|oom-kill:|OOMKilled", re.IGNORECASE)
_OLD = timedelta(hours=24)


def find(scene: Scene) -> Iterator[Finding]:
    """Containers whose last end was an OOM kill."""
    for pod in scene.pods:
        for container in pod.containers if not remnant(scene, pod) else ():
            last = ending(scene, pod, container)
            if last and last.oom and (last.at is None or scene.now - last.at <= _OLD):
                yield _finding(scene, pod, container, last)


def _finding(scene: Scene, pod: Pod, container: Container, last: Ending) -> Finding:
    code = f" with exit code {last.code}" if last.code is not None else ""
    text = f"Container {container.name} of {pod.ref} was OOMKilled{code}"
    state: State = "recovered" if settled(scene, container) else "active"
    return Finding(
        "oom_killed", "resource_exhaustion", pod.ref, pod.workload, Statement(text, (last.need,)),
        state, since=_begun(scene, pod, last), until=container.running_since if state == "recovered" else None,
        details=tuple(_details(scene, pod, container)),
        facts={"key": container.name, "container": container.name, "limit": container.memory_limit, "node": pod.node,
               "hash": pod.template_hash, "memory": f"memory limit {container.memory_limit}" if container.memory_limit else "memory"},
    )  # fmt: skip


def _details(scene: Scene, pod: Pod, container: Container) -> Iterator[Statement]:
    if container.memory_limit:
        text = f"The memory limit of container {container.name} of {pod.ref} is {container.memory_limit}"
        yield Statement(text, (the_object(pod.ref),))
    for line in reversed(scene.lines_of(pod.ref)):
        if _KERNEL.search(line.text) and line.container in ("", container.name):
            said = clause(line.body, _KERNEL, 60)
            yield Statement(f"{pod.ref.name} logged {quoted(said)}", (line.shown_by(said[:40]),))
            return
    if not container.memory_limit:
        yield Statement(f"Container {container.name} of {pod.ref} ran out of memory")


def _begun(scene: Scene, pod: Pod, last: Ending) -> datetime | None:
    """The first kill that is known: the status only keeps the last one."""
    backed_off = [e.first for e in scene.events_about(pod.ref) if e.reason == "BackOff" and e.first]
    known = [at for at in (*backed_off, last.at) if at]
    return min(known, default=None)


def clear(scene: Scene) -> str:
    """Pods that were not killed for memory."""
    pods = live(scene)
    good = sum(not any((e := ending(scene, pod, c)) and e.oom for c in pod.containers) for pod in pods)
    return f"not OOMKilled: {good} of {len(pods)} pods" if pods else ""


CHECK = Check(find, clear)
