"""Nodes that are not Ready, and nodes that came back.

Detects: condition Ready that is False or Unknown, NodeNotReady events, and the transition time of a node Ready again.
Source: Kubernetes API, NodeCondition Ready; docs, "Nodes": Unknown when the node controller has not heard from the node.
Example: Ready Unknown, reason NodeStatusUnknown, Kubelet stopped posting node status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from interlock.core.clusters.objects import KubeObject, Ref
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_events, the_object
from interlock.tools.diagnose.phrases import at, quoted, since
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Event, condition

_LATELY = timedelta(hours=6)
_NOT_READY = re.compile(
    r"NodeNotReady|status is now: ?NodeNotReady|Kubelet stopped posting|NodeLost", re.IGNORECASE
)


def find(scene: Scene) -> Iterator[Finding]:
    """Nodes now or lately not Ready."""
    for raw in scene.all("nodes"):
        ready = condition(raw, "Ready")
        ref = Ref("Node", "", raw.name)
        if ready.text("status") in ("False", "Unknown"):
            yield _down(scene, ref, raw)
        elif ready.text("status") == "True" and (event := _was_down(scene, ref)):
            yield _back(ref, raw, event)
    yield from _unlisted(scene)


def _down(scene: Scene, ref: Ref, raw: KubeObject) -> Finding:
    ready = condition(raw, "Ready")
    begun = ready.time("lastTransitionTime") or ready.time("lastHeartbeatTime") or _first_event(scene, ref)
    text = f"{ref} is NotReady: condition Ready is {ready.text('status')}"
    if ready.text("reason"):
        text += f", reason {ready.text('reason')}"
    details = (
        [Statement(f'{ref} reports "{ready.text("message")}"', (the_object(ref),))]
        if ready.text("message")
        else []
    )
    if begun:
        details.append(Statement(f"Condition Ready of {ref} changed{at(begun)}", (the_object(ref),)))
    return Finding("node_not_ready", "infrastructure", ref, ref, Statement(text, (the_object(ref),)), since=begun,
                   details=tuple(details), facts={"node": ref.name})  # fmt: skip


def _back(ref: Ref, raw: KubeObject, event: Event) -> Finding:
    changed = condition(raw, "Ready").time("lastTransitionTime")
    text = f"{ref} has recovered and is Ready{since(changed)}"
    shown = Statement(f"{ref} has an event NodeNotReady{at(event.last)}", (the_events(event.about),))
    return Finding("node_not_ready", "infrastructure", ref, ref, Statement(text), "recovered", since=event.first,
                   until=changed or event.last, details=(shown,), facts={"node": ref.name})  # fmt: skip


def _was_down(scene: Scene, ref: Ref) -> Event | None:
    events = [e for e in scene.node_events(ref.name) if _NOT_READY.search(f"{e.reason} {e.message}")]
    return next((e for e in reversed(events) if scene.recent(e, _LATELY)), None)


def _first_event(scene: Scene, ref: Ref) -> datetime | None:
    return next(
        (e.first for e in scene.node_events(ref.name) if _NOT_READY.search(f"{e.reason} {e.message}")), None
    )


def _unlisted(scene: Scene) -> Iterator[Finding]:
    """Where nodes were not recorded, pods and events may still say it."""
    if scene.seen("nodes"):
        return
    told: dict[str, Event] = {}
    for event in scene.events:
        if _NOT_READY.search(f"{event.reason} {event.message}") and scene.recent(event):
            pod = scene.pod_by_ref.get(event.about)
            name = event.about.name if event.about.kind == "Node" else pod.node if pod else ""
            if name:
                told[name] = event
    for name, event in told.items():
        ref = Ref("Node", "", name)
        hurt = any(pod.node == name and not pod.ready for pod in scene.pods)
        text = f"{ref} is said to be NotReady: {event.reason}"
        said = Statement(f"{event.about} reports {quoted(event.message)}", (the_events(event.about),))
        yield Finding("node_not_ready", "infrastructure", ref, ref, Statement(text, (the_events(event.about),)),
                      "active" if hurt else "recovered", since=event.first, facts={"node": name}, sure=False, details=(said,))  # fmt: skip


def clear(scene: Scene) -> str:
    """Nodes that are Ready."""
    nodes = scene.all("nodes")
    good = sum(condition(raw, "Ready").text("status") == "True" for raw in nodes)
    if not nodes:
        return ""
    which = "nodes of the pods in question" if scene.some_nodes else "nodes"
    return (
        f"all {good} {which} are Ready" if good == len(nodes) else f"{good} of {len(nodes)} {which} are Ready"
    )


CHECK = Check(find, clear)
