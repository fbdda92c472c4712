"""Pods refused because the namespace is at its quota.

Detects: `exceeded quota` in FailedCreate events, in QuotaExceeded events and in the log store, with what
was requested, used and limited.
Source: Kubernetes docs, "Resource Quotas"; admission message `is forbidden: exceeded quota: NAME, requested: ..., used: ...`.
Example: exceeded quota: compute, requested: limits.cpu=2, used: limits.cpu=8, limited: limits.cpu=8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding
from interlock.tools.diagnose.phrases import whose
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.spoken import Heard, finding, heard

PATTERN = re.compile(
    r"exceeded quota:? ?(?P<name>[\w.-]*\w)?|failed quota: (?P<failed>[\w.-]*\w)|QuotaExceeded", re.IGNORECASE
)
_NUMBERS = re.compile(
    r"requested: (?P<asked>[\w.,/=-]+), used: (?P<used>[\w.,/=-]+), limited: (?P<hard>[\w.,/=-]+)"
)
_RESOURCE = re.compile(
    r"\b(?:limits|requests)\.([\w-]+)|\b(pods|services|cpu|memory|persistentvolumeclaims)\b"
)


def find(scene: Scene) -> Iterator[Finding]:
    """Refused pods by the workload that asked for them."""
    for what in heard(scene, PATTERN):
        yield _finding(scene, what)


def _finding(scene: Scene, what: Heard) -> Finding:
    signals = [signal for signal, _ in what.signals]
    best = next(((s, m) for s in signals if (m := _NUMBERS.search(s.text))), None)
    quota = next((m["name"] or m["failed"] for _, m in what.signals if m["name"] or m["failed"]), "")
    resource = _resources(best[1]["asked"] if best else what.first.text)
    namespace = what.about.namespace
    text = f"{what.about} cannot create pods in namespace {namespace}: exceeded quota {quota}".rstrip()
    if best:
        text += f", requested {best[1]['asked']}, used {best[1]['used']}, limited {best[1]['hard']}"
    elif resource:
        text += f" of {resource}"
    if best:
        what = replace(what, signals=((best[0], what.match), *what.signals))
    return finding(
        scene, "quota_exceeded", "resource_exhaustion", what, text, quote=PATTERN,
        facts={"quota": quota, "resource": resource, "namespace": namespace, "key": quota},
    )  # fmt: skip


def _resources(text: str) -> str:
    return " and ".join(dict.fromkeys(m[1] or m[2] for m in _RESOURCE.finditer(text)))


def clear(scene: Scene) -> str:
    """Namespaces in which nothing was refused."""
    if not scene.seen("events"):
        return ""
    return f"no pod was refused for a quota{whose(scene)}: {len(scene.events)} events were read"


CHECK = Check(find, clear)
