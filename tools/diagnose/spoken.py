"""Findings from what events, statuses and logs say: one for each subject, by one pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.activity import remnant, state_of
from interlock.tools.diagnose.model import Category, Finding, Severity, State, Statement
from interlock.tools.diagnose.phrases import clause, quoted
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.signals import Signal

Say = Callable[[Signal, re.Match[str]], str]


@dataclass(frozen=True)
class Heard:
    """Everything said about one subject that a pattern matched, the most telling signal first."""

    about: Ref
    key: str
    signals: tuple[tuple[Signal, re.Match[str]], ...]

    @property
    def first(self) -> Signal:
        """The signal that stands for all."""
        return self.signals[0][0]

    @property
    def match(self) -> re.Match[str]:
        """Its match."""
        return self.signals[0][1]


def heard(
    scene: Scene, pattern: re.Pattern[str], key: Callable[[re.Match[str]], str] = lambda _: ""
) -> list[Heard]:
    """What matched, by subject and key."""
    found: dict[tuple[Ref, str], list[tuple[Signal, re.Match[str]]]] = {}
    for signal in scene.signals:
        match = pattern.search(signal.said)
        if match:
            found.setdefault((signal.about, key(match)), []).append((signal, match))
    return [Heard(about, said, tuple(signals)) for (about, said), signals in found.items()]


def finding(
    scene: Scene,
    check: str,
    category: Category,
    what: Heard,
    headline: str,
    *,
    quote: re.Pattern[str] | None = None,
    state: State | None = None,
    severity: Severity = "critical",
    facts: dict[str, str] | None = None,
) -> Finding:
    """A finding on what was heard; its state is that of the object or workload now."""
    signals = [signal for signal, _ in what.signals]
    last = max((s.last for s in signals if s.last), default=None)
    workload = what.first.workload
    now = state or state_of(scene, what.about, workload, last)
    pod = scene.pod_by_ref.get(what.about)
    if pod and remnant(scene, pod):
        now = "expected"
    said = clause(what.first.text, quote or what.match.re, 150)
    who = f"{what.first.speaker} logged" if what.first.channel == "log" else f"{what.about} reports"
    details = (Statement(f"{who} {quoted(said)}", (what.first.need,)),) if what.first.text else ()
    return Finding(
        check, category, what.about, workload, Statement(headline, (what.first.need,)), now, severity,
        since=min((s.first for s in signals if s.first), default=None), until=last if now == "recovered" else None,
        details=details,
        facts={"key": what.key, "node": pod.node if pod else "", "hash": pod.template_hash if pod else "", **(facts or {})},
    )  # fmt: skip


def each(
    scene: Scene, pattern: re.Pattern[str], key: Callable[[re.Match[str]], str] = lambda _: ""
) -> Iterator[Heard]:
    """The same as `heard`, one by one."""
    yield from heard(scene, pattern, key)
