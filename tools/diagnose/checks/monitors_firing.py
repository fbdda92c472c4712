"""Monitors that fire: context that says the trouble is felt, never its cause.

Detects: monitors in a state other than OK, and says how many are OK.
Source: the monitor's own state; Prometheus alerting rule states, Datadog overall_state.
Example: monitor "checkout error rate" is in state Alert.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Need, Statement
from interlock.tools.diagnose.scene import Scene


def find(scene: Scene) -> Iterator[Finding]:
    """Firing monitors."""
    for monitor in scene.monitors or ():
        if monitor.state == "firing":
            ref = Ref("Monitor", "", monitor.name)
            about = next((w for w in sorted(scene.target_workloads) if monitor.concerns(w)), None)
            about = about or next((w for w in scene.workloads if monitor.concerns(w)), ref)
            text = f'"{monitor.name}" is in state {monitor.said}'
            yield Finding("monitors_firing", "unknown", ref, about, Statement(text, (Need.of("monitors_list"),)),
                          severity="warning", part="effect")  # fmt: skip


def clear(scene: Scene) -> str:
    """How many monitors are OK."""
    if not scene.monitors:
        return ""
    good = sum(monitor.state == "ok" for monitor in scene.monitors)
    return f"monitors are OK: {good} of {len(scene.monitors)}" if good == len(scene.monitors) else ""


CHECK = Check(find, clear)
