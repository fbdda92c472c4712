"""What a diagnosis comes to: category, state, summary, chain, timeline, what was ruled out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import complete, counts, fresh, remnant
from interlock.tools.diagnose.engine import Chain, Diagnosed, beside
from interlock.tools.diagnose.lines import Line
from interlock.tools.diagnose.model import (
    Category,
    Claim,
    Finding,
    Role,
    Statement,
    the_object,
)
from interlock.tools.diagnose.phrases import live, quoted
from interlock.tools.diagnose.ruledout import ruled_out
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.views import Pod

VerdictState = Literal["active", "recovered", "healthy", "unknown"]
Confidence = Literal["high", "medium", "low"]
_TOLD = timedelta(hours=24)
_OTHER_MONITORS = 2


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline."""

    at: datetime
    statement: Statement


@dataclass(frozen=True)
class Verdict:
    """The end of a diagnosis, with its claims."""

    category: Category
    state: VerdictState
    summary: tuple[str, ...]
    chain: tuple[str, ...]
    timeline: tuple[Moment, ...]
    ruled_out: tuple[str, ...]
    confidence: Confidence
    claims: tuple[Claim, ...]


def judge(scene: Scene, found: Diagnosed) -> Verdict:
    """The verdict on what was found."""
    if found.chains and found.chains[0].root.part != "effect":
        return _active(scene, found)
    explained = _explained_by_rest(scene, found)
    if explained:
        return explained
    return _unknown(scene, found)


# -- something is wrong -------------------------------------------------------------------------------------


def _active(scene: Scene, found: Diagnosed) -> Verdict:
    main, *others = found.chains
    claims = [*_claims_of(main), *(claim for chain in others for claim in _claims_of(chain))]
    chain = [c.text for c in claims if c.role in ("cause", "symptom")]
    negative = ruled_out(scene, found)
    return Verdict(
        main.root.category,
        "active",
        tuple(_summary(main, others)),
        tuple(dict.fromkeys(chain)),
        _timeline(scene, [f for each in found.chains for f in each.findings]),
        negative,
        _confidence(main),
        (*_unique(claims), *(Claim(text, "ruled_out") for text in negative)),
    )


def _summary(main: Chain, others: list[Chain]) -> Iterator[str]:
    yield _sentence(main.root.headline.text)
    for change in main.changes[:1]:
        yield _sentence(change.headline.text)
    if not main.changes and main.root.details and not _repeats(main.root):
        yield _sentence(main.root.details[0].text)
    if len(main.path) > 1:
        yield _sentence(main.path[-1].headline.text)
    for chain in others[:1]:
        yield _sentence(chain.root.headline.text)


def _repeats(finding: Finding) -> bool:
    """Whether the first detail only quotes what the headline quotes."""
    said = finding.details[0].text.split(" reports ")[-1]
    return said in finding.headline.text


def _claims_of(chain: Chain) -> Iterator[Claim]:
    for change in chain.changes:
        for statement in (change.headline, *change.details[:2]):
            yield Claim(statement.text, "cause", statement.needs)
    for finding in chain.path:
        role: Role = "cause" if finding is chain.root else "symptom"
        details = finding.details[:3] if finding.part == "fault" else finding.details[:1]
        for statement in (finding.headline, *details):
            yield Claim(statement.text, role, statement.needs)


def _confidence(chain: Chain) -> Confidence:
    if chain.root.category == "unknown":
        return "low"
    return "high" if chain.root.sure else "medium"


# -- nothing is wrong, or no longer -------------------------------------------------------------------------


