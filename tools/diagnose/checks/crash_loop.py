"""Containers that end and are started again, with how they ended.

Detects: `state.waiting.reason: CrashLoopBackOff`, a container that terminated and does not run, and restarts; tells
OOM, error exit, signal and completion apart by `lastState.terminated` or by what events and messages say.
Source: Kubernetes API, ContainerStatus (state, lastState, restartCount); a container that ran ten minutes is forgiven.
Example: back-off 5m0s restarting failed container; lastState terminated, reason Error, exit code 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from interlock.tools.diagnose.activity import current_hash, pod_state, settled
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.endings import MEANING, Ending, ending, read_ending
from interlock.tools.diagnose.model import Category, Finding, Statement, the_object
from interlock.tools.diagnose.phrases import live, plural, quoted, since
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.spoken import finding, heard
from interlock.tools.diagnose.views import Container, Pod

_BACKOFF = "CrashLoopBackOff"
_OLD = timedelta(hours=24)
_SAID = re.compile(r"Back-off restarting failed|CrashLoopBackOff")


def find(scene: Scene) -> Iterator[Finding]:
    """Troubled, recovered and left-over containers."""
    yield from _told_by_events(scene)
    for pod in scene.pods:
        for container in pod.containers:
            if _loops(pod, container):
                yield _active(scene, pod, container)
            elif _came_back(scene, pod, container):
                yield _back(scene, pod, container)


def _told_by_events(scene: Scene) -> Iterator[Finding]:
    """Back-offs of containers whose status was not recorded."""
    for what in heard(scene, _SAID):
        pod = scene.pod_by_ref.get(what.about)
        if what.about.kind != "Pod" or (pod and any(c.status for c in pod.containers)):
            continue
        code, reason = next((e for s, _ in what.signals if (e := read_ending(s.text))), (None, ""))
        last = Ending(code, reason, what.first.last, what.first.need)
        text = f"{what.about} is said to be restarting: {quoted(what.first.text)}"
        facts = {"code": "" if code is None else str(code), "oom": "yes" if last.oom else ""}
        made = finding(scene, "crash_loop", _category(last), what, text, facts=facts)
        how = " and ".join(
            x
            for x in (f"reason {reason}" if reason else "", f"exit code {code}" if code is not None else "")
            if x
        )
        end = [Statement(f"{what.about} terminated with {how}", (what.first.need,))] if how else []
        yield made.with_details(*end)


def _loops(pod: Pod, container: Container) -> bool:
    if container.waiting == _BACKOFF:
        return True
    ended = container.status.node("state", "terminated")
    failed = (
        bool(ended) and (ended.number("exitCode") or 0) != 0 and pod.workload.kind not in ("Job", "CronJob")
    )
    return failed and pod.phase != "Failed" and not (container.init and container.ready)


def _came_back(scene: Scene, pod: Pod, container: Container) -> bool:
    since_when = container.running_since or container.ended.time("finishedAt")
    lately = since_when is not None and scene.now - since_when <= _OLD
    return container.restarts > 0 and container.running and lately


def _active(scene: Scene, pod: Pod, container: Container) -> Finding:
    state = pod_state(scene, pod)
    if state == "expected":
        return _remnant(scene, pod, container)
    last = ending(scene, pod, container)
    kind = "Init container" if container.init else "Container"
    doing = f"is in {_BACKOFF}" if container.waiting == _BACKOFF else "has terminated"
    text = f"{kind} {container.name} of {pod.ref} {doing} with {plural(container.restarts, 'restart')}"
    return Finding(
        "crash_loop", _category(last), pod.ref, pod.workload, Statement(text, (the_object(pod.ref),)), "active",
        since=_since(scene, pod, container), details=_details(pod, container, last), facts=_facts(pod, container, last),
    )  # fmt: skip


def _back(scene: Scene, pod: Pod, container: Container) -> Finding:
    last = ending(scene, pod, container)
    calm = settled(scene, container)
    state = "recovered" if calm else pod_state(scene, pod)
    ready = "Running and Ready" if container.ready else "Running, not Ready,"
    well_since = _well_since(pod, container)
    text = (
        f"Container {container.name} of {pod.ref} had {plural(container.restarts, 'restart')} "
        f"and is {ready}{since(well_since)}"
    )
    return Finding(
        "crash_loop", _category(last), pod.ref, pod.workload, Statement(text, (the_object(pod.ref),)),
        "recovered" if state == "recovered" else "active", "warning", since=well_since if calm else _since(scene, pod, container),
        until=well_since, details=_details(pod, container, last), facts=_facts(pod, container, last),
    )  # fmt: skip


def _well_since(pod: Pod, container: Container) -> datetime | None:
    """Since when it runs, and is ready where it is: a container is Ready later than it started, by its pod's condition."""
    ready = pod.condition("Ready").time("lastTransitionTime") if container.ready and pod.ready else None
    return max((at for at in (container.running_since, ready) if at), default=None)


