"""Volumes and disks that are full.

Detects: ENOSPC and "No space left on device" in logs.
Source: POSIX write(2), ENOSPC.
Example: could not extend file "base/1": No space left on device.
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
    r"No space left on device|ENOSPC|disk (is )?full|disk quota exceeded|out of disk", re.IGNORECASE
)


def find(scene: Scene) -> Iterator[Finding]:
    """Full disks by workload."""
    for group in groups(scene, PATTERN):
        said = PATTERN.search(group.sample.text)
        text = f"{group.subject} has a full disk: {said[0] if said else ''}"
        yield logged(scene, "pvc_filling", "resource_exhaustion", group, text, PATTERN)


def clear(scene: Scene) -> str:
    """Logs without a full disk."""
    return f"no full disk in logs{whose(scene)}: {len(scene.lines)} lines were read" if scene.lines else ""


CHECK = Check(find, clear)
