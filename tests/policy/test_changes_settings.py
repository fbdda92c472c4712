"""A rule of changes that could not hold is refused with its place when the bundle is read; a laxer one needs two people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from interlock.core.errors import BadInput
from interlock.core.policy.bundle import Bundle, load
from interlock.core.policy.widening import narrowings, widenings

Write = Callable[..., Path]
SPAN = {"days": ["fri"], "start": "18:00", "end": "08:00", "zone": "Europe/Berlin"}
DATES = {"since": "2026-12-24", "until": "2026-12-26", "zone": "Europe/Berlin"}


def weekly(**other: object) -> str:
    return yaml.safe_dump({"freezes": [{"name": "f", "weekly": [{**SPAN, **other}]}]})


def dated(**other: object) -> str:
    return yaml.safe_dump({"freezes": [{"name": "f", "dated": [{**DATES, **other}]}]})


@pytest.fixture
def bundle(write: Write) -> Callable[..., Bundle]:
    """Loads the bundle of a payments company with these changes."""

    def loaded(changes: str, name: str = "bundle", **edits: str) -> Bundle:
        indented = "".join(f"  {line}\n" for line in changes.splitlines())
        return load(write(name, edits={"version: 1\n": f"version: 1\nchanges:\n{indented}", **edits}))

    return loaded


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (weekly(zone="Europe/Berln"), r"changes\.freezes\.0\.weekly\.0\.zone: .*no time zone 'Europe/Berln'"),
        (weekly(zone="../../etc/passwd"), r"weekly\.0\.zone: .*no time zone"),
        (weekly(zone="America"), r"weekly\.0\.zone: .*no time zone"),
        (weekly(zone=""), r"weekly\.0\.zone: .*no time zone"),
        (weekly(days=[]), r"weekly\.0\.days: "),
        (weekly(days=["friday"]), r"weekly\.0\.days\.0: "),
        (weekly(end="18:00"), r"weekly\.0: .*start and end are the same"),
        (weekly(start=1080), r"weekly\.0\.start: .*in quotes"),
        (weekly(end=1080), r"weekly\.0\.end: .*in quotes"),
        (weekly(start="24:00"), r"weekly\.0\.start: "),
        (weekly(end="24:01"), r"weekly\.0\.end: "),
        (weekly(start="1:00"), r"weekly\.0\.start: "),
        (weekly(end="08:60"), r"weekly\.0\.end: "),
        (weekly(start="18:00\n"), r"weekly\.0\.start: "),
        (weekly(until="19:00"), r"weekly\.0\.until: "),
        (dated(zone="Mars/Olympus"), r"dated\.0\.zone: .*no time zone"),
        (dated(until="2026-12-23"), r"dated\.0: .*over before it begins"),
        (dated(since="2026-12-24T10:00", until="2026-12-24T10:00"), r"dated\.0: .*over before it begins"),
        (dated(since="Christmas"), r"dated\.0\.since: "),
        (dated(since=20261224), r"dated\.0\.since: .*write a date"),
        (dated(until="2026-12-26T10:00+01:00"), r"dated\.0\.until: .*without an offset"),
        (dated(until="2200-01-01"), r"dated\.0\.until: .*2200 is not between 2000 and 2199"),
        (dated(since="1999-12-31"), r"dated\.0\.since: .*1999 is not between"),
        ("freezes: [{name: f}]", r"freezes\.0: .*freeze f has neither weekly nor dated windows"),
        ("freezes: [{name: f, weekly: [], dated: []}]", r"freezes\.0: .*neither"),
        ("freezes: [{name: f, break_glass: 'yes'}]", r"freezes\.0\.break_glass: "),
        ("rules: [{name: r}]", r"rules\.0: .*rule r asks for nothing"),
        ("rules: [{name: r, groups: []}]", r"rules\.0: .*rule r asks for nothing"),
        ("rules: [{name: r, quorum: 0}]", r"rules\.0\.quorum: "),
        ("rules: [{name: r, quorum: 21}]", r"rules\.0\.quorum: "),
        ("rules: [{name: r, quorum: true}]", r"rules\.0\.quorum: "),
        ("rules: [{name: r, channels: []}]", r"rules\.0\.channels: "),
        ("rules: [{name: r, channels: [mail]}]", r"rules\.0\.channels\.0: "),
        ("rules: [{name: '', quorum: 2}]", r"rules\.0\.name: "),
        ("rules: [{name: r, quorum: 2, groups: ['']}]", r"rules\.0\.groups\.0: "),
        ("rules: [{name: r, quorum: 2, environments: ['']}]", r"rules\.0\.environments\.0: "),
        ("rules: [{name: r, quorum: 2, risks: [huge]}]", r"rules\.0\.risks\.0: "),
        ("rules: [{name: r, quorum: 2, enviroments: [prod]}]", r"rules\.0\.enviroments: "),
        ("rules: [{name: r, max_age: 60}]", r"rules\.0\.max_age: .*such as 30m"),
        ("rules: [{name: r, max_age: 0m}]", r"rules\.0\.max_age: .*such as 30m"),
        ("rules: [{name: r, max_age: 367d}]", r"rules\.0\.max_age: .*at most a year"),
        ("rules: [{name: r, max_age: an hour}]", r"rules\.0\.max_age: .*such as 30m"),
        ("rules: [{name: r, quorum: 2}, {name: r, quorum: 3}]", r"changes: .*two rules are called r"),
        ("caps: [{name: c, pods: 2}, {name: c, pods: 3}]", r"changes: .*two caps are called c"),
        ("caps: [{name: c}]", r"caps\.0: .*cap c limits nothing"),
        ("caps: [{name: c, pods: -1}]", r"caps\.0\.pods: "),
        ("caps: [{name: c, pods: true}]", r"caps\.0\.pods: "),
        ("caps: [{name: c, executions_per_hour: '2'}]", r"caps\.0\.executions_per_hour: "),
        ("rules: [{name: r, quorum: 2, environments: [prd]}]", r"policy\.yaml: .*environment 'prd'"),
        ("caps: [{name: c, pods: 2, environments: [prd]}]", r"policy\.yaml: .*environment 'prd'"),
        ("gitops_owned: [prd]", r"policy\.yaml: .*environment 'prd'"),
        ("defaults: {high: {channels: [web, slack]}}", r"defaults\.high: .*slack decides on low risk alone"),
        ("defaults: {medium: {channels: [slack]}}", r"defaults\.medium: .*slack decides on low risk alone"),
        ("break_glass: {channels: [slack]}", r"break_glass: .*slack decides on low risk alone"),
        ("break_glass: {quorum: 1}", r"break_glass\.quorum: "),
        ("defaults: {low: {quorum: 0}}", r"defaults\.low\.quorum: "),
        ("freeze: []", r"changes\.freeze: "),
    ],
)
def test_what_could_not_hold_is_refused_with_its_place(
    bundle: Callable[..., Bundle], changes: str, place: str
) -> None:
    with pytest.raises(BadInput, match=place):
        bundle(changes)


def test_what_was_read_cannot_be_changed_any_more(bundle: Callable[..., Bundle]) -> None:
    changes = bundle(FULL).header.changes
    for part in (
        changes,
        *changes.selections(),
        changes.defaults,
        changes.defaults.high,
        changes.break_glass,
    ):
        for name in type(part).model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(part, name, None)


def test_a_duration_may_be_written_in_any_unit_and_is_one_thing(bundle: Callable[..., Bundle]) -> None:
    digests = {bundle(f"rules: [{{name: r, max_age: {age}}}]").digest for age in ("3600s", "60m", "1h")}
    assert len(digests) == 1
    bundle("request_max_age: 366d")


def test_dates_of_two_centuries_can_be_said(bundle: Callable[..., Bundle]) -> None:
    bundle(dated(since="2000-01-01", until="2199-12-31"))


def test_dates_may_be_written_without_quotes(bundle: Callable[..., Bundle]) -> None:
    plain = "freezes: [{name: f, dated: [{since: 2026-12-24, until: 2026-12-26, zone: Europe/Berlin}]}]"
    assert bundle(plain).digest == bundle(dated()).digest


def test_changes_are_part_of_the_digest(bundle: Callable[..., Bundle], write: Write) -> None:
    assert bundle("rules: [{name: r, quorum: 2}]").digest != load(write()).digest


FULL = """\
defaults: {low: {quorum: 2, groups: [sre], channels: [cli, web], login_within: 1h, max_age: 30m}, pods: 20, executions_per_hour: 9}
rules:
- {name: prod, environments: [prod], quorum: 2, groups: [sre, dba], channels: [web], login_within: 5m, max_age: 10m}
freezes:
- name: nights
  environments: [prod]
  weekly: [{days: [fri], start: "18:00", end: "08:00", zone: Europe/Berlin}]
  dated: [{since: 2026-12-24, until: 2026-12-26, zone: Europe/Berlin}]
