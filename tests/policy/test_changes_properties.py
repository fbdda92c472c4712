"""Whatever the settings: more of them never lets more pass, their order does not matter, a digest says all of them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from policy.drawn import (
    GROUPS,
    Json,
    as_strict,
    caps,
    cases,
    changes,
    dated,
    freezes,
    instants,
    rules,
    settings_of_changes,
    some,
    weekly,
)

from interlock.core.policy.bundle import Header
from interlock.core.policy.change_rules import Case, Changes
from interlock.core.policy.changes import Need, frozen, met, need, over_cap, owned_allowed
from interlock.core.policy.loosening import loosenings
from interlock.core.policy.windows import Dated, Weekly

slow = settings(deadline=None)
histories = st.lists(instants, max_size=4)
people = st.dictionaries(st.sampled_from(("", "ana", "bo", "cy")), some(GROUPS).map(frozenset))


def header(said: Json) -> Header:
    environments = {"prod": {"clusters": ["c"]}, "dev": {}}
    return Header.model_validate({"version": 1, "name": "t", "environments": environments, "changes": said})


def stops_no_less(now: Changes, before: Changes, case: Case, made: list[datetime], at: datetime) -> bool:
    """Whether all that `before` stopped is stopped by `now`."""
    return (
        as_strict(need(now, case), need(before, case))
        and bool(frozen(now, case, at)) >= bool(frozen(before, case, at))
        and bool(over_cap(now, case, made, at)) >= bool(over_cap(before, case, made, at))
        and owned_allowed(now, case) <= owned_allowed(before, case)
        and now.request_max_age <= before.request_max_age
    )


@slow
@given(settings_of_changes, rules, freezes, caps, cases, histories, instants)
def test_one_rule_freeze_or_cap_more_never_lets_more_pass(
    said: Json, rule: Json, freeze: Json, cap: Json, case: Case, made: list[datetime], at: datetime
) -> None:
    more = {
        kind: [*said.get(kind, []), {"name": "more", **part}]
        for kind, part in {"rules": rule, "freezes": freeze, "caps": cap}.items()
    }
    before, after = Changes.model_validate(said), Changes.model_validate({**said, **more})
    assert stops_no_less(after, before, case, made, at)


@slow
@given(changes, changes, cases, histories, instants)
def test_what_needs_no_second_signature_lets_nothing_more_pass(
    old: Changes, new: Changes, case: Case, made: list[datetime], at: datetime
) -> None:
    said = [header(each.model_dump(mode="json")) for each in (old, new)]
    if not list(loosenings(*said)):
        assert stops_no_less(new, old, case, made, at)


@slow
@given(settings_of_changes, settings_of_changes, st.data())
def test_a_part_taken_out_or_replaced_is_found_unless_it_let_no_less_pass(
    old: Json, new: Json, data: st.DataObject
) -> None:
    """Near neighbours, where a fault in the comparison would hide: one section of the old settings replaced."""
    kind = data.draw(st.sampled_from(("defaults", "rules", "freezes", "caps", "break_glass", "gitops_owned")))
    after = {**old, kind: new[kind]} if kind in new else {k: v for k, v in old.items() if k != kind}
    before, then = header(old), header(after)
    if not list(loosenings(before, then)):
        case, at = data.draw(cases), data.draw(instants)
        assert stops_no_less(then.changes, before.changes, case, data.draw(histories), at)


@slow
@given(settings_of_changes, cases, histories, instants, st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter(
    said: Json, case: Case, made: list[datetime], at: datetime, dice: random.Random
) -> None:
    mixed = {
        kind: dice.sample(part, len(part)) if isinstance(part, list) else part for kind, part in said.items()
    }
    one, other = Changes.model_validate(said), Changes.model_validate(mixed)
    assert need(one, case) == need(other, case)
    assert frozen(one, case, at) == frozen(other, case, at)
    assert over_cap(one, case, made, at) == over_cap(other, case, made, at)
    assert not list(loosenings(header(said), header(mixed)))


@slow
@given(changes, cases)
def test_no_setting_goes_below_what_always_holds(said: Changes, case: Case) -> None:
    needed = need(said, case)
    assert needed.quorum >= (2 if case.automated or case.break_glass else 1)
    assert "slack" not in needed.channels or (case.risk == "low" and not case.break_glass)
    assert timedelta() < needed.login_within and timedelta() < needed.max_age


@slow
@given(changes, cases, people, people)
def test_one_more_person_never_makes_a_quorum_fail(
    said: Changes, case: Case, deciders: dict[str, frozenset[str]], more: dict[str, frozenset[str]]
) -> None:
    needed = need(said, case)
    if met(needed, deciders) is None:
        assert met(needed, {**more, **deciders}) is None
        real = {who: groups for who, groups in deciders.items() if who}
        assert len(real) >= needed.quorum
        assert {*needed.groups} <= frozenset[str]().union(*real.values())


@slow
@given(changes, cases, people)
def test_who_meets_a_stricter_need_meets_the_laxer(
    said: Changes, case: Case, deciders: dict[str, frozenset[str]]
) -> None:
    strict = need(said, case)
    lax = Need(
        strict.rule,
        max(strict.quorum - 1, 1),
        strict.groups[1:],
        strict.channels,
        strict.login_within,
        strict.max_age,
    )
    assert met(strict, deciders) is not None or met(lax, deciders) is None


@slow
@given(changes)
def test_settings_are_the_same_after_a_way_through_our_database(said: Changes) -> None:
    dumped = header(said.model_dump(mode="json")).model_dump(mode="json")
    again = Header.model_validate(dumped)
    assert again.changes == said
    assert rfc8785.dumps(again.model_dump(mode="json")) == rfc8785.dumps(dumped)


@slow
@given(weekly, instants)
def test_every_local_time_within_a_weekly_window_is_frozen(said: Json, at: datetime) -> None:
    span = Weekly.model_validate(said)
    local = at.astimezone(ZoneInfo(span.zone))
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    clock, today = f"{local:%H:%M}", days[local.weekday()]
    yesterday = days[local.weekday() - 1]
    wraps = span.end < span.start
    within = (today in span.days and span.start <= clock and (wraps or clock < span.end)) or (
        wraps and yesterday in span.days and clock < span.end
    )
    over = span.ends(at)
    assert over is not None or not within
    if not (within or _clocks_change_near(at, span.zone)):
        assert over is None
    if over is not None:
        assert at < over <= at + timedelta(hours=25 + 24)


@slow
@given(dated(), instants)
def test_a_dated_window_holds_exactly_its_local_days(said: Json, at: datetime) -> None:
    today = at.astimezone(ZoneInfo(said["zone"])).date().isoformat()
    within = said["since"] <= today <= said["until"]
    if within or not _clocks_change_near(at, said["zone"]):
        assert bool(Dated.model_validate(said).ends(at)) == within


@slow
@given(changes, cases, instants)
def test_nothing_is_frozen_at_the_end_that_was_told(said: Changes, case: Case, at: datetime) -> None:
    held = frozen(said, case, at)
    if held and held.until:
        assert held.until > at
        assert frozen(said, case, held.until) is None
        assert frozen(said, case, held.until - timedelta(seconds=1)) is not None


def _clocks_change_near(at: datetime, zone: str) -> bool:
    two_days = timedelta(days=2)
    offsets = {
        (at + ahead).astimezone(ZoneInfo(zone)).utcoffset() for ahead in (-two_days, timedelta(), two_days)
    }
    return len(offsets) > 1 or at.astimezone(UTC) != at
