"""What a change needs and when it may not be: quorum, groups, channels, ages, freezes, caps. Pure answers.

Threat: a change that fewer people, older logins or a laxer channel let through than the team wrote down. Mechanism: the
defaults hold for every change, and all else that matches only tightens them: the strictest of it counts, in whatever order
it is written. Guarantee: another rule, freeze or cap never lets more pass. A cluster that is in no environment is held to
the rules of all of them, a change of a whole cluster to those of every namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from interlock.core.errors import UnknownName
from interlock.core.policy.change_rules import (
    TWO,
    Case,
    Changes,
    Channel,
    Floor,
    FreezeWindow,
    Risk,
    Rule,
    last,
)

if TYPE_CHECKING:
    from interlock.core.policy.bundle import Header

__all__ = [
    "Case",
    "Changes",
    "Channel",
    "Freeze",
    "Need",
    "Risk",
    "check_actions",
    "environments_of",
    "frozen",
    "met",
    "need",
    "over_cap",
    "owned_allowed",
]
_HOUR = timedelta(hours=1)
# A year of adjoining spans: what is frozen for longer has no end worth telling.
_MOST_SPANS = 400


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
        quorum=1 if case.solo else max(quorum, TWO if case.automated else 1),
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


def check_actions(changes: Changes, known: Callable[[], Collection[str]]) -> None:
    """Refuse settings that name an action which does not exist: they would silently hold nothing back.

    Args:
        changes: the settings.
        known: tells the names of all actions; asked only where one is named.

    Raises:
        UnknownName: with the nearest action that exists.
    """
    named = {action: part.name for part in changes.selections() for action in part.actions}
    unknown = sorted(named.keys() - known()) if named else []
    if unknown:
        raise UnknownName(f"action in {named[unknown[0]]} of the policy's changes", unknown[0], known())


def _names(rules: Iterable[Rule], case: Case) -> list[str]:
    named = sorted(rule.name for rule in rules) or ["default"]
    marks = {"automated": case.automated, "break-glass": case.break_glass, "solo": case.solo}
    return [*named, *(mark for mark, given in marks.items() if given)]


def _least(limits: Sequence[tuple[int | None, str]], default: int) -> tuple[int, str]:
    return min([(most, name) for most, name in limits if most is not None] + [(default, "default")])


def _lifted(freezes: Sequence[FreezeWindow], now: datetime) -> datetime | None:
    at = now
    for _ in range(_MOST_SPANS):
        end = last(freeze.ends(at) for freeze in freezes)
        if end is None:
            return at
        at = end
    return None