def _explained_by_rest(scene: Scene, found: Diagnosed) -> Verdict | None:
    if not _may_be_well(scene, found):
        return None
    over = sorted(
        (f for f in found.over if _lately(scene, f)), key=lambda f: _told_first(scene, f), reverse=True
    )
    remnants = [f for f in over if f.state == "expected"]
    behind = [] if remnants else [f for f in found.behind if _lately(scene, f)]
    told = [*behind[:2], *(remnants or over)[: 1 if behind else 2]]
    told += [f for f in over if f.facts.get("rollback") and f not in told][:1]
    state: VerdictState = "recovered" if over and not remnants else "healthy"
    reasons = list(_reasons(scene))
    alone = _stands_alone(scene, found)
    negative = ruled_out(scene, found)
    claims = [Claim(s.text, "context", s.needs) for f in told for s in (f.headline, *f.details[:2])]
    claims += [Claim(s.text, "context", s.needs) for s in reasons]
    if alone:
        firing = [chain.root.headline for chain in found.chains]
        claims += [Claim(s.text, "context", s.needs) for s in firing]
    chain = [claim.text for claim in claims]
    claims += [Claim(f"not in this scope: {f.headline.text}", "context") for f in beside(scene, found)[:2]]
    return Verdict(
        "healthy",
        state,
        (
            *(_sentence(f.headline.text) for f in told),
            *(_sentence(s.text) for s in reasons[:2]),
            *_alert_words(scene, "which nothing else bears out" if alone else "which does not hold now"),
        ),
        tuple(dict.fromkeys(chain)),
        _timeline(scene, told),
        negative,
        "high" if reasons and not alone else "medium",
        (*_unique(claims), *(Claim(text, "ruled_out") for text in negative)),
    )


def _alert_words(scene: Scene, but: str) -> Iterator[str]:
    """The alert's own words, as its words."""
    alert = scene.scope.alert
    if alert and alert.summary and alert.firing:
        yield _sentence(f"The alert says {quoted(alert.summary)}, {but}")


def _may_be_well(scene: Scene, found: Diagnosed) -> bool:
    """Whether what was read speaks against the alert: state by pods, traffic by monitors or clean logs."""
    if not live(scene) and not any(counts(scene, ref) for ref in scene.target_workloads):
        return False
    named = scene.scope.asked or (scene.scope.alert and scene.scope.alert.firing and scene.scope.named)
    felt = [
        chain
        for chain in found.chains
        if chain.root.check != "monitors_firing"
        or not (_outdated(scene, chain) or _stands_alone(scene, found))
    ]
    if felt or (named and not scene.targets):
        return False
    well = all(complete(scene, ref) for ref in scene.target_workloads) and all(
        pod.ready for pod in _pods(scene)
    )
    alert = scene.scope.alert
    if not well:
        return False
    if alert is None or not alert.firing or alert.concern == "state":
        return True
    refs = scene.target_workloads or {Ref("", "", "")}
    if all(scene.monitors_calm(ref) for ref in refs):
        return True
    if _stands_alone(scene, found):
        return True
    heard = _heard(scene)
    return (
        alert.concern == "traffic"
        and not scene.monitors
        and bool(heard)
        and not any(line.bad for line in heard)
    )


def _heard(scene: Scene) -> list[Line]:
    return [line for line in scene.lines if line.workload in scene.target_workloads]


def _stands_alone(scene: Scene, found: Diagnosed) -> bool:
    """One monitor fires, and all else about the workload contradicts it: its other monitors and its own fresh log.

    Silence contradicts nothing: a log without a line of the last minutes, or one that warns, leaves the alert standing.
    """
    about = [m for m in scene.monitors or () if any(m.concerns(ref) for ref in scene.target_workloads)]
    firing = [m for m in about if m.state == "firing"]
    calm = sum(m.state == "ok" for m in about)
    lines = _heard(scene)
    lately = [line for line in lines if fresh(scene, line.at)]
    changed = any(f.part == "change" and f.workload in scene.target_workloads for f in found.findings)
    clean = bool(lately) and not any(line.warns for line in lately) and not any(line.bad for line in lines)
    return len(firing) == 1 and calm >= _OTHER_MONITORS and clean and not changed