def _remnant(scene: Scene, pod: Pod, container: Container) -> Finding:
    deleted = "is terminating and " if pod.deleting else ""
    text = f"{pod.ref} {deleted}belongs to the old ReplicaSet {pod.replicaset}, which a completed rollout replaced"
    shown = Statement(
        f"Container {container.name} of {pod.ref} has reason {container.waiting or 'terminated'}",
        (the_object(pod.ref),),
    )
    new = current_hash(scene, pod.workload)
    return Finding(
        "crash_loop", "healthy", pod.ref, pod.workload, Statement(text), "expected", "info",
        since=pod.deleting, details=(shown,), facts={**_facts(pod, container, None), "current": new, "remnant": "yes"},
    )  # fmt: skip


def _details(pod: Pod, container: Container, last: Ending | None) -> tuple[Statement, ...]:
    if last is None:
        return ()
    # A recording that says Error and 0 at once contradicts itself: the reason is told.
    told = last.code is not None and (last.code != 0 or last.reason != "Error")
    code = f"exit code {last.code}" if told else ""
    how = " and ".join(part for part in (f"reason {last.reason}" if last.reason else "", code) if part)
    found = [Statement(f"Container {container.name} of {pod.ref} terminated with {how}", (last.need,))]
    if told and last.code in MEANING and not last.oom:
        found.append(
            Statement(f"Exit code {last.code} of container {container.name} means {MEANING[last.code]}")
        )
    return tuple(found)


def _facts(pod: Pod, container: Container, last: Ending | None) -> dict[str, str]:
    return {
        "key": container.name,
        "container": container.name,
        "node": pod.node,
        "hash": pod.template_hash,
        "code": "" if last is None or last.code is None else str(last.code),
        "oom": "yes" if last and last.oom else "",
        "restarts": str(container.restarts),
        "init": "yes" if container.init else "",
    }


def _category(last: Ending | None) -> Category:
    if last is None or last.code is None:
        return "resource_exhaustion" if last and last.oom else "unknown"
    if last.oom:
        return "resource_exhaustion"
    return (
        "configuration_error"
        if last.code in (0, 126, 127, 128, 143)
        else "code_defect"
        if last.code != 137
        else "unknown"
    )


def _since(scene: Scene, pod: Pod, container: Container) -> datetime | None:
    begun = [e.first for e in scene.events_about(pod.ref) if e.reason == "BackOff" and e.first]
    if begun:
        return min(begun)
    # The status keeps the last end only; of the first one it tells when there was no other.
    return container.ended.time("finishedAt") if container.restarts <= 1 else None


def clear(scene: Scene) -> str:
    """Pods without a crash loop."""
    pods = live(scene)
    good = sum(all(c.waiting != _BACKOFF for c in pod.containers) for pod in pods)
    return (
        f"no crash loop: {good} of {len(pods)} pods are not in {_BACKOFF}, not currently restarting"
        if pods
        else ""
    )


CHECK = Check(find, clear)
