"""The rules of changes as a team writes them down: `changes` in `policy.yaml`. Settings, and whom each part selects.

Every part but the defaults only tightens. One that could never hold (it asks for nothing, has no window, shares its name)
is refused when it is read, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from interlock.core.policy.windows import Dated, Weekly

Risk = Literal["low", "medium", "high"]
Channel = Literal["cli", "web", "slack"]
TWO = 2
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)
_AGE = re.compile(r"(?P<many>\d{1,8})(?P<unit>[smhd])")


@dataclass(frozen=True)
class Case:
    """A change as the rules see it. `environments` are its cluster's; `namespace` is "" for the whole cluster."""

    action: str
    risk: Risk
    cluster: str
    environments: frozenset[str]
    namespace: str
    pods: int
    automated: bool
    break_glass: bool
    solo: bool = False


def _age(said: object) -> timedelta:
    found = _AGE.fullmatch(said) if isinstance(said, str) else None
    age = timedelta(**{_UNITS[found["unit"]]: int(found["many"])}) if found else timedelta()
    if not timedelta() < age <= _LONGEST:
        raise ValueError("write a number and s, m, h or d, such as 30m; at most a year")
    return age


Age = Annotated[
    timedelta, BeforeValidator(_age), PlainSerializer(lambda age: f"{age // timedelta(seconds=1)}s")
]
Name = Annotated[str, Field(min_length=1)]
Quorum = Annotated[int, Field(strict=True, ge=1, le=20)]
Most = Annotated[int, Field(strict=True, ge=0)]
Channels = Annotated[tuple[Channel, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Selection(_Part):
    """Which changes are meant: those that are in every list; a list that is empty means all."""

    name: Name
    actions: tuple[Name, ...] = ()
    risks: tuple[Risk, ...] = ()
    environments: tuple[Name, ...] = ()
    namespaces: tuple[Name, ...] = ()

    def selects(self, case: Case) -> bool:
        """Whether this change is meant. What is not known of it counts as meant."""
        return (
            (not self.actions or case.action in self.actions)
            and (not self.risks or case.risk in self.risks)
            and (not self.environments or not case.environments or self._in_reach(case))
            and (not self.namespaces or not case.namespace or case.namespace in self.namespaces)
        )

    def _in_reach(self, case: Case) -> bool:
        return not case.environments.isdisjoint(self.environments)


class Rule(Selection):
    """What the changes it selects need on top of the defaults; what it does not say it leaves as it is."""

    quorum: Quorum | None = None
    groups: tuple[Name, ...] = ()
    channels: Channels | None = None
    login_within: Age | None = None
    max_age: Age | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        said = (self.quorum, self.groups, self.channels, self.login_within, self.max_age)
        if not any(said):
            raise ValueError(f"rule {self.name} asks for nothing")
        return self


class FreezeWindow(Selection):
    """When the changes it selects are not made; with `break_glass` a change that breaks the glass passes."""

    break_glass: bool = Field(default=False, strict=True)
    weekly: tuple[Weekly, ...] = ()
    dated: tuple[Dated, ...] = ()

    @model_validator(mode="after")
    def _has_a_window(self) -> Self:
        if not self.weekly and not self.dated:
            raise ValueError(f"freeze {self.name} has neither weekly nor dated windows")
        return self

    def holds(self, case: Case) -> bool:
        """Whether it can hold this change back."""
        return self.selects(case) and not (self.break_glass and case.break_glass)

    def ends(self, at: datetime) -> datetime | None:
        """When the last of its windows that hold this instant is over; None when none does."""
        weekly, dated = (span.ends(at) for span in self.weekly), (span.ends(at) for span in self.dated)
        return last([*weekly, *dated])


class Cap(Selection):
    """At most so many executions within an hour in one cluster, of whatever action; at most so many pods an action."""

    executions_per_hour: Most | None = None
    pods: Most | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.executions_per_hour is None and self.pods is None:
            raise ValueError(f"cap {self.name} limits nothing")
        return self


class Floor(_Part):
    """What every change of a risk needs at least."""

    quorum: Quorum = 1
    groups: tuple[Name, ...] = ()
    channels: Channels = ("cli", "web")
    login_within: Age = timedelta(hours=1)
    max_age: Age = timedelta(hours=1)


class Low(Floor):
    """Low risk: the only one that a button in Slack may decide."""

    channels: Channels = ("cli", "web", "slack")
    login_within: Age = timedelta(hours=8)


class Medium(Floor):
    """Medium risk."""

    @model_validator(mode="after")
    def _not_by_slack(self) -> Self:
        if "slack" in self.channels:
            raise ValueError("slack decides on low risk alone")
        return self


class High(Medium):
    """High risk: two people, just signed in."""

    quorum: Quorum = TWO
    login_within: Age = timedelta(minutes=5)


class BreakGlass(Medium):
    """What a change that breaks the glass needs on top of all else: never fewer than two people, never Slack."""

    quorum: Annotated[Quorum, Field(ge=TWO)] = TWO
    login_within: Age = timedelta(minutes=5)
    max_age: Age = timedelta(minutes=30)


class Defaults(_Part):
    """What holds for every change."""

    low: Low = Low()
    medium: Medium = Medium()
    high: High = High()
    executions_per_hour: Most = 20
    pods: Most = 50


class Changes(_Part):
    """`changes` in `policy.yaml`."""

    defaults: Defaults = Defaults()
    rules: tuple[Rule, ...] = ()
    freezes: tuple[FreezeWindow, ...] = ()
    caps: tuple[Cap, ...] = ()
    break_glass: BreakGlass = BreakGlass()
    gitops_owned: tuple[Name, ...] = ()
    request_max_age: Age = timedelta(days=1)

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        for kind, parts in (("rules", self.rules), ("freezes", self.freezes), ("caps", self.caps)):
            names = [part.name for part in parts]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {kind} are called {twice[0]}")
        return self

    def selections(self) -> tuple[Selection, ...]:
        """Every part that selects changes."""
        return (*self.rules, *self.freezes, *self.caps)

    def environments(self) -> frozenset[str]:
        """Every environment that is named."""
        named = {name for part in self.selections() for name in part.environments}
        return frozenset(named | {*self.gitops_owned})


def last(ends: Iterable[datetime | None]) -> datetime | None:
    """The latest of these, None where none is one."""
    return max((end for end in ends if end), default=None)
