"""Programs that say they lack a setting, or that a credential or right they were given is refused.

Detects: missing environment variables and options, rejected passwords, and API rights denied to a service account.
Source: the Twelve-Factor App, config; PostgreSQL 28P01; Kubernetes RBAC message `User "x" cannot list resource`.
Example: KeyError: 'DATABASE_URL'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.logged import groups, logged
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import clause, quoted, whose
from interlock.tools.diagnose.scene import Scene

PATTERN = re.compile(
    r"KeyError: ['\"][A-Z][A-Z0-9_]{2,}['\"]|environment variable\b.{0,60}\b(not set|missing|required|undefined|empty)"
    r"|(missing|required|undefined|unset) (required )?(environment|env) var\w*|missing (required )?(config|setting|option)\w*"
    r"|required (config\w*|setting|key|env\w*|variable)\b.{0,40}\b(missing|not set|not found)|[A-Z][A-Z0-9]*_[A-Z0-9_]+ (is|must be|not) (not )?(set|required|defined|missing)"
    r"|invalid (config|configuration|setting)\b|config(uration)? (file )?(error|invalid|not found)|unknown (config|flag|option)"
    r"|password authentication failed|Access denied for user|authentication failed|invalid (api key|credentials)"
    r"|cannot (get|list|watch|create|patch|update) resource",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"KeyError|not set|required|denied|failed|cannot|invalid|missing|unknown|undefined", re.IGNORECASE
)


def _key(line: Line, match: re.Match[str]) -> str | None:
    return match[0] if line.bad or _LEVEL.search(match[0]) else None


def find(scene: Scene) -> Iterator[Finding]:
    """Missing settings and refused credentials by workload."""
    for group in groups(scene, PATTERN, _key):
        text = (
            f"{group.subject} reports a configuration error: {quoted(clause(group.sample.text, PATTERN, 60))}"
        )
        yield logged(scene, "missing_setting", "configuration_error", group, text, PATTERN)


def clear(scene: Scene) -> str:
    """Logs without a missing setting."""
    return (
        f"no missing setting or refused credential in logs{whose(scene)}: {len(scene.lines)} lines were read"
        if scene.lines
        else ""
    )


CHECK = Check(find, clear)
