"""Deciding, taking back, settling, halting: who may, and what it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gate.world import HEADER, PEOPLE, World
from sqlalchemy import insert

from interlock.approvals.decisions import Decider
from interlock.approvals.endings import SETTLE_AFTER
from interlock.approvals.standing import NotNow
from interlock.approvals.states import WrongState
from interlock.core.errors import BadInput, NotSignedIn, Refused, Unreachable
from interlock.core.identity import Principal
from interlock.core.policy.ask import Ask
from interlock.core.policy.halt import HaltedPolicy, halt_in
from interlock.core.store.tables import change as change_rows


def test_a_request_that_makes_no_sense_is_denied_with_the_reason(world: World) -> None:
    change = world.scale("ana", replicas=3)
    assert change.state == "DENIED"
    assert "already as asked" in change.note


def test_a_cluster_that_does_not_answer_leaves_the_request_to_be_tried_again(world: World) -> None:
    world.board.down = True
    with pytest.raises(Unreachable):
        world.scale("ana")
    (waiting,) = world.office.waiting()
    world.board.down = False
    assert world.office.propose(waiting).state == "PROPOSED"
    with pytest.raises(WrongState):
        world.office.propose(waiting)


def test_more_pods_than_a_cap_allows_are_not_even_proposed(world: World) -> None:
    world.changes(defaults={"pods": 1})
    owner = {"kind": "ReplicaSet", "name": "web-1", "controller": True, "uid": "u"}
    for number in range(3):
        meta = {"labels": {"app": "web"}, "ownerReferences": [owner]}
        world.board.put("pods", "shop", f"web-{number}", kind="Pod", metadata=meta, status={})
    change = world.scale("ana", replicas=1)
    assert change.state == "DENIED"
    assert "pods" in change.note


def test_a_decision_names_the_proposal_that_was_shown(world: World) -> None:
    change = world.scale("ana")
    with pytest.raises(Refused, match="not the proposal"):
        world.office.decide(world.decider("ben"), change.id, "0" * 64, "approve", "")


@pytest.mark.parametrize("when", ["asked", "proposed"])
def test_whoever_was_taken_for_somebody_else_when_they_asked_approves_nothing_of_their_own(
    world: World, when: str
) -> None:
    mistaken = {**{who: each for who, each in PEOPLE.items() if who != "oidc:dan"}}
    mistaken["oidc:ben"] = (*PEOPLE["oidc:ben"], "oidc:dan")
    world.waits = when == "proposed"
    if when == "asked":
        world.restart(mistaken)
    change = world.scale("dan")
    if when == "proposed":
        world.restart(mistaken)
        change = world.office.propose(change.id)
    world.restart(PEOPLE)
    with pytest.raises(Refused, match="asked for this"):
        world.say("dan", change)
    world.say("cho", change)
    assert world.executor.run(change.id) == "SUCCEEDED"


def test_whoever_was_taken_for_somebody_else_when_they_approved_has_one_vote_all_the_same(
    world: World,
) -> None:
    world.changes(rules=[{"name": "two", "quorum": 2}])
    mistaken = {who: each for who, each in PEOPLE.items() if who != "oidc:dan"}
    world.restart({**mistaken, "oidc:ben": (*PEOPLE["oidc:ben"], "oidc:dan")})
    change = world.scale("ana")
    world.say("dan", change)
    world.restart(PEOPLE)
    world.say("dan", change)
    assert world.state(change) == "PROPOSED"
    assert world.say("cho", change).state == "APPROVED"


def test_nobody_decides_twice(world: World) -> None:
    world.changes(rules=[{"name": "two", "quorum": 2}])
    change = world.scale("ana")
    world.say("ben", change)
    for alias in ("", "slack:T1/BEN", "local:ben"):
        with pytest.raises(Refused, match="decided on this already"):
            world.say("ben", change, alias=alias)
    assert world.state(change) == "PROPOSED"


def test_a_late_deny_ends_what_was_approved(world: World) -> None:
    change = world.approved("ana")
    with pytest.raises(WrongState):
        world.say("cho", change)
    assert world.say("cho", change, "deny").state == "DENIED"
    assert world.board.written == []


def test_to_deny_no_fresh_login_is_needed_but_the_right_to_decide(world: World) -> None:
    change = world.scale("ana")
    with pytest.raises(Refused):
        world.say("eve", change, "deny")
    assert world.say("ben", change, "deny", age=86_400).state == "DENIED"


def test_a_login_that_does_not_say_when_it_was_decides_nothing(world: World) -> None:
    change = world.scale("ana")
    nobody = Decider(world.decider("ben").who, None, "", "web")
    with pytest.raises(NotSignedIn):
        world.office.decide(nobody, change.id, change.digest, "approve", "")
    with pytest.raises(NotSignedIn):
        world.say("ben", change, age=-120)


def test_a_channel_that_a_rule_does_not_name_decides_nothing(world: World) -> None:
    change = world.scale("ana")
    with pytest.raises(Refused, match="not decided over slack"):
        world.say("ben", change, channel="slack")


def test_what_expired_is_not_decided_any_more(world: World) -> None:
    change = world.scale("ana")
    world.clock.pass_by(hours=2)
    assert "expired" in world.office.may(world.decider("ben"), change.id)
    with pytest.raises(Refused, match="expired"):
        world.say("ben", change)
    assert world.state(change) == "EXPIRED"


def test_the_page_knows_who_may_decide_without_anything_being_kept(world: World) -> None:
    world.changes(rules=[{"name": "two", "quorum": 2}])
    change = world.scale("ana")
    size = world.audit.size()
    may = {name: world.office.may(world.decider(name), change.id) for name in ("ana", "ben", "eve")}
    assert may["ben"] == ""
    assert "asked for this" in may["ana"]
    assert "may not decide" in may["eve"]
    assert world.audit.size() == size
    world.say("ben", change)
    assert "already" in world.office.may(world.decider("ben"), change.id)
    world.office.halt(world.who("ana"), "odd")
    assert world.office.may(world.decider("cho"), change.id)


def test_a_policy_change_voids_what_is_open(world: World) -> None:
    asked, approved = world.scale("ana"), world.approved("ana", "ben", replicas=1)
    world.changes(rules=[{"name": "two", "quorum": 2}])
    assert world.office.sweep() == 2
    assert {world.state(asked), world.state(approved)} == {"REVOKED"}
    with pytest.raises(WrongState):
        world.executor.run(approved.id)


def test_a_requester_or_somebody_who_may_decide_takes_a_change_back(world: World) -> None:
    first, second, third = (world.scale("ana", replicas=each) for each in (1, 2, 4))
    assert world.office.revoke(world.decider("ana").who, first.id, "a mistake").state == "REVOKED"
    assert world.office.revoke(world.decider("ben").who, second.id, "").state == "REVOKED"
    with pytest.raises(Refused):
        world.office.revoke(world.decider("eve").who, third.id, "")
    with pytest.raises(Refused, match="vouches"):
        world.office.revoke(world.people.identified(Principal("oidc:mallory")), third.id, "")
    with pytest.raises(WrongState):
        world.office.revoke(world.decider("ana").who, first.id, "")


def test_a_halt_voids_what_is_open_and_stops_everything_until_somebody_resumes(world: World) -> None:
    asked, approved = world.scale("ana"), world.approved("ana", "ben", replicas=1)
    with pytest.raises(BadInput, match="say why"):
        world.office.halt(world.who("ana"), " ")
    assert world.office.halt(world.who("ana"), "odd things happen") == 2
    assert {world.state(asked), world.state(approved)} == {"REVOKED"}
    with pytest.raises(Refused, match="odd things"):
        world.scale("ana")
    halted = HaltedPolicy(world.rules().policy, world.store)
    assert halted.rule(world.who("ana"), Ask("chat", "openai", "send", "Provider")).rule == "halt"
    assert halted.rule(world.who("ana"), Ask("pods", "prod")).allowed
    assert halted.by_namespace == world.rules().policy.by_namespace
    with pytest.raises(Refused):
        world.office.resume(world.decider("eve"), "fine")
    with pytest.raises(NotSignedIn):
        world.office.resume(world.decider("ben", age=3600), "fine")
    world.office.resume(world.decider("ben"), "found it")
    assert world.desk.halted() == ""
    assert world.scale("ana").state == "PROPOSED"
    assert {"changes.halt", "changes.resume"} <= {record.kind for record in world.audit.since()}


def test_a_halt_between_request_and_preview_ends_the_request(world: World) -> None:
    world.waits = True
    change = world.scale("ana")
    world.ledger.halt("odd", by="oidc:ana")
    assert world.office.propose(change.id).state == "REVOKED"


def test_a_halt_that_the_sweep_has_not_seen_stops_decisions_and_executions_all_the_same(world: World) -> None:
    asked, approved = world.scale("ana"), world.approved("ana", "ben", replicas=1)
    world.ledger.halt("odd", by="oidc:ana")
    with pytest.raises(Refused, match="halted"):
        world.say("ben", asked)
    with pytest.raises(NotNow, match="halted"):
        world.executor.run(approved.id)
    assert world.desk.change(approved.id).note == "waits: changes are halted: odd"


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff\u2060", "\x00", "\x1b[31m"])
def test_a_halt_for_a_reason_that_nobody_can_see_is_refused_and_lifts_none(world: World, unseen: str) -> None:
    world.desk.halt(world.who("ana"), "odd requests at night")
    with pytest.raises(BadInput, match="say why"):
        world.desk.halt(world.who("ben"), unseen)
    assert world.desk.halted() == "odd requests at night"
    with pytest.raises(BadInput, match="needs a reason"):
        world.desk.request(world.who("ana"), "cordon", {"cluster": "prod", "name": "n1"}, reason=unseen)


def test_a_halt_without_a_reason_in_the_database_is_a_halt(world: World) -> None:
    with world.store.write() as connection:
        halt_in(connection, "", by="somebody", at="now")
    assert world.desk.halted() == "no reason is given"
    with pytest.raises(Refused, match="halted"):
        world.scale("ana")


def test_who_resumes_lifts_no_halt_that_they_have_not_seen(world: World) -> None:
    world.scale("ana")
    world.desk.halt(world.who("ana"), "odd")
    kept = world.office._voided

    def meanwhile() -> int:
        world.desk.halt(world.who("cho"), "odd again")
        return kept()

    world.office._voided = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Refused, match="odd again"):
        world.office.resume(world.decider("ben"), "it was a test")
    assert world.desk.halted() == "odd again"


def test_rows_that_make_no_sense_hide_nothing_from_a_halt(world: World) -> None:
    approved = world.approved("ana", "ben")
    row = {
        "state": "REQUESTED", "cluster": "prod", "namespace": "", "conversation": "", "request": [1],
        "requested_at": "9", "expires_at": "9", "note": "",
    }  # fmt: skip
    with world.store.write() as connection:
        connection.execute(insert(change_rows), [{**row, "id": f"chg-{n:012d}"} for n in range(1_100)])
    world.office.halt(world.who("ana"), "odd")
    assert world.state(approved) == "REVOKED"


@pytest.mark.parametrize("first", ["sweep", "resume"])
def test_what_a_halt_of_the_chat_side_found_open_is_void_when_it_is_lifted(world: World, first: str) -> None:
    asked, approved = world.scale("ana"), world.approved("ana", "ben", replicas=1)
    assert world.desk.halt(world.who("ana"), "odd") == "odd"
    if first == "sweep":
        assert world.office.sweep() == 2
    world.office.resume(world.decider("ben"), "found it")
    assert {world.state(asked), world.state(approved)} == {"REVOKED"}


@pytest.mark.parametrize("applied", [True, False])
def test_a_person_says_what_became_of_a_change_that_nobody_could_read(applied: bool, world: World) -> None:
    change = world.approved("ana")
    world.board.fault = "lost before"
    assert world.executor.run(change.id) == "OUTCOME_UNKNOWN"
    world.board.edit("deployments.apps", "shop", "web", {"spec": {"replicas": 7}})
    world.clock.pass_by(seconds=SETTLE_AFTER.total_seconds() + 1)
    world.executor.recover()
    assert "a person has to settle it" in world.desk.change(change.id).note
    with pytest.raises(Refused):
        world.office.settle(world.decider("eve"), change.id, applied=applied, reason="")
    ended = world.office.settle(world.decider("ben"), change.id, applied=applied, reason="I looked")
    assert ended.state == ("SUCCEEDED" if applied else "FAILED")
    assert ended.outcome is not None
    assert ended.outcome.changed is applied
    with pytest.raises(WrongState):
        world.office.settle(world.decider("ben"), change.id, applied=applied, reason="")


def test_who_lost_their_group_does_not_count_any_more(world: World) -> None:
    change = world.approved("ana")
    groups = {**HEADER["groups"], "sre": ["oidc:ana", "oidc:cho"]}
    world.bundle({**HEADER, "groups": groups})
    assert world.executor.run(change.id) == "REVOKED"
    assert world.board.written == []


def test_an_open_request_expires_too(world: World) -> None:
    world.waits = True
    change = world.scale("ana")
    world.clock.pass_by(minutes=20)
    assert world.office.sweep() == 1
    assert world.state(change) == "EXPIRED"


def test_a_freeze_lets_nothing_through_until_it_ends(world: World) -> None:
    start = world.clock.now()
    form = "%Y-%m-%dT%H:%M"
    until = start + timedelta(minutes=30)
    window = {"since": start.strftime(form), "until": until.strftime(form), "zone": "UTC"}
    world.changes(freezes=[{"name": "sale", "dated": [window]}])
    change = world.approved("ana")
    with pytest.raises(NotNow, match="sale"):
        world.executor.run(change.id)
    assert "sale" in world.desk.change(change.id).note
    world.clock.pass_by(minutes=31)
    assert world.executor.run(change.id) == "SUCCEEDED"
