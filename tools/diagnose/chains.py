"""Causes above symptoms: a small table of rules ties findings together.

An edge holds only where its relation names the objects, fields and times that justify it; a cause never begins after
its effect. Findings that no rule ties are independent, and stay so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from interlock.core.clock import format_time
from interlock.tools.diagnose.model import Edge, Finding
from interlock.tools.diagnose.scene import Scene

Relation = Callable[[Scene, Finding, Finding], str]
_SLACK = timedelta(minutes=5)

LOGGED = frozenset({
    "application_errors", "certificate_expired", "connection_failure", "data_errors", "dns_failure", "missing_setting",
    "pool_exhausted", "pvc_filling", "volume_readonly",
})  # fmt: skip
OF_PODS = LOGGED | frozenset({
    "container_cannot_start", "crash_loop", "evicted_pods", "image_pull", "missing_reference", "oom_killed",
    "pending_placement", "pending_resources", "pending_volume", "probe_failing", "quota_exceeded", "admission_denied",
})  # fmt: skip
# What each part of a pod template can bring about; an image can bring about whatever a program does.
_FIELDS: tuple[tuple[str, frozenset[str]], ...] = (
    (".image", frozenset({"image_pull", "container_cannot_start", "crash_loop", "oom_killed", "probe_failing"}) | LOGGED),
    (".resources.limits.memory", frozenset({"oom_killed", "quota_exceeded", "admission_denied"})),
    (".resources", frozenset({"pending_resources", "quota_exceeded", "admission_denied", "probe_failing", "evicted_pods"})),
    ("Probe", frozenset({"probe_failing"})),
    (".env", frozenset({"missing_reference", "crash_loop", "probe_failing"}) | LOGGED),
    # By convention the checksum of a ConfigMap or Secret, so that its change brings new pods.
    (".annotations.checksum", frozenset({"missing_reference", "crash_loop", "probe_failing"}) | LOGGED),
    (".args", frozenset({"container_cannot_start", "crash_loop", "oom_killed", "probe_failing"}) | LOGGED),
    (".command", frozenset({"container_cannot_start", "crash_loop"}) | LOGGED),
    ("volume", frozenset({"missing_reference", "pending_volume", "crash_loop", "volume_readonly"}) | LOGGED),
    ("nodeSelector", frozenset({"pending_placement"})),
    ("ffinity", frozenset({"pending_placement"})),
    ("toleration", frozenset({"pending_placement"})),
    ("topologySpread", frozenset({"pending_placement"})),
    (".ports", frozenset({"probe_failing", "service_without_endpoints", "connection_failure"})),
    ("labels", frozenset({"service_without_endpoints"})),
    ("ecurityContext", frozenset({"admission_denied", "crash_loop", "volume_readonly"})),
    ("serviceAccount", frozenset({"missing_reference", "missing_setting", "admission_denied"})),
)  # fmt: skip
_OWN_CODES = frozenset({"1", "2", "126", "127", "128", "134", "139"})
_KILLED_CODES = frozenset({"137", "143", "0", ""})


@dataclass(frozen=True)
class Rule:
    """`causes` bring about `effects` where `relation` gives a reason."""

    causes: frozenset[str]
    effects: frozenset[str]
    relation: Relation


def _same_pod(scene: Scene, cause: Finding, effect: Finding) -> str:
    if cause.subject != effect.subject:
        return ""
    mine, theirs = cause.facts.get("container", ""), effect.facts.get("container", "")
    return f"both are about {cause.subject}" if not mine or not theirs or mine == theirs else ""


def _same_workload(scene: Scene, cause: Finding, effect: Finding) -> str:
    if cause.subject == effect.subject:
        return f"both are about {cause.subject}"
    return f"{cause.subject} belongs to {effect.workload}" if cause.workload == effect.workload else ""


def _killed_by_probe(scene: Scene, cause: Finding, effect: Finding) -> str:
    if (
        cause.facts.get("probe") == "readiness"
        or effect.facts.get("oom")
        or effect.facts.get("code", "") not in _KILLED_CODES
    ):
        return ""
    return _same_pod(scene, cause, effect)


def _not_ready_by_crash(scene: Scene, cause: Finding, effect: Finding) -> str:
    own = cause.facts.get("code") in _OWN_CODES or cause.facts.get("oom") or cause.check != "crash_loop"
    return _same_pod(scene, cause, effect) if own else ""


def _claim_of_pod(scene: Scene, cause: Finding, effect: Finding) -> str:
    claim = cause.facts.get("claim", "")
    named = cause.subject.kind == "PersistentVolumeClaim" and claim in effect.facts.get("claim", "").split(
        ","
    )
    return f"{effect.subject} mounts {cause.subject}" if named and effect.subject.kind == "Pod" else ""


def _logged_before_end(scene: Scene, cause: Finding, effect: Finding) -> str:
    if effect.facts.get("oom") or effect.facts.get("code", "") not in _OWN_CODES | {"", "0", "143"}:
        return ""
    return _same_workload(scene, cause, effect)


def _backs(scene: Scene, cause: Finding, effect: Finding) -> str:
    behind = (
        {pod.workload for pod in scene.selected(effect.subject)}
        | set(scene.behind(effect.subject))
        | {effect.workload}
    )
    return f"{effect.subject} selects pods of {cause.workload}" if cause.workload in behind else ""


def _is_peer(scene: Scene, cause: Finding, effect: Finding) -> str:
    named = effect.facts.get("peer") or effect.facts.get("host")
    if cause.check == "service_without_endpoints" and str(cause.subject) == effect.facts.get("service"):
        return f"{named} is {cause.subject}"
    peers = effect.facts.get("peers", "").split(", ")
    if str(cause.workload) in peers and cause.workload != effect.workload:
        return f"{named} leads to {cause.workload}"
    return ""


def _blamed(scene: Scene, cause: Finding, effect: Finding) -> str:
    """The workload's own warnings name the other one by its address, and something is wrong there."""
    host = scene.blamed.get(effect.workload, {}).get(cause.workload, "")
    return f"warnings of {effect.workload} name {host}, which leads to {cause.workload}" if host else ""


