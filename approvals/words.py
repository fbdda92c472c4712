"""The words of a change: arguments, target, preconditions, preview, intent, outcome. Data, and nothing that acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from interlock.approvals.canonical import Digest
from interlock.approvals.errors import Stale
from interlock.approvals.normal import Diff
from interlock.approvals.radius import BlastRadius
from interlock.approvals.writes import Verb
from interlock.core.surroundings import Owner
from interlock.core.untrusted import Untrusted

Risk = Literal["low", "medium", "high"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


class Args(BaseModel):
    """The base of all arguments: an unknown one is refused, a number is no string."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    cluster: str = Field(
        min_length=1, max_length=100, description="the cluster, by the name it is configured under"
    )


class ObjectArgs(Args):
    """Arguments about one object of a namespace."""

    namespace: Namespace = Field(description="its namespace")
    name: Name = Field(description="its name")


ArgsT = TypeVar("ArgsT", bound=Args)


@dataclass(frozen=True)
class Target:
    """What is changed: a kind by its plural with group, `silences` for Alertmanager's."""

    cluster: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where} in {self.cluster}"


@dataclass(frozen=True)
class Preconditions:
    """What must still be so when the change is made. Not the resourceVersion, which status churn moves."""

    uid: str
    generation: int | None
    fields: Digest

    def moved(self, now: Preconditions) -> tuple[str, ...]:
        """What differs."""
        return tuple(
            name for name in ("uid", "generation", "fields") if getattr(self, name) != getattr(now, name)
        )


@dataclass(frozen=True)
class Preview:
    """What a change would do, by its `source`.

    A server's dry run; our own reckoning, for a service that has no dry run; or the same for a replay, where there is no
    server at all: a change that was previewed so can never be made.
    """

    target: Target
    source: Source
    diff: Diff
    preconditions: Preconditions
    radius: BlastRadius
    owner: Owner | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Whether the effect is there, and what was read to say so."""

    state: Literal["verified", "not yet", "failed"]
    evidence: Untrusted


@dataclass(frozen=True)
class Inverse:
    """The request that would undo a change; or none, and why."""

    action: str | None
    args: Mapping[str, JsonValue] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Intent:
    """What is about to be written: to be on disk before it is. With it a restarted process can verify and undo.

    `marks` are the few facts by which the effect is known again; `version` is the lock that it was sent under.
    """

    target: Target
    digest: Digest
    verb: Verb
    version: str
    marks: Mapping[str, JsonValue]
    inverse: Inverse


@dataclass(frozen=True)
class Applied:
    """What the one write came to. `found`: this digest had been applied before, and nothing was sent again."""

    intent: Intent
    answer: Mapping[str, JsonValue] = field(repr=False)
    found: bool = False


Source = Literal["dry run", "reckoned", "replay"]
Settled = Literal["applied", "not applied", "unknown"]


def check_fresh(target: Target, then: Preconditions, now: Preconditions) -> None:
    """Refuse what is no longer what was approved.

    Raises:
        Stale: naming what moved.
    """
    moved = then.moved(now)
    if moved:
        raise Stale(f"{target} is not what was previewed: {', '.join(moved)} moved", moved=moved)


def verdict(state: Literal["verified", "not yet", "failed"], *said: str) -> Verdict:
    """A verdict and the words of what was read."""
    return Verdict(state, Untrusted("\n".join(said)))
