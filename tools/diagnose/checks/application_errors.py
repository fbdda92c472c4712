"""Errors of the program itself: tracebacks, panics, exceptions, error lines that no other check explains.

Detects: a language's own crash output in logs, with the exception; repeated error lines are a symptom.
Source: Python traceback format, Go `panic:`, Java `Exception in thread`, Node.js `TypeError`.
Example: panic: runtime error: invalid memory address or nil pointer dereference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.checks import (
    certificate_expired,
    connection_failure,
    data_errors,
    dns_failure,
    missing_setting,
    pool_exhausted,
    pvc_filling,
    volume_readonly,
)
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.logged import Group, groups, logged
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import clause, quoted, whose
from interlock.tools.diagnose.scene import Scene

_CRASH = re.compile(
    r"\bpanic: .+|\b(?:[a-z_]+\.)*[A-Z]\w*(?:Error|Exception)\b(?::? .*)?|SIGSEGV|segmentation fault|stack overflow|assertion failed"
    r"|Unhandled(PromiseRejection| exception)|fatal error: .+|core dumped|nil pointer dereference|undefined is not a function",
)
_OTHERS = (
    certificate_expired.PATTERN, connection_failure.PATTERN, data_errors.PATTERN, dns_failure.PATTERN,
    missing_setting.PATTERN, pool_exhausted.PATTERN, pvc_filling.PATTERN, volume_readonly.PATTERN,
)  # fmt: skip
_NOISE = re.compile(
    r"probe (failed|errored)|Traceback \(most recent|OOMKilled|exit[ _]code|Error from server|exceeded quota",
    re.IGNORECASE,
)
_ANY = re.compile(r".+")
_ID = re.compile(r"\b(?:[0-9a-f]{8,}|[\w-]*\d[\w.:-]*)\b")
_ENOUGH = 2


def _crash_key(line: Line, match: re.Match[str]) -> str | None:
    if _NOISE.search(line.text) or any(other.search(line.text) for other in _OTHERS):
        return None
    return _ID.sub("#", match[0])[:80]


def _error_key(line: Line, match: re.Match[str]) -> str | None:
    known = (
        _CRASH.search(line.text)
        or _NOISE.search(line.text)
        or any(other.search(line.text) for other in _OTHERS)
    )
    return None if known or not line.bad else ""


def find(scene: Scene) -> Iterator[Finding]:
    """Exceptions by workload, and error lines as a symptom."""
    for group in groups(scene, _CRASH, _crash_key):
        text = f"{group.subject} fails in its own code: {quoted(clause(group.sample.body, _CRASH, 20))}"
        yield logged(scene, "application_errors", "code_defect", group, text, _CRASH)
    for group in groups(scene, _ANY, _error_key):
        if len(group.lines) >= _ENOUGH or _only(scene, group):
            line = group.sample
            text = f"{group.subject} logged {quoted(line.body, 160)}"
            made = logged(
                scene, "application_errors", "unknown", group, text, re.compile(re.escape(line.body[:40]))
            )
            yield replace(made, part="effect", severity="warning", details=())


def _only(scene: Scene, group: Group) -> bool:
    return group.workload in scene.target_workloads


def clear(scene: Scene) -> str:
    """Logs without errors of the program."""
    return f"no exception in logs{whose(scene)}: {len(scene.lines)} lines were read" if scene.lines else ""


CHECK = Check(find, clear)