def _on_node(scene: Scene, cause: Finding, effect: Finding) -> str:
    node = cause.facts.get("node", "")
    on_it = effect.facts.get("node") == node or any(
        pod.node == node and not pod.ready and not pod.done for pod in scene.pods_of(effect.workload)
    )
    return f"a pod of {effect.workload} is on Node {node}" if node and on_it else ""


def _pull_secret(scene: Scene, cause: Finding, effect: Finding) -> str:
    """A pull that was refused for want of rights, of a pod whose pull secret could not be read."""
    refused = cause.facts.get("pull") and effect.facts.get("why") in ("denied", "")
    return _same_pod(scene, cause, effect) if refused else ""


def _stands_in(scene: Scene, cause: Finding, effect: Finding) -> str:
    """A pod made after another of its workload was evicted, in its place."""
    gone, new = scene.pod_by_ref.get(cause.subject), scene.pod_by_ref.get(effect.subject)
    if cause.workload != effect.workload or not gone or not new or gone.ref == new.ref:
        return ""
    later = gone.raw.created and new.raw.created and new.raw.created > gone.raw.created
    return f"{new.ref} was made after {gone.ref} of {cause.workload}" if later else ""


def _changed(scene: Scene, cause: Finding, effect: Finding) -> str:
    if cause.workload != effect.workload or cause.since is None:
        return ""
    other = (
        effect.facts.get("hash") and cause.facts.get("hash") and effect.facts["hash"] != cause.facts["hash"]
    )
    if other or (effect.since is not None and effect.since < cause.since - timedelta(minutes=1)):
        return ""
    for path in cause.facts.get("fields", "").split():
        for part, effects in _FIELDS:
            if part in path and effect.check in effects:
                return f"{path} changed at {format_time(cause.since)} in {cause.workload}"
    return ""