def _outdated(scene: Scene, chain: Chain) -> bool:
    """Whether alert and monitor both speak of the state of objects, which the objects themselves contradict."""
    about_state = scene.scope.alert is not None and scene.scope.alert.concern == "state"
    same = [m for m in scene.monitors or () if m.name == chain.root.subject.name and m.state == "firing"]
    return about_state and all(m.counts_objects for m in same)


def _pods(scene: Scene) -> list[Pod]:
    return [
        pod for pod in live(scene) if pod.workload.kind not in ("Job", "CronJob") and not remnant(scene, pod)
    ]


def _lately(scene: Scene, finding: Finding) -> bool:
    if finding.part == "context":
        return True
    ended = finding.until or finding.since
    return finding.state == "expected" or (ended is not None and scene.now - ended <= _TOLD)


def _told_first(scene: Scene, finding: Finding) -> tuple[object, ...]:
    in_words = finding.subject in scene.targets and finding.subject.kind in ("Pod", "Node")
    ended = finding.until or finding.since
    return (
        finding.part != "context",
        in_words,
        finding.severity != "info",
        ended is not None,
        ended or scene.now,
    )


def _reasons(scene: Scene) -> Iterator[Statement]:
    """Why it is well: pods, monitors, the last restart."""
    for ref in sorted(scene.target_workloads)[:2]:
        found = counts(scene, ref)
        if found:
            yield Statement(f"{ref} has {found[0]} of {found[1]} replicas ready", (the_object(ref),))
    pods = _pods(scene)
    if pods:
        yield Statement(f"{sum(pod.ready for pod in pods)} of {len(pods)} pods are Ready")
    if scene.monitors:
        good = sum(m.state == "ok" for m in scene.monitors)
        yield Statement(f"monitors are OK: {good} of {len(scene.monitors)}")
    bad = [event.last for event in scene.events if event.warning and event.last]
    if bad:
        yield Statement(f"the last warning event was at {max(bad):%Y-%m-%dT%H:%M:%SZ}")


# -- nobody knows -------------------------------------------------------------------------------------------


def _unknown(scene: Scene, found: Diagnosed) -> Verdict:
    symptoms = [f for chain in found.chains for f in chain.path]
    claims = [Claim(f.headline.text, "symptom", f.headline.needs) for f in symptoms]
    where = (
        ", ".join(str(ref) for ref in sorted(scene.target_workloads)[:2])
        or ", ".join(scene.namespaces[:3])
        or "what was asked"
    )
    first = (
        f"No check explains the trouble of {where}"
        if symptoms or scene.scope.alert
        else f"Nothing could be concluded about {where}"
    )
    negative = ruled_out(scene, found)
    return Verdict(
        "unknown",
        "unknown",
        (
            _sentence(first),
            *(_sentence(f.headline.text) for f in symptoms[:2]),
            *(_sentence(limit[0].upper() + limit[1:]) for limit in scene.not_looked_at()[:2]),
        ),
        tuple(f.headline.text for f in symptoms),
        _timeline(scene, symptoms),
        negative,
        "low",
        (Claim(first, "context"), *_unique(claims), *(Claim(text, "ruled_out") for text in negative)),
    )


# -- shared -------------------------------------------------------------------------------------------------


def _timeline(scene: Scene, findings: list[Finding]) -> tuple[Moment, ...]:
    moments = [Moment(f.since, f.headline) for f in findings if f.since]
    alert = scene.scope.alert
    if alert and alert.starts_at:
        moments.append(
            Moment(alert.starts_at, Statement(f"The alert {alert.name} started".replace("  ", " ")))
        )
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _unique(claims: list[Claim]) -> list[Claim]:
    first: dict[str, Claim] = {}
    for claim in claims:
        first.setdefault(claim.text, claim)
    return list(first.values())


def _sentence(text: str) -> str:
    return text if text.rstrip('"”').endswith((".", "!", "?")) else text + "."
