"""Containers the runtime cannot start: the program is absent, not executable, or the sandbox fails.

Detects: waiting reasons RunContainerError, CreateContainerError and StartError, runtime messages, and exit codes 126-128.
Source: Kubernetes API, ContainerStateWaiting.reason; OCI runtime message `exec: "x": executable file not found in $PATH`.
Example: exec: "/app/server": stat /app/server: no such file or directory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Category, Finding
from interlock.tools.diagnose.phrases import live
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.spoken import finding, heard

_START = re.compile(
    r"RunContainerError|CreateContainerError|StartError|ContainerCannotRun|OCI runtime create failed"
    r"|executable file not found|exec format error|failed to (create|start) containerd task|FailedCreatePodSandBox"
    r"|exec: \S+: (permission denied|stat )",
    re.IGNORECASE,
)
_NETWORK = re.compile(r"FailedCreatePodSandBox", re.IGNORECASE)


def find(scene: Scene) -> Iterator[Finding]:
    """Containers that never ran."""
    for what in heard(scene, _START):
        sandbox = any(_NETWORK.search(s.said) for s, _ in what.signals)
        category: Category = "infrastructure" if sandbox else "configuration_error"
        text = f"A container of {what.about} cannot start: {what.match[0]}"
        yield finding(scene, "container_cannot_start", category, what, text)


def clear(scene: Scene) -> str:
    """Pods whose containers started."""
    pods = [pod for pod in live(scene) if pod.phase != "Pending"]
    good = sum(not any(_START.search(c.waiting) for c in pod.containers) for pod in pods)
    return f"no container failed to start: {good} of {len(pods)} pods have started containers" if pods else ""


CHECK = Check(find, clear)
