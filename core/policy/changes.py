"""What a change needs and when it may not be: quorum, groups, channels, ages, freezes, caps. Settings and pure answers.

Threat: a change that fewer people, older logins or a laxer channel let through than the team wrote down. Mechanism: the
defaults hold for every change, and all else that matches only tightens them: the strictest of it counts, in whatever order
it is written. Guarantee: another rule, freeze or cap never lets more pass. A cluster that is in no environment is held to
the rules of all of them, a change of a whole cluster to those of every namespace.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from interlock.core.errors import UnknownName
from interlock.core.policy.windows import Dated, Weekly

if TYPE_CHECKING:
    from interlock.core.policy.bundle import Header

Risk = Literal["low", "medium", "high"]
Channel = Literal["cli", "web", "slack"]
_HOUR = timedelta(hours=1)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)
_AGE = re.compile(r"(?P<many>\d{1,8})(?P<unit>[smhd])")
_TWO = 2
# A year of adjoining spans: what is frozen for longer has no end worth telling.
_MOST_SPANS = 400


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


@dataclass(frozen=True)
class Need:
    """What must come together before a change is made, and the names of the rules that say so.

    `quorum` different people approve; of each of the `groups` at least one of them is a member (one person may stand
    for several groups); each through one of the `channels`, having signed in within `login_within`; `max_age` after it
    was proposed the change is void.
    """

    rule: str
    quorum: int
    groups: tuple[str, ...]
    channels: frozenset[Channel]
    login_within: timedelta
    max_age: timedelta


@dataclass(frozen=True)
class Freeze:
    """The freeze that holds a change back, and when nothing will any more; None when that is more than a year off."""

    name: str
    until: datetime | None


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
        said = (self.quorum, self.groups or None, self.channels, self.login_within, self.max_age)
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
        return _last([*weekly, *dated])


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

    quorum: Quorum = _TWO
    login_within: Age = timedelta(minutes=5)


class BreakGlass(Medium):
    """What a change that breaks the glass needs on top of all else: never fewer than two people, never Slack."""

    quorum: Annotated[Quorum, Field(ge=_TWO)] = _TWO
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


def need(changes: Changes, case: Case) -> Need:
    """What the change needs: the strictest of the defaults, of every rule that selects it, and of its own kind.

    A change that automation asks for, and one that breaks the glass, needs two people at least. `solo` lowers the quorum
    to one and nothing else; that the requester may approve then, and that the record says so, is the caller's.
    """
    floor: Floor = getattr(changes.defaults, case.risk)
    rules = [rule for rule in changes.rules if rule.selects(case)]
    parts: list[Floor | Rule] = [floor, *rules, *([changes.break_glass] if case.break_glass else [])]
    quorum = max(part.quorum or 1 for part in parts)
    channels = frozenset.intersection(*(frozenset(part.channels) for part in parts if part.channels))
    return Need(
        rule=", ".join(_names(rules, case)),
        quorum=1 if case.solo else max(quorum, _TWO if case.automated else 1),
        groups=tuple(sorted({group for part in parts for group in part.groups})),
        channels=channels,
        login_within=min(part.login_within for part in parts if part.login_within),
        max_age=min(part.max_age for part in parts if part.max_age),
    )


def met(need: Need, deciders: Mapping[str, frozenset[str]]) -> str | None:
    """None when these people are enough; else a sentence that says what is missing.

    Args:
        need: what must come together.
        deciders: who approved, by canonical id, each with the groups they are in now. That none of them is a requester,
            and that each may decide at all, is checked before.
    """
    people = {who: groups for who, groups in deciders.items() if who}
    quorum = max(need.quorum, 1)
    present = frozenset[str]().union(*people.values())
    absent = [group for group in need.groups if group not in present]
    missing = [f"{len(people)} of {quorum} approvals are there"] if len(people) < quorum else []
    if absent:
        missing.append(f"nobody of {', '.join(absent)} has approved")
    return "; ".join(missing) or None


def frozen(changes: Changes, case: Case, now: datetime) -> Freeze | None:
    """The freeze that holds the change back now, of several the one that ends last; None when none does."""
    if now.tzinfo is None:
        raise ValueError("the time must carry its zone")
    holding = [freeze for freeze in changes.freezes if freeze.holds(case)]
    now_held = [(end, freeze.name) for freeze in holding if (end := freeze.ends(now))]
    return Freeze(max(now_held)[1], _lifted(holding, now)) if now_held else None


def over_cap(changes: Changes, case: Case, executed: Sequence[datetime], now: datetime) -> str | None:
    """A sentence naming the cap that the change would break; None when it is within all of them.

    Args:
        changes: the settings.
        case: the change; its pods are counted.
        executed: when changes were executed in its cluster, this one not among them. Times that are yet to come count:
            a clock that was put back opens no second hour.
        now: the time.
    """
    caps = [cap for cap in changes.caps if cap.selects(case)]
    pods, by = _least([(cap.pods, cap.name) for cap in caps], changes.defaults.pods)
    if case.pods > pods:
        return f"cap {by} allows {pods} pods an action, and {case.action} would touch {case.pods}"
    most, by = _least(
        [(cap.executions_per_hour, cap.name) for cap in caps], changes.defaults.executions_per_hour
    )
    made = sum(at > now - _HOUR for at in executed)
    if made >= most:
        return f"cap {by} allows {most} executions an hour in {case.cluster}, and {made} were made"
    return None


def owned_allowed(changes: Changes, case: Case) -> bool:
    """Whether an object that GitOps owns may be changed by hand: only where every environment of the cluster allows it."""
    return bool(case.environments) and case.environments.issubset(changes.gitops_owned)


def environments_of(header: Header, cluster: str) -> frozenset[str]:
    """The environments that list this cluster."""
    return frozenset(name for name, each in header.environments.items() if cluster in each.clusters)


def check_actions(changes: Changes, known: Collection[str]) -> None:
    """Refuse settings that name an action which does not exist: they would silently hold nothing back.

    Raises:
        UnknownName: with the nearest action that exists.
    """
    for part in changes.selections():
        for action in part.actions:
            if action not in known:
                raise UnknownName(f"action in {part.name} of the policy's changes", action, known)


def _names(rules: Iterable[Rule], case: Case) -> list[str]:
    named = sorted(rule.name for rule in rules) or ["default"]
    marks = {"automated": case.automated, "break-glass": case.break_glass, "solo": case.solo}
    return [*named, *(mark for mark, given in marks.items() if given)]


def _least(limits: Sequence[tuple[int | None, str]], default: int) -> tuple[int, str]:
    return min([(most, name) for most, name in limits if most is not None] + [(default, "default")])


def _lifted(freezes: Sequence[FreezeWindow], now: datetime) -> datetime | None:
    at = now
    for _ in range(_MOST_SPANS):
        end = _last(freeze.ends(at) for freeze in freezes)
        if end is None:
            return at
        at = end
    return None


def _last(ends: Iterable[datetime | None]) -> datetime | None:
    return max((end for end in ends if end), default=None)