caps:
- {name: few, risks: [high], executions_per_hour: 5, pods: 10}
break_glass: {quorum: 3, groups: [leads], channels: [web], login_within: 3m, max_age: 5m}
gitops_owned: [dev]
request_max_age: 1h
"""
LOOSER = {
    "a default's quorum": ("{low: {quorum: 2", "{low: {quorum: 1", "what low-risk changes need is loosened"),
    "medium's default": ("{low: {", "{medium: {max_age: 2h}, low: {", "what medium-risk changes need is loosened"),
    "high's default": ("{low: {", "{high: {login_within: 10m}, low: {", "what high-risk changes need is loosened"),
    "a default's channel": ("channels: [cli, web]", "channels: [cli, web, slack]", "what low-risk changes need is loosened"),
    "a default's group": ("groups: [sre], ", "", "what low-risk changes need is loosened"),
    "the default cap of pods": ("pods: 20", "pods: 21", "the default cap of pods is loosened"),
    "the default cap of executions": ("executions_per_hour: 9", "executions_per_hour: 10", "the default cap of executions_per_hour is loosened"),
    "a quorum": ("quorum: 2, groups: [sre, dba]", "quorum: 1, groups: [sre, dba]", "rule prod is loosened"),
    "a quorum gone": ("quorum: 2, groups: [sre, dba]", "groups: [sre, dba]", "rule prod is loosened"),
    "fewer groups": ("[sre, dba]", "[sre]", "rule prod is loosened"),
    "more channels": ("channels: [web], login_within: 5m", "channels: [web, cli], login_within: 5m", "rule prod is loosened"),
    "channels gone": ("channels: [web], login_within: 5m", "login_within: 5m", "rule prod is loosened"),
    "an older login": ("login_within: 5m", "login_within: 6m", "rule prod is loosened"),
    "a login gone": ("login_within: 5m, ", "", "rule prod is loosened"),
    "a longer age": ("max_age: 10m", "max_age: 11m", "rule prod is loosened"),
    "a rule for fewer": ("name: prod,", "name: prod, actions: [scale],", "rule prod is loosened"),
    "a rule of elsewhere": ("name: prod, environments: [prod]", "name: prod, environments: [dev]", "rule prod is loosened"),
    "a rule under another name and weaker": ("name: prod, environments: [prod]", "name: p, environments: [dev]", "rule prod is gone"),
    "a shorter freeze": ('end: "08:00"', 'end: "07:00"', "freeze nights is loosened"),
    "a freeze without its dates": ("  dated:", "  # dated:", "freeze nights is loosened"),
    "a freeze that glass breaks": ("- name: nights", "- name: nights\n  break_glass: true", "freeze nights is loosened"),
    "a freeze of less": ("  environments: [prod]\n", "  environments: [prod]\n  risks: [low]\n", "freeze nights is loosened"),
    "a higher cap": ("pods: 10", "pods: 11", "cap few is loosened"),
    "half a cap": ("executions_per_hour: 5, ", "", "cap few is loosened"),
    "a cap of less": ("risks: [high]", "risks: [high], namespaces: [shop]", "cap few is loosened"),
    "glass and fewer people": ("quorum: 3", "quorum: 2", "what break-glass changes need is loosened"),
    "glass and an older login": ("login_within: 3m", "login_within: 5m", "what break-glass changes need is loosened"),
    "gitops": ("gitops_owned: [dev]", "gitops_owned: [dev, prod]", "objects that GitOps owns may be changed in environment prod"),
    "older requests": ("request_max_age: 1h", "request_max_age: 61m", "the age of requests is loosened"),
}  # fmt: skip


@pytest.mark.parametrize("change", LOOSER)
def test_what_lets_more_pass_counts_as_wider_and_its_way_back_does_not(
    bundle: Callable[..., Bundle], change: str
) -> None:
    old, new, said = LOOSER[change]
    assert FULL.count(old) == 1
    before, after = bundle(FULL), bundle(FULL.replace(old, new), "after")
    assert widenings(before, after) == [said]
    if change not in {"a rule of elsewhere", "a rule under another name and weaker", "a shorter freeze"}:
        assert widenings(after, before) == []


@pytest.mark.parametrize(
    ("part", "lost"),
    [("rules", "rule prod is gone"), ("freezes", "freeze nights is gone"), ("caps", "cap few is gone")],
)
def test_a_part_that_is_gone_counts_as_wider_and_is_said_the_other_way_round(
    bundle: Callable[..., Bundle], part: str, lost: str
) -> None:
    without = yaml.safe_dump({k: v for k, v in yaml.safe_load(FULL).items() if k != part})
    before, after = bundle(FULL), bundle(without, "after")
    assert widenings(before, after) == [lost]
    assert narrowings(before, after) == []
    assert narrowings(after, before) == [lost.replace("gone", "new")]
    assert widenings(after, before) == []


def test_a_rule_that_lives_on_under_another_name_is_not_gone(bundle: Callable[..., Bundle]) -> None:
    renamed = FULL.replace("name: prod,", "name: production,").replace(
        "environments: [prod], quorum: 2", "quorum: 3"
    )
    assert widenings(bundle(FULL), bundle(renamed, "after")) == []


def test_narrower_is_said_as_tightened(bundle: Callable[..., Bundle]) -> None:
    tighter = FULL.replace("pods: 10", "pods: 9").replace("gitops_owned: [dev]", "gitops_owned: []")
    assert narrowings(bundle(FULL), bundle(tighter, "after")) == [
        "cap few is tightened",
        "objects that GitOps owns may no longer be changed in environment dev",
    ]


@pytest.mark.parametrize("clusters", ["[prod-eu]", "[prod-eu, prod-us, dev]"])
def test_a_cluster_that_comes_or_goes_counts_as_wider_while_rules_name_environments(
    bundle: Callable[..., Bundle], clusters: str
) -> None:
    moved = {"prod: {clusters: [prod-eu, prod-us]}": f"prod: {{clusters: {clusters}}}"}
    said = "environments are changed, and the rules of changes name some"
    # The policies of the company name prod too.
    assert said in widenings(bundle(FULL), bundle(FULL, "after", **moved))
    free = "rules: [{name: r, quorum: 2}]"
    assert said not in widenings(bundle(free), bundle(free, "after", **moved))


def test_the_order_of_an_environments_clusters_is_no_change(bundle: Callable[..., Bundle]) -> None:
    turned = {
        "environments:\n  prod: {clusters: [prod-eu, prod-us]}": "environments:\n  prod: {clusters: [prod-us, prod-eu]}"
    }
    assert "environments are changed, and the rules of changes name some" not in widenings(
        bundle(FULL), bundle(FULL, "after", **turned)
    )
