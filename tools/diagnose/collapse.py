"""Many pods with one trouble are one finding: the pod that was asked about, or the latest, stands for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from interlock.tools.diagnose.model import Finding, Statement
from interlock.tools.diagnose.scene import Scene


def collapse(scene: Scene, findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each check, workload, key and state."""
    found: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        key = (
            finding.check,
            str(finding.workload),
            finding.facts.get("key", ""),
            finding.state,
            finding.subject.kind,
        )
        found[key].append(finding)
    return [_one(scene, together) for together in found.values()]


def _one(scene: Scene, together: list[Finding]) -> Finding:
    if len(together) == 1:
        return together[0]
    named = [
        finding for finding in together if finding.subject in scene.targets and finding.subject.kind == "Pod"
    ]
    pods = {finding.subject for finding in together}
    chosen = (named or sorted(together, key=lambda f: (len(f.details), str(f.subject)), reverse=True))[0]
    begun = min((f.since for f in together if f.since), default=None)
    if len(pods) == 1 or chosen.subject.kind != "Pod":
        return replace(chosen, since=begun)
    others = ", ".join(sorted(ref.name for ref in pods if ref != chosen.subject)[:3])
    more = f" and {len(pods) - 4} more" if len(pods) > 4 else ""
    also = Statement(f"The same holds for {others}{more}: {len(pods)} pods of {chosen.workload} in all")
    return replace(
        chosen, since=begun, details=(*chosen.details, also), facts={**chosen.facts, "pods": str(len(pods))}
    )
