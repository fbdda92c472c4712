"""Pools and limits that ran out: connections, threads, file descriptors.

Detects: "too many connections", "pool exhausted", "Too many open files", "remaining connection slots" in logs.
Source: PostgreSQL error 53300 too_many_connections; MySQL error 1040; POSIX EMFILE.
Example: FATAL: remaining connection slots are reserved for superuser connections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.logged import groups, logged
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene

PATTERN = re.compile(
    r"too many (connections|clients|open files)|remaining connection slots|pool (is )?exhausted|EMFILE"
    r"|(connection )?pool (timeout|limit)|Connection is not available, request timed out|unable to acquire connection|can'?t start new thread|OutOfMemoryError",
    re.IGNORECASE,
)


def find(scene: Scene) -> Iterator[Finding]:
    """Exhausted pools by workload."""
    for group in groups(scene, PATTERN):
        said = PATTERN.search(group.sample.text)
        text = f"{group.subject} ran out of a limited resource: {said[0] if said else ''}"
        yield logged(scene, "pool_exhausted", "resource_exhaustion", group, text, PATTERN)


def clear(scene: Scene) -> str:
    """Logs without an exhausted pool."""
    return (
        f"no exhausted pool in logs{whose(scene)}: {len(scene.lines)} lines were read" if scene.lines else ""
    )


CHECK = Check(find, clear)
