"""Nodes short of memory, disk or process ids.

Detects: conditions MemoryPressure, DiskPressure, PIDPressure and NetworkUnavailable that are True, and SystemOOM events.
Source: Kubernetes API, NodeCondition; docs, "Node-pressure Eviction".
Example: DiskPressure True, reason KubeletHasDiskPressure.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Ref, Statement, the_events, the_object
from interlock.tools.diagnose.phrases import quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import condition

_CONDITIONS = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def find(scene: Scene) -> Iterator[Finding]:
    """Nodes under pressure."""
    yield from _system_oom(scene)
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
