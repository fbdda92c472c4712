"""Runs every check, ties what they found, and picks the chains that end at what was asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import complete
from interlock.tools.diagnose.chains import LOGGED, ancestors, path_down, tie
from interlock.tools.diagnose.check import all_checks
from interlock.tools.diagnose.collapse import collapse
from interlock.tools.diagnose.model import Edge, Finding
from interlock.tools.diagnose.scene import Scene

_LATELY = timedelta(hours=24)
_SEVERITY = {"critical": 2, "warning": 1, "info": 0}
# Words of an alert that speak of what a check looks at: they break ties between chains, they prove nothing.
_HINTS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(words, re.IGNORECASE), frozenset(checks.split()))
    for words, checks in (
        (r"crash|restart", "crash_loop oom_killed probe_failing"),
        (r"\boom|memory", "oom_killed"),
        (r"pending|schedul", "pending_resources pending_placement pending_volume"),
        (r"image", "image_pull"),
        (r"probe|unhealthy|not ?ready", "probe_failing node_not_ready pods_not_ready"),
        (r"rollout|deployment.*progress", "rollout_stuck"),
        (r"replica|scal", "replicas_mismatch quota_exceeded hpa usage_at_limit admission_denied"),
        (r"\bnode\b|kubelet", "node_not_ready node_pressure"),
        (r"\bjob\b|cronjob|backup", "failed_job cronjob_late"),
        (r"evict", "evicted_pods node_pressure"),
        (
            r"5\d\d|5xx|error|latency|availability",
            "connection_failure dns_failure application_errors certificate_expired",
        ),
        (r"volume|disk|pvc", "pending_volume pvc_filling volume_readonly"),
    )
)


@dataclass(frozen=True)
class Looked:
    """One check's result: what it found, and its clear sentence."""

    check: str
    findings: tuple[Finding, ...]
    clear: str


@dataclass(frozen=True)
class Chain:
    """A cause, what brought it about, and what followed, cause first."""

    root: Finding
    path: tuple[Finding, ...]
    changes: tuple[Finding, ...] = ()
    explains: int = 1

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of it in order, changes first."""
        return (*self.changes, *self.path)


@dataclass(frozen=True)
class Diagnosed:
    """Everything the checks say about a scene."""

    looked: tuple[Looked, ...]
    chains: tuple[Chain, ...]
    over: tuple[Finding, ...]
    also: tuple[Finding, ...]
    edges: tuple[Edge, ...]
    behind: tuple[Finding, ...] = ()
    """What brought about a trouble that is over, elsewhere and as much over: the deepest first."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding."""
        return tuple(finding for looked in self.looked for finding in looked.findings)


def examine(scene: Scene) -> Diagnosed:
    """Run the checks on a scene that was gathered."""
    looked = tuple(
        Looked(
            each.id,
            tuple(_believed(scene, f) for f in collapse(scene, each.check.find(scene))),
            each.check.clear(scene),
        )
        for each in all_checks()
    )
    findings = [finding for each in looked for finding in each.findings]
    active = [f for f in findings if f.state == "active" and f.part != "context"]
    edges = tie(scene, active)
    chains = _chains(scene, active, edges)
    used = {f.key for chain in chains for f in chain.findings} | _below(chains, edges)
    also = tuple(f for f in findings if f.key not in used and _apart_but_telling(scene, f))
    over = tuple(f for f in findings if f.state in ("recovered", "expected") and concerns(scene, f))
    return Diagnosed(looked, chains, over, also, tuple(edges), _behind(scene, over, findings))


