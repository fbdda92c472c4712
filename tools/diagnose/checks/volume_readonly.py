"""Writes that fail because a filesystem is read-only.

Detects: EROFS and "Read-only file system" in logs.
Source: POSIX write(2), EROFS; Kubernetes API, securityContext.readOnlyRootFilesystem and volumeMounts.readOnly.
Example: OSError: [Errno 30] Read-only file system: '/data/cache'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.logged import groups, logged
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene

PATTERN = re.compile(r"Read-only file ?system|EROFS", re.IGNORECASE)


def find(scene: Scene) -> Iterator[Finding]:
    """Failed writes by workload."""
    for group in groups(scene, PATTERN):
        text = f"{group.subject} cannot write: Read-only file system"
        yield logged(scene, "volume_readonly", "configuration_error", group, text, PATTERN)


def clear(scene: Scene) -> str:
    """Logs without a read-only filesystem."""
    return (
        f"no read-only filesystem in logs{whose(scene)}: {len(scene.lines)} lines were read"
        if scene.lines
        else ""
    )


CHECK = Check(find, clear)
