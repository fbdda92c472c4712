"""Pods that no node has room for.

Detects: `PodScheduled: False, Unschedulable` and FailedScheduling messages that speak of insufficient resources or too
many pods, and reads the counts per reason.
Source: Kubernetes scheduler, message "0/2 nodes are available: 2 Insufficient cpu."; PodCondition PodScheduled.
Example: 0/2 nodes are available: 2 Insufficient cpu.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.scheduling import nodes_clear, unscheduled

PATTERN = re.compile(r"Insufficient (?P<what>[\w./-]*\w)|(?P<pods>Too many pods)", re.IGNORECASE)


def find(scene: Scene) -> Iterator[Finding]:
    """Pods that wait for cpu, memory, pods or another resource."""
    for finding, text in unscheduled(scene, "pending_resources", "resource_exhaustion", PATTERN):
        what = sorted({(m["what"] or "pods").lower() for m in PATTERN.finditer(text)})
        yield finding.with_facts(resource=" and ".join(what), key=",".join(what))


def clear(scene: Scene) -> str:
    """Pods that were placed."""
    return nodes_clear(scene, "no pod waits for cpu or memory")


CHECK = Check(find, clear)
