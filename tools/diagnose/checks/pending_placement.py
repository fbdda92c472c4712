"""Pods that no node may take: selector, affinity, taint, topology spread, host port.

Detects: FailedScheduling and Unschedulable messages whose reasons are rules, not room.
Source: Kubernetes docs, "Assigning Pods to Nodes" and "Taints and Tolerations"; scheduler messages.
Example: 0/3 nodes are available: 3 node(s) had untolerated taint {dedicated: gpu}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.scheduling import nodes_clear, unscheduled

PATTERN = re.compile(
    r"node affinity|node selector|MatchNodeSelector|taint|pod (anti-?)?affinity|topology spread|free ports|unschedulable\b(?!:)",
    re.IGNORECASE,
)
_ROOM = re.compile(r"Insufficient |Too many pods", re.IGNORECASE)
_NODE_TROUBLE = re.compile(r"node\.kubernetes\.io/(not-ready|unreachable|disk-pressure|memory-pressure)")


def find(scene: Scene) -> Iterator[Finding]:
    """Pods whose rules match no node."""
    for finding, text in unscheduled(scene, "pending_placement", "configuration_error", PATTERN):
        if _ROOM.search(text):
            continue
        taint = _NODE_TROUBLE.search(text)
        yield finding.with_facts(rule="taint" if "taint" in text else "rule", taint=taint[0] if taint else "")


def clear(scene: Scene) -> str:
    """Pods that were placed."""
    return nodes_clear(scene, "no pod waits for a selector, an affinity or a taint")


CHECK = Check(find, clear)
