"""How many people of which groups a change needs, by which channel, how freshly signed in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from interlock.core.errors import UnknownName
from interlock.core.policy.bundle import Header
from interlock.core.policy.changes import Case, Changes, Need, check_actions, environments_of, met, need

CASE = Case(
    action="rollout-undo",
    risk="medium",
    cluster="prod-eu",
    environments=frozenset({"prod"}),
    namespace="shop",
    pods=3,
    automated=False,
    break_glass=False,
)
HIGH, LOW = replace(CASE, risk="high"), replace(CASE, risk="low")
SRE, DBA = frozenset({"sre"}), frozenset({"dba"})


def rules(*said: dict[str, Any], **other: Any) -> Changes:
    return Changes.model_validate(
        {"rules": [{"name": f"r{i}", **each} for i, each in enumerate(said)], **other}
    )


@pytest.mark.parametrize(
    ("case", "quorum", "minutes", "slack"), [(LOW, 1, 480, True), (CASE, 1, 60, False), (HIGH, 2, 5, False)]
)
def test_without_rules_high_risk_needs_two_freshly_signed_in_people_and_only_low_risk_goes_by_slack(
    case: Case, quorum: int, minutes: int, slack: bool
) -> None:
    needed = need(Changes(), case)
    assert needed == Need(
        rule="default",
        quorum=quorum,
        groups=(),
        channels=frozenset({"cli", "web", "slack"} if slack else {"cli", "web"}),
        login_within=timedelta(minutes=minutes),
        max_age=timedelta(hours=1),
    )


def test_all_rules_that_match_combine_to_the_strictest() -> None:
    needed = need(
        rules(
            {"quorum": 3, "groups": ["sre"], "login_within": "10m", "channels": ["web", "slack"]},
            {"quorum": 2, "groups": ["dba"], "login_within": "20m", "max_age": "15m"},
            {"quorum": 9, "risks": ["high"]},
        ),
        CASE,
    )
    assert needed == Need(
        "r0, r1", 3, ("dba", "sre"), frozenset({"web"}), timedelta(minutes=10), timedelta(minutes=15)
    )


def test_a_rule_leaves_alone_what_it_does_not_speak_of() -> None:
    asked, plain = need(rules({"groups": ["sre"]}), CASE), need(Changes(), CASE)
    assert asked == replace(plain, rule="r0", groups=("sre",))


def test_a_rule_does_not_loosen_a_default() -> None:
    needed = need(
        rules({"quorum": 1, "login_within": "8h", "max_age": "2d", "channels": ["slack", "web"]}), HIGH
    )
    assert (needed.quorum, needed.channels) == (2, frozenset({"web"}))
    assert (needed.login_within, needed.max_age) == (timedelta(minutes=5), timedelta(hours=1))


def test_a_team_may_set_its_own_defaults_and_tighten_them_by_environment() -> None:
    said = rules(
        {"environments": ["prod"], "quorum": 2}, defaults={"high": {"quorum": 1, "login_within": "1h"}}
    )
    assert need(said, HIGH).quorum == 2
    elsewhere = need(said, replace(HIGH, environments=frozenset({"dev"})))
    assert (elsewhere.quorum, elsewhere.rule, elsewhere.login_within) == (1, "default", timedelta(hours=1))


@pytest.mark.parametrize(
    ("rule", "selected"),
    [
        ({"actions": ["rollout-undo"]}, True),
        ({"actions": ["scale"]}, False),
        ({"risks": ["low", "medium"]}, True),
        ({"risks": ["high"]}, False),
        ({"environments": ["dev", "prod"]}, True),
        ({"environments": ["dev"]}, False),
        ({"namespaces": ["shop"]}, True),
        ({"namespaces": ["vault"]}, False),
        ({"actions": ["rollout-undo"], "namespaces": ["vault"]}, False),
    ],
)
def test_a_rule_selects_what_is_in_all_of_its_lists(rule: dict[str, Any], selected: bool) -> None:
    assert (need(rules({**rule, "quorum": 5}), CASE).quorum == 5) is selected


def test_a_cluster_that_nobody_put_into_an_environment_is_held_to_the_rules_of_all() -> None:
    stray = replace(CASE, environments=frozenset())
    assert need(rules({"environments": ["prod"], "quorum": 5}), stray).quorum == 5


def test_a_change_of_a_whole_cluster_is_held_to_the_rules_of_every_namespace() -> None:
    assert need(rules({"namespaces": ["vault"], "quorum": 5}), replace(CASE, namespace="")).quorum == 5


def test_what_automation_asks_for_needs_two_people_and_says_why() -> None:
    needed = need(Changes(), replace(LOW, automated=True))
    assert (needed.quorum, needed.rule) == (2, "default, automated")
    assert need(rules({"quorum": 3}), replace(LOW, automated=True)).quorum == 3


def test_breaking_the_glass_takes_two_freshly_signed_in_people_and_no_slack() -> None:
    needed = need(Changes(), replace(LOW, break_glass=True))
    assert needed == Need(
        "default, break-glass", 2, (), frozenset({"cli", "web"}), timedelta(minutes=5), timedelta(minutes=30)
    )


def test_breaking_the_glass_tightens_only_what_breaks_it() -> None:
    said = Changes.model_validate({"break_glass": {"quorum": 3, "groups": ["leads"]}})
    assert need(said, CASE).quorum == 1
    assert need(said, CASE).groups == ()
    broken = need(said, replace(CASE, break_glass=True))
    assert (broken.quorum, broken.groups) == (3, ("leads",))


def test_alone_on_a_toy_cluster_one_person_is_enough_and_all_else_holds() -> None:
    said = rules({"quorum": 3, "groups": ["sre"]})
    alone = need(said, replace(HIGH, automated=True, break_glass=True, solo=True))
    assert (alone.quorum, alone.rule) == (1, "r0, automated, break-glass, solo")
    assert alone.groups == ("sre",) and alone.login_within == timedelta(minutes=5)


NEED = Need("r", 2, ("dba", "sre"), frozenset({"web"}), timedelta(minutes=5), timedelta(hours=1))


@pytest.mark.parametrize(
    ("deciders", "missing"),
    [
        ({"ana": SRE, "bo": DBA}, None),
        ({"ana": SRE | DBA, "bo": frozenset()}, None),
        ({}, "0 of 2 approvals are there; nobody of dba, sre has approved"),
        ({"ana": SRE | DBA}, "1 of 2 approvals are there"),
        ({"ana": SRE, "bo": SRE}, "nobody of dba has approved"),
        ({"ana": SRE}, "1 of 2 approvals are there; nobody of dba has approved"),
        ({"ana": SRE, "": DBA}, "1 of 2 approvals are there; nobody of dba has approved"),
    ],
)
def test_a_quorum_is_enough_people_with_one_of_every_group(
    deciders: dict[str, frozenset[str]], missing: str | None
) -> None:
    assert met(NEED, deciders) == missing


def test_nobody_is_never_a_quorum() -> None:
    assert met(replace(NEED, quorum=0, groups=()), {}) == "0 of 1 approvals are there"


def test_the_environments_of_a_cluster_are_those_that_list_it() -> None:
    header = Header.model_validate(
        {
            "version": 1,
            "name": "t",
            "environments": {
                "prod": {"clusters": ["a", "b"]},
                "eu": {"clusters": ["b"]},
                "dev": {"sources": ["b"]},
            },
        }
    )
    assert environments_of(header, "b") == {"prod", "eu"}
    assert environments_of(header, "stray") == frozenset()


@pytest.mark.parametrize("kind", ["rules", "freezes", "caps"])
def test_an_action_that_does_not_exist_is_refused_since_its_rule_would_hold_nothing_back(kind: str) -> None:
    parts = {
        "rules": {"quorum": 2},
        "freezes": {"dated": [{"since": "2026-12-24", "until": "2026-12-24", "zone": "UTC"}]},
        "caps": {"pods": 1},
    }
    said = Changes.model_validate(
        {kind: [{"name": "mine", "actions": ["scale", "rolout-undo"], **parts[kind]}]}
    )
    with pytest.raises(UnknownName, match=r"action in mine of the policy's changes 'rolout-undo'") as refused:
        check_actions(said, lambda: ["scale", "rollout-undo"])
    assert refused.value.near == ["rollout-undo"]
    check_actions(said, lambda: ["scale", "rolout-undo"])
