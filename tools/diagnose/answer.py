"""Turns a verdict into the tool's result: fetches the evidence its claims need, few calls, through the registry.

What a check inferred from evidence rests on that evidence and on this report, which states the inference; an absence
rests on this report alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import JsonValue

from interlock.core.clock import format_time
from interlock.core.errors import InterlockError
from interlock.core.evidence import Evidence, QueryLocator
from interlock.tools.diagnose.carried import carries, names_stand_in, says_a_change
from interlock.tools.diagnose.code import claims_of_code
from interlock.tools.diagnose.engine import Diagnosed
from interlock.tools.diagnose.model import Claim, Finding, Need
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.suggest import suggestions
from interlock.tools.diagnose.verdict import Verdict
from interlock.tools.tool import Context, Result

_MOST_CALLS = 14
SELF = "self"
"""Stands for this result among the evidence ids of a claim: its own id is given only after the tool returned."""


def answer(scene: Scene, found: Diagnosed, verdict: Verdict, context: Context, subject: str) -> Result:
    """The result, with every claim's evidence."""
    shown = _Shown(context)
    if found.chains and verdict.state == "active":
        verdict = replace(verdict, claims=(*verdict.claims, *claims_of_code(found.chains[0], context)))
    claims: list[JsonValue] = [
        {"text": claim.text, "evidence": list(shown.ids(claim.text, claim.needs)), "role": claim.role}
        for claim in verdict.claims
    ]
    timeline: list[JsonValue] = [
        {
            "at": format_time(m.at),
            "text": m.statement.text,
            "evidence": list(shown.ids(f"{format_time(m.at)} {m.statement.text}", m.statement.needs)),
        }
        for m in verdict.timeline
    ]
    suggested = suggestions(scene, found, verdict)
    limits = tuple(dict.fromkeys((*scene.not_looked_at(), *_unread(scene), *shown.limits)))
    data: dict[str, JsonValue] = {
        "verdict": {
            "category": verdict.category,
            "state": verdict.state,
            "summary": " ".join(verdict.summary),
            "cause_chain": list(verdict.chain),
            "timeline": timeline,
            "ruled_out": list(verdict.ruled_out),
            "confidence": verdict.confidence,
        },
        "claims": claims,
        "findings": [_finding(f) for f in found.findings if f.state == "active" or f in found.over][:60],
        "also_seen": list[JsonValue]([f.headline.text for f in found.also[:10]]),
        "chains": [list[JsonValue]([f.headline.text for f in chain.findings]) for chain in found.chains],
        "limits": list(limits),
        "suggested": suggested,
        "report": list(_report(scene, found, verdict)),
    }
    locator = QueryLocator(system="diagnose", query=subject or ", ".join(scene.namespaces[:5]) or "everything",
                           start=scene.now - scene.window, end=scene.now)  # fmt: skip
    return Result("report", subject, data, (locator,), limits, f"{verdict.state}: {verdict.category}")


class _Shown:
    """Calls tools for evidence, each call once, and remembers what could not be had."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: dict[Need, Evidence | None] = {}
        self.limits: list[str] = []

    def ids(self, text: str, needs: Sequence[Need]) -> Iterator[str]:
        """The evidence that holds the sentence word for word; else what it was inferred from, and this report."""
        for need in needs:
            if need not in self._made and len(self._made) < _MOST_CALLS:
                self._made[need] = self._call(need)
        made = [found for need in needs if (found := self._made.get(need)) is not None]
        literal = [found.id for found in made if carries(text, found)]
        if literal:
            yield from literal
        elif made and names_stand_in(text, made):
            yield from (found.id for found in made)
        if not literal or says_a_change(text):
            yield SELF

    def _call(self, need: Need) -> Evidence | None:
        try:
            return self._context.call(need.tool, dict(need.args))
        except InterlockError as error:
            self.limits.append(f"no evidence by {need.tool}: {error.message}")
            return None


def _finding(finding: Finding) -> JsonValue:
    return {
        "check": finding.check,
        "severity": finding.severity,
        "category": finding.category,
        "subject": str(finding.subject),
        "workload": str(finding.workload),
        "state": finding.state,
        "since": format_time(finding.since) if finding.since else None,
        "until": format_time(finding.until) if finding.until else None,
        "statements": [finding.headline.text, *(s.text for s in finding.details)],
    }


def _unread(scene: Scene) -> Iterator[str]:
    if scene.unread_logs:
        more = f" and {len(scene.unread_logs) - 3} more" if len(scene.unread_logs) > 3 else ""
        yield f"not looked at: logs of {', '.join(scene.unread_logs[:3])}{more}"


def _report(scene: Scene, found: Diagnosed, verdict: Verdict) -> Iterator[str]:
    """One statement a line; every claim stands here in its own words."""
    claims: dict[str, Claim] = {claim.text: claim for claim in verdict.claims}
    yield from claims
    for moment in verdict.timeline:
        yield f"{format_time(moment.at)} {moment.statement.text}"
    for edge in found.edges[:40]:
        yield f"{edge.cause.check} of {edge.cause.subject} led to {edge.effect.check} of {edge.effect.subject}: {edge.why}"
    for finding in found.also[:20]:
        yield f"apart from the cause: {finding.headline.text}"
    for looked in found.looked:
        bad = [f for f in looked.findings if f.state == "active"]
        yield f"checked {looked.check}: " + (f"{len(bad)} active" if bad else looked.clear or "nothing found")
