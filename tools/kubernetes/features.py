"""Which of the settings that every container should have a pod template lacks: limits, requests, probes."""

from __future__ import annotations

from typing import Literal

from interlock.core.clusters.objects import Node

Feature = Literal[
    "memory limit",
    "cpu limit",
    "memory request",
    "cpu request",
    "readiness probe",
    "liveness probe",
    "startup probe",
]
_PATHS: dict[str, tuple[str, ...]] = {
    "memory limit": ("resources", "limits", "memory"),
    "cpu limit": ("resources", "limits", "cpu"),
    "memory request": ("resources", "requests", "memory"),
    "cpu request": ("resources", "requests", "cpu"),
    "readiness probe": ("readinessProbe",),
    "liveness probe": ("livenessProbe",),
    "startup probe": ("startupProbe",),
}

SETTINGS = tuple(_PATHS)
"""Their names."""


def feature(container: Node, name: str) -> str:
    """The value of a setting, `set` for a probe, '' when it is not there."""
    path = _PATHS[name]
    return container.text(*path) or ("set" if container.node(*path) else "")


def missing_features(holder: Node) -> list[str]:
    """The settings that at least one container lacks."""
    containers = holder.nodes("spec", "containers")
    return [name for name in _PATHS if any(not feature(container, name) for container in containers)]


def features_of(holder: Node) -> list[tuple[str, str, str]]:
    """Container, setting and value, of every container; '' where it is not set."""
    return [
        (container.text("name"), name, feature(container, name))
        for container in holder.nodes("spec", "containers")
        for name in _PATHS
    ]