def _behind(scene: Scene, over: Sequence[Finding], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    past = [f for f in findings if f.state == "recovered" and f.part != "context"]
    edges = tie(scene, past)
    above = {cause.key: cause for f in over if f.state == "recovered" for cause in ancestors(f, edges)}
    faults = [f for f in above.values() if f.part == "fault" and not concerns(scene, f)]
    return tuple(sorted(faults, key=lambda f: len(ancestors(f, edges))))


def _apart_but_telling(scene: Scene, finding: Finding) -> bool:
    """Troubles and changes beside the chain, and what failed lately elsewhere: a reader would ask about them."""
    if finding.state == "active":
        return finding.part in ("fault", "change")
    ended = finding.until or finding.since
    lately = ended is not None and scene.now - ended <= _LATELY
    return (
        finding.state == "recovered" and finding.part == "fault" and lately and not concerns(scene, finding)
    )


def concerns(scene: Scene, finding: Finding) -> bool:
    """Whether a finding is about what was asked: the named objects, their workloads, or the nodes of their pods."""
    if not scene.targets:
        return finding.subject.kind != "Node" or _hosts(scene, finding.subject.name)
    if finding.subject in scene.targets or finding.workload in scene.target_workloads:
        return True
    if finding.subject.kind == "Node":
        return any(pod.node == finding.subject.name for pod in scene.target_pods)
    nodes = {ref.name for ref in scene.targets if ref.kind == "Node"}
    return finding.facts.get("node", "") in nodes - {""}


def _hosts(scene: Scene, node: str) -> bool:
    """Whether pods of the namespaces asked about are on a node, or wait for one; any node, when none was named."""
    home = scene.scope.namespaces
    pods = [pod for pod in scene.pods if pod.ref.namespace in home]
    waits = any(pod.phase == "Pending" and not pod.node and pod.deleting is None for pod in pods)
    return not home or waits or any(pod.node == node for pod in pods)


def beside(scene: Scene, found: Diagnosed) -> tuple[Finding, ...]:
    """Nodes that are unwell and carry nothing of what was asked about."""
    return tuple(
        f for f in found.also if f.subject.kind == "Node" and f.part == "fault" and not concerns(scene, f)
    )


def _believed(scene: Scene, finding: Finding) -> Finding:
    """A single log line beside a workload in good health is context, not a fault."""
    if finding.check not in LOGGED or finding.state != "active":
        return finding
    alert = scene.scope.alert
    felt = alert is not None and alert.firing and alert.concern != "state" and concerns(scene, finding)
    firing = any(m.state == "firing" and m.concerns(finding.workload) for m in scene.monitors or ())
    sick = not complete(scene, finding.workload) or any(not p.ready for p in scene.pods_of(finding.workload))
    many = int(finding.facts.get("lines", "1")) >= 3
    return finding if felt or firing or sick or many else replace(finding, part="context", severity="info")


def _chains(scene: Scene, active: Sequence[Finding], edges: Sequence[Edge]) -> tuple[Chain, ...]:
    goals = [f for f in active if f.part in ("fault", "effect") and concerns(scene, f)]
    explained: dict[object, list[Finding]] = {}
    roots: dict[object, Finding] = {}
    for goal in goals:
        for root in _roots(goal, edges):
            roots[root.key] = root
            explained.setdefault(root.key, []).append(goal)
    chains = [_chain(scene, root, explained[key], edges) for key, root in roots.items()]
    ranked = sorted(chains, key=lambda chain: _rank(scene, chain), reverse=True)
    return _independent(ranked)


def _roots(goal: Finding, edges: Sequence[Edge]) -> list[Finding]:
    """The deepest findings above a goal that are no mere change."""
    above = [f for f in (goal, *ancestors(goal, edges)) if f.part != "change"]
    caused = {edge.effect.key for edge in edges if edge.cause.part != "change"}
    return [f for f in above if f.key not in caused] or [goal]


def _chain(scene: Scene, root: Finding, goals: Sequence[Finding], edges: Sequence[Edge]) -> Chain:
    wanted = {goal.key for goal in goals}
    path = path_down(root, edges, lambda f: f.key in wanted)
    changes = [
        edge.cause
        for edge in edges
        if edge.cause.part == "change" and edge.effect.key in {f.key for f in path[:3]}
    ]
    unique = {change.key: change for change in changes}
    return Chain(root, tuple(path), tuple(unique.values()), len(wanted))


def _rank(scene: Scene, chain: Chain) -> tuple[object, ...]:
    root = chain.root
    alert = scene.scope.alert
    said = f"{alert.name} {alert.summary}" if alert else ""
    hinted = {check for words, checks in _HINTS if words.search(said) for check in checks}
    named = any(f.subject in scene.targets and f.subject.kind in ("Pod", "Node", "Job") for f in chain.path)
    return (
        root.part == "fault",
        root.category != "unknown",
        any(f.check in hinted for f in chain.path),
        named,
        chain.explains,
        root.sure,
        _SEVERITY[root.severity],
        len(chain.path),
        str(root.subject),
    )


def _independent(ranked: Sequence[Chain]) -> tuple[Chain, ...]:
    """The best chain, and others that stand on a fault of their own."""
    kept: list[Chain] = []
    for chain in ranked:
        strong = chain.root.part == "fault" and chain.root.severity != "info"
        if not kept or (strong and _apart(chain, kept)):
            kept.append(chain)
    return tuple(kept[:4])


def _apart(chain: Chain, kept: Sequence[Chain]) -> bool:
    """Another subject, or another container: two readings of one pod's trouble are one chain."""
    taken: set[tuple[Ref, str]] = {
        (f.workload, f.facts.get("container", "")) for other in kept for f in other.path[:1]
    }
    mine = (chain.root.workload, chain.root.facts.get("container", ""))
    return mine not in taken and (
        chain.root.workload not in {w for w, _ in taken} or (bool(mine[1]) and chain.root.sure)
    )


def _below(chains: Sequence[Chain], edges: Sequence[Edge]) -> set[object]:
    """Everything that follows from the chains, told or not."""
    known: set[object] = {f.key for chain in chains for f in chain.findings}
    grown = True
    while grown:
        more = {edge.effect.key for edge in edges if edge.cause.key in known} - known
        known |= more
        grown = bool(more)
    return known
