"""Whether a proposal still stands: each thing that can end it, alone, at the very moment from which it does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from gate.judging import NOW, Says, decision, force, proposal

from interlock.approvals.standing import (
    HOUR,
    NotNow,
    Void,
    check_moment,
    check_requesters,
    check_valid,
    missing,
    need_of,
)
from interlock.core.errors import Unreachable

TICK = timedelta(microseconds=1)


def test_a_proposal_stands_until_the_instant_it_expires() -> None:
    made = proposal()
    check_valid(made, force(), made.expires_at - TICK)
    for late in (timedelta(), TICK, timedelta(days=1)):
        with pytest.raises(Void, match="the proposal expired 2026-11-23 13:00 UTC") as over:
            check_valid(made, force(), made.expires_at + late)
        assert (over.value.event, over.value.hint) == ("expire", "request the change again")


@pytest.mark.parametrize("now", [{"version": "v2"}, {"solo": True}, {"version": "v2", "solo": True}])
def test_a_proposal_stands_under_the_very_policy_it_was_made_under(now: dict[str, Any]) -> None:
    with pytest.raises(Void, match="the policy changed") as over:
        check_valid(proposal(), force(**now), NOW)
    assert over.value.event == "revoke"
    same = {"policy": now.get("version", "v1"), "solo": now.get("solo", False)}
    check_valid(proposal(**same), force(**now), NOW)


def test_who_asked_first_may_ask_still_whatever_the_others_may() -> None:
    policy = Says(may={"ana": {"request"}})
    check_requesters(proposal(requesters=("ana", "eve")), force(policy))
    ((who, ask),) = policy.asked
    assert (who.id, who.kind, ask.act) == ("ana", "person", "request")
    assert (ask.tool, ask.resource, ask.namespace, ask.risk) == ("scale", "prod", "shop", "medium")
    with pytest.raises(Void, match="its requester may no longer request scale there") as over:
        check_requesters(proposal(requesters=("eve", "ana")), force(policy))
    assert over.value.event == "revoke"


def test_an_alias_asks_as_the_person_it_belongs_to() -> None:
    policy = Says(may={"ana": {"request"}})
    check_requesters(proposal(requesters=("slack:ana",)), force(policy))
    assert [who.id for who, _ in policy.asked] == ["ana"]


def test_what_automation_asked_for_is_asked_as_a_service() -> None:
    policy = Says(may={"bot": {"request"}})
    check_requesters(proposal(requesters=("bot",), automated=True), force(policy))
    assert [who.kind for who, _ in policy.asked] == ["service"]


def test_who_breaks_the_glass_needs_both_rights_still() -> None:
    broken = proposal(break_glass=True)
    check_requesters(broken, force(Says(may={"ana": {"request", "breakGlass"}})))
    for left, lost in (({"request"}, "breakGlass"), ({"breakGlass"}, "request")):
        with pytest.raises(Void, match=f"may no longer {lost} scale"):
            check_requesters(broken, force(Says(may={"ana": left})))


def test_a_policy_that_cannot_tell_ends_nothing_and_lets_nothing_through() -> None:
    with pytest.raises(Unreachable, match="could not decide whether ana may request scale"):
        check_requesters(proposal(), force(Says(fails={"ana"})))
    with pytest.raises(Unreachable, match="whether ben may decide scale"):
        missing(proposal(), [decision("ben")], force(Says(fails={"ben"})))


TWO = {"rules": [{"name": "two", "quorum": 2}]}


@pytest.mark.parametrize(
    ("who", "lacking"),
    [
        ((), "0 of 2 approvals are there"),
        (("ben",), "1 of 2 approvals are there"),
        (("ben", "cho"), None),
        (("ben", "cho", "dan"), None),
        (("ben", "ben"), "1 of 2 approvals are there"),
        (("ben", "slack:ben"), "1 of 2 approvals are there"),
        (("ben", "ana"), "1 of 2 approvals are there"),
        (("ben", "slack:ana"), "1 of 2 approvals are there"),
        (("ben", "eve"), "1 of 2 approvals are there"),
        (("ben", "cho", "ana", "eve"), None),
    ],
)
def test_a_quorum_is_of_different_people_who_may_decide_and_did_not_ask(
    who: tuple[str, ...], lacking: str | None
) -> None:
    assert missing(proposal(), [decision(each) for each in who], force(changes=TWO)) == lacking


def test_everybody_who_fed_the_conversation_has_asked_under_whatever_name() -> None:
    asked = proposal(requesters=("ana", "slack:ben"))
    assert missing(asked, [decision("ben")], force()) == "0 of 1 approvals are there"
    assert missing(asked, [decision("cho")], force()) is None


def test_alone_the_requester_counts_and_nobody_who_may_not_decide() -> None:
    alone = proposal(solo=True)
    assert missing(alone, [decision("ana")], force(solo=True)) is None
    assert missing(alone, [decision("eve")], force(solo=True)) == "0 of 1 approvals are there"
    # The word of the rules counts for the number, the word of the proposal for who may be among them.
    assert missing(proposal(), [decision("ana")], force(solo=True)) == "0 of 1 approvals are there"


def test_a_group_counts_as_it_is_now() -> None:
    owned = {"rules": [{"name": "owned", "groups": ["owners"]}]}
    votes = [decision("ben"), decision("cho")]
    assert missing(proposal(), votes, force(changes=owned, groups={"cho": {"owners"}})) is None
    lacking = missing(proposal(), votes, force(changes=owned))
    assert lacking == "nobody of owners has approved"
    # Who does not count brings no group either.
    brought = force(changes=owned, groups={"ana": {"owners"}})
    assert missing(proposal(), [*votes, decision("ana")], brought) == lacking


def test_it_is_the_right_to_decide_this_that_counts() -> None:
    policy = Says()
    missing(proposal(), [decision("ben")], force(policy))
    ((who, ask),) = policy.asked
    assert (who.id, who.kind) == ("ben", "person")
    assert (ask.act, ask.tool, ask.resource, ask.namespace, ask.risk) == (
        "decide", "scale", "prod", "shop", "medium",
    )  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_one_deny_ends_it_however_many_approved(order: tuple[int, ...]) -> None:
    votes = [decision("ben"), decision("cho"), decision("dan", "deny", reason="not today")]
    with pytest.raises(Void, match="it was denied: not today") as over:
        missing(proposal(), [votes[index] for index in order], force())
    assert over.value.event == "deny"


def test_what_it_takes_follows_from_what_it_is() -> None:
    assert need_of(proposal(), force()).quorum == 1
    assert need_of(proposal(risk="high"), force()).quorum == 2
    assert need_of(proposal(automated=True), force()).rule == "default, automated"
    assert need_of(proposal(break_glass=True), force()).rule == "default, break-glass"
    assert need_of(proposal(), force(solo=True)).rule == "default, solo"
    here = {"rules": [{"name": "here", "quorum": 3, "environments": ["live"], "namespaces": ["shop"]}]}
    both = {**here, "rules": [*here["rules"], {"name": "elsewhere", "quorum": 4, "environments": ["lab"]}]}
    assert need_of(proposal(), force(changes=both)).rule == "here"


LUNCH = {
    "name": "lunch",
    "dated": [{"since": "2026-11-23T12:00", "until": "2026-11-23T12:30", "zone": "UTC"}],
}


def test_a_freeze_holds_from_its_first_instant_to_its_last_and_says_until_when() -> None:
    rules = force(changes={"freezes": [LUNCH]})
    for at in (NOW, NOW + timedelta(minutes=30) - TICK):
        with pytest.raises(NotNow, match=r"^lunch freezes such changes until 2026-11-23 12:30 UTC$"):
            check_moment(proposal(), rules, at, ())
    for at in (NOW - TICK, NOW + timedelta(minutes=30)):
        check_moment(proposal(), rules, at, ())


def test_a_freeze_without_an_end_says_none() -> None:
    every = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    ever = {"name": "ever", "weekly": [{"days": every, "start": "00:00", "end": "24:00", "zone": "UTC"}]}
    with pytest.raises(NotNow, match=r"^ever freezes such changes$"):
        check_moment(proposal(), force(changes={"freezes": [ever]}), NOW, ())


def test_as_much_may_run_as_the_cap_says_and_not_one_more() -> None:
    rules = force(changes={"caps": [{"name": "slow", "executions_per_hour": 2}]})
    within, before = NOW - HOUR + TICK, NOW - HOUR
    check_moment(proposal(), rules, NOW, [within])
    check_moment(proposal(), rules, NOW, [within, before])
    with pytest.raises(NotNow, match="cap slow allows 2 executions an hour in prod, and 2 were made"):
        check_moment(proposal(), rules, NOW, [within, within])
    assert timedelta(minutes=60) == HOUR


def test_as_many_pods_may_be_touched_as_the_cap_says_and_not_one_more() -> None:
    rules = force(changes={"caps": [{"name": "few", "pods": 3}]})
    check_moment(proposal(pods=3), rules, NOW, ())
    with pytest.raises(NotNow, match="cap few allows 3 pods an action, and scale would touch 4"):
        check_moment(proposal(pods=4), rules, NOW, ())
