"""What the scheduler says of pods it cannot place, read once for the checks that tell the reasons apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import state_of
from interlock.tools.diagnose.model import Category, Finding, Statement, the_events, the_object
from interlock.tools.diagnose.phrases import live, quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.signals import Signal

_SCHEDULER = re.compile(r"FailedScheduling|Unschedulable|nodes are available", re.IGNORECASE)
_PREEMPTION = re.compile(r"\s*preemption:.*", re.IGNORECASE | re.DOTALL)


def unscheduled(
    scene: Scene, check: str, category: Category, pattern: re.Pattern[str]
) -> Iterator[tuple[Finding, str]]:
    """A finding for every pod the scheduler refused for a reason that `pattern` matches, with the reason."""
    by_pod: dict[Ref, list[Signal]] = {}
    for signal in scene.signals:
        if _SCHEDULER.search(signal.said) and pattern.search(_PREEMPTION.sub("", signal.text)):
            by_pod.setdefault(signal.about, []).append(signal)
    for ref, said in by_pod.items():
        yield _finding(scene, check, category, ref, said), _PREEMPTION.sub("", said[0].text)


def _finding(scene: Scene, check: str, category: Category, ref: Ref, said: list[Signal]) -> Finding:
    pod = scene.pod_by_ref.get(ref)
    waits = pod is not None and pod.phase == "Pending" and not pod.node
    why = _PREEMPTION.sub("", said[0].text)
    if waits:
        text = f"{ref} is Unschedulable: {quoted(why)}"
    elif pod and pod.node:
        text = f"{ref} is on Node {pod.node} by now; earlier it could not be scheduled: {quoted(why)}"
    else:
        text = f"{ref} was Pending, it could not be scheduled: {quoted(why)}"
    need = (said[0].need,) if waits or not pod else (the_object(ref), said[0].need)
    last = max((s.last for s in said if s.last), default=None)
    over = pod is not None or state_of(scene, ref, said[0].workload, last) == "recovered"
    return Finding(
        check, category, ref, said[0].workload, Statement(text, need),
        "recovered" if over and not waits else "active",
        since=min((s.first for s in said if s.first), default=None), until=None if waits else last,
        details=(*_room(scene, ref), Statement(f"{ref} reports {quoted(why)}", (the_events(ref), said[0].need))),
        facts={"key": check},
    )  # fmt: skip


def _room(scene: Scene, ref: Ref) -> Iterator[Statement]:
    """What the cluster autoscaler did about it."""
    for event in scene.events_about(ref):
        if event.reason == "TriggeredScaleUp":
            text = f"The cluster autoscaler added room for {ref}: {event.reason} {quoted(event.message)}"
            yield Statement(text, (the_events(ref),))
            return


def nodes_clear(scene: Scene, nothing: str) -> str:
    """How many pods of the targets were placed on a node."""
    pods = live(scene)
    placed = sum(bool(pod.node) or pod.phase != "Pending" for pod in pods)
    return f"{nothing}: {placed} of {len(pods)} pods are placed on a node" if pods else ""
