"""The words of a diagnosis: what a check states, what shows it, and how statements hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from interlock.core.clusters.objects import Ref

Category = Literal[
    "healthy",
    "resource_exhaustion",
    "configuration_error",
    "infrastructure",
    "dependency_failure",
    "code_defect",
    "data_quality",
    "unknown",
]
State = Literal["active", "recovered", "expected"]
Severity = Literal["critical", "warning", "info"]
Part = Literal["fault", "effect", "change", "context"]
"""What a finding can be in a chain: a fault may be a root, an effect needs a cause, a change explains a fault."""
Role = Literal["cause", "symptom", "context", "ruled_out"]


@dataclass(frozen=True)
class Need:
    """A tool call whose result shows a statement."""

    tool: str
    args: tuple[tuple[str, JsonValue], ...]

    @classmethod
    def of(cls, tool: str, **args: JsonValue) -> Need:
        """A call; empty arguments are left to the tool's defaults."""
        return cls(tool, tuple(sorted((k, v) for k, v in args.items() if v not in ("", None, False))))


def the_object(ref: Ref) -> Need:
    """The object itself."""
    return Need.of("kubernetes_get", kind=ref.kind.lower(), name=ref.name, namespace=ref.namespace)


def the_events(ref: Ref) -> Need:
    """What happened to the object."""
    return Need.of("kubernetes_events", namespace=ref.namespace, kind=ref.kind, name=ref.name)


@dataclass(frozen=True)
class Statement:
    """One sentence built from values that were read. Without needs it rests on the diagnosis' own report."""

    text: str
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a check states about one object.

    `facts` are the values by which rules tie findings together (`node`, `host`, `image`, `hash`, ...).
    """

    check: str
    category: Category
    subject: Ref
    workload: Ref
    headline: Statement
    state: State = "active"
    severity: Severity = "critical"
    part: Part = "fault"
    since: datetime | None = None
    until: datetime | None = None
    details: tuple[Statement, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    sure: bool = True

    @property
    def key(self) -> tuple[str, Ref, str]:
        """What makes it one finding."""
        return self.check, self.subject, self.facts.get("key", "")

    def with_details(self, *details: Statement) -> Finding:
        """The same with more to say."""
        return replace(self, details=(*self.details, *details))

    def of(self, workload: Ref) -> Finding:
        """The same, about another workload."""
        return replace(self, workload=workload)

    def with_facts(self, **facts: str) -> Finding:
        """The same with more facts."""
        return replace(self, facts={**self.facts, **facts})


@dataclass(frozen=True)
class Edge:
    """`cause` brought about `effect`, because of what `why` names."""

    cause: Finding
    effect: Finding
    why: str


@dataclass(frozen=True)
class Claim:
    """A sentence of the answer and the ids of its evidence; `SELF` stands for the diagnosis' own report."""

    text: str
    role: Role
    needs: tuple[Need, ...] = ()
