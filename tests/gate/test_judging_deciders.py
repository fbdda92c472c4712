"""Who may decide: each condition alone keeps somebody from it, under its own rule, from the very second it does not hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from gate.judging import NOW, Says, decider, force, proposal

from interlock.approvals.deciders import SKEW, check_decider, check_login, check_person
from interlock.approvals.decisions import Decider
from interlock.core.errors import NotSignedIn, Refused

WITHIN = timedelta(hours=1)
TICK = timedelta(microseconds=1)
ALL: tuple[Any, ...] = ("approve", "deny", "settle")


@pytest.mark.parametrize("verdict", ALL)
def test_a_known_person_who_just_signed_in_and_did_not_ask_decides(verdict: Any) -> None:
    policy = Says()
    check_decider(decider(), proposal(), force(policy), verdict, NOW)
    ((who, ask),) = policy.asked
    assert (who.id, ask.act, ask.tool, ask.resource, ask.namespace, ask.risk) == (
        "ben", "decide", "scale", "prod", "shop", "medium",
    )  # fmt: skip


@pytest.mark.parametrize("verdict", ALL)
@pytest.mark.parametrize(
    ("who", "rule"),
    [
        (decider(kind="service"), "people-decide"),
        (decider(""), "people-decide"),
        (decider(known=False), "unmapped"),
        (decider("eve"), "no-permit"),
    ],
)
def test_whoever_is_not_a_known_person_that_may_decide_does_not(
    who: Decider, rule: str, verdict: Any
) -> None:
    with pytest.raises(Refused) as refused:
        check_decider(who, proposal(), force(), verdict, NOW)
    assert refused.value.rule == rule


def test_somebody_nobody_vouches_for_is_told_what_to_do() -> None:
    with pytest.raises(Refused, match="nobody vouches for oidc:ben") as refused:
        check_person(decider(known=False), force())
    assert refused.value.hint == "add the person to identity.people"
    check_person(decider(known=False), force(solo=True))
    for nobody in (decider("", known=False), decider(kind="service", known=False)):
        with pytest.raises(Refused, match="only people decide"):
            check_person(nobody, force(solo=True))


@pytest.mark.parametrize("asked", [("ben",), ("ana", "ben"), ("ana", "slack:ben")])
def test_nobody_approves_what_they_asked_for_or_fed(asked: tuple[str, ...]) -> None:
    own = proposal(requesters=asked)
    with pytest.raises(Refused, match="ben asked for this, or fed the conversation") as refused:
        check_decider(decider(), own, force(), "approve", NOW)
    assert refused.value.rule == "own-request"
    check_decider(decider(), own, force(), "deny", NOW)
    check_decider(decider(), own, force(), "settle", NOW)
    check_decider(decider(), own, force(solo=True), "approve", NOW)


@pytest.mark.parametrize("verdict", ["approve", "settle"])
def test_a_channel_that_the_rules_do_not_name_is_too_weak_for_all_but_a_deny(verdict: Any) -> None:
    slack = decider(channel="slack")
    with pytest.raises(Refused, match="not decided over slack, but over cli or web") as refused:
        check_decider(slack, proposal(), force(), verdict, NOW)
    assert refused.value.rule == "default"
    check_decider(slack, proposal(), force(), "deny", NOW)
    check_decider(slack, proposal(risk="low"), force(), verdict, NOW)


@pytest.mark.parametrize("verdict", ["approve", "settle"])
@pytest.mark.parametrize("login", [None, NOW - WITHIN - TICK, NOW + timedelta(minutes=2)])
def test_a_login_that_is_not_fresh_is_enough_for_a_deny_alone(login: Any, verdict: Any) -> None:
    with pytest.raises(NotSignedIn):
        check_decider(decider(login_at=login), proposal(), force(), verdict, NOW)
    check_decider(decider(login_at=login), proposal(), force(), "deny", NOW)


def test_how_fresh_a_login_has_to_be_follows_from_the_risk() -> None:
    old = decider(login_at=NOW - timedelta(minutes=6))
    check_decider(old, proposal(), force(), "approve", NOW)
    with pytest.raises(NotSignedIn):
        check_decider(old, proposal(risk="high"), force(), "approve", NOW)


def test_a_login_is_fresh_up_to_the_last_instant_and_ahead_by_a_minute_at_most() -> None:
    for at in (NOW, NOW - WITHIN, NOW + SKEW):
        check_login(decider(login_at=at), WITHIN, force(), NOW)
    for at in (NOW - WITHIN - TICK, NOW + SKEW + TICK):
        with pytest.raises(NotSignedIn, match="not fresh enough") as refused:
            check_login(decider(login_at=at), WITHIN, force(), NOW)
        assert refused.value.hint == "sign in again"
    assert timedelta(minutes=1) == SKEW


def test_without_a_login_nobody_decides_but_on_a_toy_cluster_alone() -> None:
    with pytest.raises(NotSignedIn, match="needs a fresh login") as refused:
        check_login(decider(login_at=None), WITHIN, force(), NOW)
    assert refused.value.hint == "sign in again"
    check_login(decider(login_at=None), WITHIN, force(solo=True), NOW)
    with pytest.raises(NotSignedIn):
        check_login(decider(login_at=NOW - 2 * WITHIN), WITHIN, force(solo=True), NOW)