_TOP = frozenset({"pods_not_ready", "replicas_mismatch", "rollout_stuck"})
_ALL = (
    OF_PODS
    | _TOP
    | {"service_without_endpoints", "node_not_ready", "node_pressure", "failed_job", "hpa", "usage_at_limit"}
)
RULES: tuple[Rule, ...] = (
    Rule(frozenset({"recent_rollout"}), OF_PODS | {"service_without_endpoints"}, _changed),
    Rule(frozenset({"oom_killed"}), frozenset({"crash_loop", "failed_job"}), _same_workload),
    Rule(frozenset({"probe_failing"}), frozenset({"crash_loop"}), _killed_by_probe),
    Rule(LOGGED | {"missing_reference", "container_cannot_start"}, frozenset({"crash_loop"}), _logged_before_end),
    Rule(LOGGED | {"crash_loop", "oom_killed", "image_pull", "missing_reference", "container_cannot_start"},
         frozenset({"probe_failing"}), _not_ready_by_crash),
    Rule(frozenset({"missing_reference"}), frozenset({"image_pull"}), _pull_secret),
    Rule(frozenset({"evicted_pods"}), frozenset({"pending_resources", "pending_placement"}), _stands_in),
    Rule(OF_PODS, frozenset({"failed_job"}), _same_workload),
    Rule(frozenset({"pending_volume"}), frozenset({"pending_volume"}), _claim_of_pod),
    Rule(OF_PODS, _TOP, _same_workload),
    Rule(frozenset({"pods_not_ready"}), frozenset({"replicas_mismatch"}), _same_workload),
    Rule(frozenset({"rollout_stuck"}), frozenset({"replicas_mismatch"}), _same_workload),
    Rule(OF_PODS | _TOP, frozenset({"service_without_endpoints"}), _backs),
    Rule(OF_PODS | _TOP | {"service_without_endpoints"}, frozenset({"connection_failure", "certificate_expired"}), _is_peer),
    Rule(LOGGED - {"application_errors"}, frozenset({"application_errors"}), _same_workload),
    Rule(frozenset({"node_not_ready", "node_pressure"}), OF_PODS | _TOP, _on_node),
    Rule(frozenset({"node_pressure"}), frozenset({"node_not_ready"}), _on_node),
    Rule(OF_PODS - LOGGED, frozenset({"usage_at_limit", "hpa"}), _same_workload),
    Rule(frozenset({"usage_at_limit"}), frozenset({"hpa"}), _same_workload),
    Rule(_ALL, frozenset({"monitors_firing"}), _same_workload),
    Rule(_ALL | {"application_errors"}, frozenset({"monitors_firing", "application_errors"}), _blamed),
)  # fmt: skip


def tie(scene: Scene, findings: Sequence[Finding]) -> list[Edge]:
    """Every edge that a rule justifies, between findings in the same state of activity."""
    by_check: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_check[finding.check].append(finding)
    edges: dict[tuple[object, object], Edge] = {}
    for rule in RULES:
        for cause in _of(by_check, rule.causes):
            for effect in _of(by_check, rule.effects):
                if cause.key == effect.key or not _in_order(cause, effect) or _settled_pair(cause, effect):
                    continue
                why = rule.relation(scene, cause, effect)
                if why and (effect.key, cause.key) not in edges:
                    edges.setdefault((cause.key, effect.key), Edge(cause, effect, why))
    return list(edges.values())


def _of(by_check: dict[str, list[Finding]], checks: Iterable[str]) -> list[Finding]:
    return [finding for check in sorted(checks) for finding in by_check.get(check, ())]


def _in_order(cause: Finding, effect: Finding) -> bool:
    if cause.since is None or effect.since is None or cause.workload == effect.workload:
        return True
    return cause.since <= effect.since + _SLACK


def _settled_pair(cause: Finding, effect: Finding) -> bool:
    """An effect that an error of the program's own explains is not explained by its own crash output again."""
    return (
        cause.check == "application_errors" and cause.part == "effect" and effect.check != "monitors_firing"
    )


def ancestors(finding: Finding, edges: Sequence[Edge]) -> list[Finding]:
    """Every finding above this one, nearest first, each once."""
    above: dict[object, list[Finding]] = defaultdict(list)
    for edge in edges:
        above[edge.effect.key].append(edge.cause)
    found: dict[object, Finding] = {}
    waiting = list(above[finding.key])
    while waiting:
        each = waiting.pop(0)
        if each.key not in found and each.key != finding.key:
            found[each.key] = each
            waiting += above[each.key]
    return list(found.values())


def path_down(root: Finding, edges: Sequence[Edge], goal: Callable[[Finding], bool]) -> list[Finding]:
    """The longest simple way from a root down to a finding that satisfies `goal`; the root alone when there is none."""
    below: dict[object, list[Finding]] = defaultdict(list)
    for edge in edges:
        below[edge.cause.key].append(edge.effect)
    best: list[Finding] = [root]
    stack: list[list[Finding]] = [[root]]
    steps = 0
    while stack and steps < 2000:
        steps += 1
        way = stack.pop()
        if goal(way[-1]) and len(way) > len(best):
            best = way
        stack += [[*way, nxt] for nxt in below[way[-1].key] if all(nxt.key != seen.key for seen in way)]
    return best
