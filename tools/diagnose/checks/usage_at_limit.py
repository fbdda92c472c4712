"""Workloads that use all the CPU or memory they may, as a monitor measures it.

Detects: firing monitors about a workload whose name or query measures usage or throttling of cpu or memory.
Source: the monitor's own state; metrics container_cpu_cfs_throttled_periods_total, kubernetes.cpu.usage.total.
Example: monitor "checkout CPU throttling" is in state Alert.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Need, Statement
from interlock.tools.diagnose.scene import Scene

_RESOURCE = re.compile(r"(?<![a-z])(cpu|memory)(?![a-z])", re.IGNORECASE)
_USED = re.compile(r"usage|utili[sz]ation|throttl|saturat|\bused\b|working_set", re.IGNORECASE)


def find(scene: Scene) -> Iterator[Finding]:
    """Firing monitors of cpu and memory."""
    for monitor in scene.monitors or ():
        what = _RESOURCE.search(monitor.measures)
        workload = next((w for w in sorted(scene.workloads) if monitor.concerns(w)), None)
        if monitor.state == "firing" and what and workload and _USED.search(monitor.measures):
            text = f'"{monitor.name}" is in state {monitor.said}'
            yield Finding(
                "usage_at_limit", "resource_exhaustion", Ref("Monitor", "", monitor.name), workload,
                Statement(text, (Need.of("monitors_list"),)), severity="warning",
                facts={"resource": what[1].lower()}, sure=False,
                details=(Statement(f'"{monitor.name}" measures {what[1].lower()} usage'),),
            )  # fmt: skip


def clear(scene: Scene) -> str:
    """Monitors of cpu and memory that are OK."""
    about = [m for m in scene.monitors or () if _RESOURCE.search(m.measures) and _USED.search(m.measures)]
    good = sum(monitor.state == "ok" for monitor in about)
    return (
        f"monitors of cpu and memory are OK: {good} of {len(about)}" if about and good == len(about) else ""
    )


CHECK = Check(find, clear)
