"""Monitors as the checks see them: name, state, and the text by which they are tied to a workload."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from interlock.core.clusters.objects import Ref
from interlock.core.errors import InterlockError
from interlock.tools.metrics.monitors import MonitorBackend
from interlock.tools.tool import Context

MonitorState = Literal["ok", "firing", "unknown"]
_OK = frozenset({"ok", "inactive", "normal", "resolved"})
_FIRING = frozenset({"alert", "firing", "warn", "warning", "alerting", "critical", "pending"})

_OBJECTS = re.compile(
    r"kubernetes_state|kube_(deployment|statefulset|daemonset|pod)_|restart|replica|\bready", re.IGNORECASE
)


@dataclass(frozen=True)
class Monitor:
    """One monitor. `said` is its state in the words of its source."""

    name: str
    said: str
    about: str
    measures: str = ""

    @property
    def state(self) -> MonitorState:
        """Its state in one of three words."""
        low = self.said.lower()
        return "ok" if low in _OK else "firing" if low in _FIRING else "unknown"

    @property
    def counts_objects(self) -> bool:
        """Whether it measures what the cluster's own objects say: replicas, restarts, phases."""
        return bool(_OBJECTS.search(self.measures))

    def concerns(self, workload: Ref) -> bool:
        """Whether its name, query or tags name the workload."""
        return bool(re.search(rf"(?<![\w-]){re.escape(workload.name)}(?![\w-])", self.about))


def read_monitors(context: Context, limits: list[str]) -> tuple[Monitor, ...] | None:
    """Every monitor; None, and a limit, when they cannot be read."""
    backend = context.backend(MonitorBackend)  # type: ignore[type-abstract]
    if backend is None:
        limits.append("not looked at: monitors (none configured)")
        return None
    try:
        every = backend.monitors()
    except InterlockError as error:
        limits.append(f"not looked at: monitors ({error.message})")
        return None
    return tuple(
        Monitor(m.name, m.state, " ".join((m.name, m.query, m.message, *m.tags)), f"{m.name} {m.query}")
        for m in every
    )
