"""What of new rules for changes may let more pass than the old ones, in words. On the safe side, like all widening.

Rules, freezes and caps only ever tighten, so each old one must live on in a new one that selects at least the same changes
and is at least as strict; two new ones that only together do so are not recognised. Environments decide whom the rules
select, so a change of any of them counts while any rule names one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

from interlock.core.policy.bundle import Header
from interlock.core.policy.change_rules import Cap, Changes, Floor, FreezeWindow, Rule, Selection

SelectionT = TypeVar("SelectionT", bound=Selection)


def loosenings(old: Header, new: Header) -> Iterator[str]:
    """What may let more pass; nothing when the new rules are as strict or stricter."""
    was, now = old.changes, new.changes
    yield from _defaults(was, now)
    yield from _lost("rule", was.rules, now.rules, _as_strict)
    yield from _lost("freeze", was.freezes, now.freezes, _freeze_holds)
    yield from _lost("cap", was.caps, now.caps, _cap_holds)
    for name in sorted({*now.gitops_owned} - {*was.gitops_owned}):
        yield f"objects that GitOps owns may be changed in environment {name}"
    if now.request_max_age > was.request_max_age:
        yield "the age of requests is loosened"
    if _clusters(old) != _clusters(new) and (was.environments() or now.environments()):
        yield "environments are changed, and the rules of changes name some"


def _defaults(was: Changes, now: Changes) -> Iterator[str]:
    pairs: tuple[tuple[str, Floor, Floor], ...] = (
        ("low-risk", was.defaults.low, now.defaults.low),
        ("medium-risk", was.defaults.medium, now.defaults.medium),
        ("high-risk", was.defaults.high, now.defaults.high),
        ("break-glass", was.break_glass, now.break_glass),
    )
    for name, before, after in pairs:
        if not _as_strict(after, before):
            yield f"what {name} changes need is loosened"
    for field in ("executions_per_hour", "pods"):
        if getattr(now.defaults, field) > getattr(was.defaults, field):
            yield f"the default cap of {field} is loosened"


def _lost(
    kind: str,
    was: Sequence[SelectionT],
    now: Sequence[SelectionT],
    holds: Callable[[SelectionT, SelectionT], bool],
) -> Iterator[str]:
    kept = {part.name for part in now}
    for before in was:
        if not any(_selects_all(after, before) and holds(after, before) for after in now):
            yield f"{kind} {before.name} is {'loosened' if before.name in kept else 'gone'}"


def _selects_all(after: Selection, before: Selection) -> bool:
    return all(
        not getattr(after, field)
        or (getattr(before, field) and {*getattr(before, field)} <= {*getattr(after, field)})
        for field in ("actions", "risks", "environments", "namespaces")
    )


def _as_strict(after: Rule | Floor, before: Rule | Floor) -> bool:
    return (
        (after.quorum or 1) >= (before.quorum or 1)
        and {*after.groups} >= {*before.groups}
        and _no_more(after.channels, before.channels)
        and _not_longer(after.login_within, before.login_within)
        and _not_longer(after.max_age, before.max_age)
    )


def _no_more(after: Sequence[str] | None, before: Sequence[str] | None) -> bool:
    return before is None or (after is not None and {*after} <= {*before})


def _not_longer(after: timedelta | None, before: timedelta | None) -> bool:
    return before is None or (after is not None and after <= before)


def _freeze_holds(after: FreezeWindow, before: FreezeWindow) -> bool:
    return (
        before.break_glass >= after.break_glass
        and {*after.weekly} >= {*before.weekly}
        and {*after.dated} >= {*before.dated}
    )


def _cap_holds(after: Cap, before: Cap) -> bool:
    return all(
        most is None or (now is not None and now <= most)
        for most, now in ((before.executions_per_hour, after.executions_per_hour), (before.pods, after.pods))
    )


def _clusters(header: Header) -> dict[str, frozenset[str]]:
    return {name: frozenset(each.clusters) for name, each in header.environments.items()}
