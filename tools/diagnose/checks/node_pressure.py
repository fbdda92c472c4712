"""Nodes short of memory, disk or process ids.

Detects: conditions MemoryPressure, DiskPressure, PIDPressure and NetworkUnavailable that are True, and the events SystemOOM
and EvictionThresholdMet.
Source: Kubernetes API, NodeCondition; docs, "Node-pressure Eviction".
Example: DiskPressure True, reason KubeletHasDiskPressure.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import fresh
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_events, the_object
from interlock.tools.diagnose.phrases import quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Event, condition

_CONDITIONS = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def find(scene: Scene) -> Iterator[Finding]:
    """Nodes under pressure."""
    yield from _system_oom(scene)
    yield from _evicting(scene)
    for raw in scene.all("nodes"):
        ref = Ref("Node", "", raw.name)
        for kind in _CONDITIONS:
            found = condition(raw, kind)
            if found.text("status") == "True":
                text = f"{ref} has condition {kind} True"
                broken = kind == "NetworkUnavailable" or condition(raw, "Ready").text("status") in (
                    "False",
                    "Unknown",
                )
                yield Finding(
                    "node_pressure", "infrastructure" if broken else "resource_exhaustion", ref, ref,
                    Statement(text, (the_object(ref),)), since=found.time("lastTransitionTime"),
                    facts={"node": raw.name, "pressure": kind, "key": kind},
                )  # fmt: skip


def _evicting(scene: Scene) -> Iterator[Finding]:
    """A node that evicts, or did so lately, while its condition says nothing of it (any more)."""
    for name, event in _thresholds(scene).items():
        ref = Ref("Node", "", name)
        text = f"{ref} reports EvictionThresholdMet: {quoted(event.message)}"
        # The condition is given back only minutes later; an older event is over.
        now = fresh(scene, event.last)
        yield Finding(
            "node_pressure", "resource_exhaustion", ref, ref, Statement(text, (the_events(event.about),)),
            "active" if now else "recovered", since=event.first, until=None if now else event.last,
            facts={"node": name, "pressure": "eviction", "key": "EvictionThresholdMet"},
        )  # fmt: skip


def _thresholds(scene: Scene) -> dict[str, Event]:
    pressed = {
        raw.name
        for raw in scene.all("nodes")
        if any(condition(raw, kind).text("status") == "True" for kind in _CONDITIONS)
    }
    known = dict.fromkeys([*(raw.name for raw in scene.all("nodes")), *(pod.node for pod in scene.pods)])
    found: dict[str, Event] = {}
    for name in known:
        for event in scene.node_events(name) if name and name not in pressed else ():
            if event.reason == "EvictionThresholdMet" and scene.recent(event):
                found[name] = event
    return found


def _system_oom(scene: Scene) -> Iterator[Finding]:
    """A node that killed a process for want of memory of its own, which no container's status tells."""
    for raw in scene.all("nodes"):
        event = next(
            (e for e in reversed(scene.node_events(raw.name)) if e.reason == "SystemOOM" and scene.recent(e)),
            None,
        )
        if event:
            ref = Ref("Node", "", raw.name)
            text = f"{ref} reports SystemOOM: {quoted(event.message)}"
            yield Finding(
                "node_pressure", "resource_exhaustion", ref, ref, Statement(text, (the_events(event.about),)),
                since=event.first, facts={"node": raw.name, "pressure": "memory", "key": "SystemOOM"},
            )  # fmt: skip


def clear(scene: Scene) -> str:
    """Nodes without pressure."""
    nodes = scene.all("nodes")
    good = sum(
        all(condition(raw, kind).text("status") not in ("True", "Unknown") for kind in _CONDITIONS)
        for raw in nodes
    )
    return (
        f"no node pressure: {good} of {len(nodes)} nodes report no pressure"
        if nodes and good == len(nodes)
        else ""
    )


CHECK = Check(find, clear)
