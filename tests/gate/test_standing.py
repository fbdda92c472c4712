"""What was approved is held against what is so at its execution: people, rules, time, the cluster's own word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.world import HEADER, RULES, World

from interlock.approvals.changes import Change
from interlock.approvals.executor import Executor
from interlock.approvals.standing import NotNow
from interlock.approvals.states import WrongState
from interlock.core.errors import Refused, Unreachable
from interlock.core.identity import Principal
from interlock.core.policy.ask import Ask, Ruling

WEB = ("deployments.apps", "shop", "web")


def untouched(world: World) -> bool:
    return world.board.written == []


def as_if(world: World, **changed: Any) -> Executor:
    """An executor under rules that differ from those in force in this alone."""
    return world.another(rules=lambda: replace(world.rules(), **changed))


def without(world: World, person: str, group: str = "sre") -> Executor:
    """An executor whose directory knows that somebody left a group."""
    before = world.rules()

    def groups_of(who: str) -> frozenset[str]:
        return before.groups_of(who) - ({group} if who == person else set())

    class Left:
        by_namespace = False

        def rule(self, principal: Any, ask: Ask) -> Ruling:
            if principal.id == person:
                return Ruling(allowed=False, rule="no-permit")
            return before.policy.rule(principal, ask)

    return as_if(world, policy=Left(), groups_of=groups_of)


def test_an_approver_who_lost_their_role_meanwhile_does_not_count(world: World) -> None:
    agreed = world.approved("ana")
    assert without(world, "oidc:ben").run(agreed.id) == "REVOKED"
    assert "0 of 1 approvals" in world.desk.change(agreed.id).note
    assert untouched(world)


def test_a_requester_who_lost_their_role_meanwhile_voids_it(world: World) -> None:
    agreed = world.approved("ana")
    assert without(world, "oidc:ana").run(agreed.id) == "REVOKED"
    assert "its requester may no longer request scale" in world.desk.change(agreed.id).note
    assert untouched(world)


def test_a_requester_who_may_not_break_the_glass_any_more_voids_it(world: World) -> None:
    agreed = world.approved("ana", "ben", "cho", break_glass=True)
    before = world.rules()

    class Mended:
        by_namespace = False

        def rule(self, principal: Any, ask: Ask) -> Ruling:
            broken = ask.act == "breakGlass"
            return Ruling(False, "no-permit") if broken else before.policy.rule(principal, ask)

    assert as_if(world, policy=Mended()).run(agreed.id) == "REVOKED"
    assert untouched(world)


def test_a_group_that_has_to_be_among_the_approvers_has_to_be_so_still(world: World) -> None:
    world.changes(rules=[{"name": "owned", "groups": ["owners"], "quorum": 2}])
    asked = world.scale("ana")
    world.say("ben", asked)
    assert world.say("dan", asked).state == "PROPOSED"
    assert "nobody of owners" in world.desk.change(asked.id).note
    assert world.say("cho", asked).state == "APPROVED"
    left = as_if(world, groups_of=lambda who: world.rules().groups_of(who) - {"owners"})
    assert left.run(asked.id) == "REVOKED"
    assert untouched(world)


@pytest.mark.parametrize("what", ["policy", "groups_of"])
def test_a_directory_that_does_not_answer_lets_nothing_through_and_ends_nothing(
    what: str, world: World
) -> None:
    agreed = world.approved("ana")

    def down(*_: Any) -> Any:
        raise Unreachable("the directory does not answer")

    class Down:
        by_namespace = False
        rule = staticmethod(down)

    executor = as_if(world, **{what: Down() if what == "policy" else down})
    with pytest.raises(NotNow):
        executor.run(agreed.id)
    assert untouched(world)
    assert world.state(agreed) == "APPROVED"
    assert world.executor.run(agreed.id) == "SUCCEEDED"


def test_a_policy_that_changed_meanwhile_voids_it_even_when_it_would_allow_more(world: World) -> None:
    agreed = world.approved("ana")
    extra = '\n@id("all") permit (principal, action == Interlock::Action::"decide", resource);'
    world.bundle(HEADER, RULES + extra)
    assert world.executor.run(agreed.id) == "REVOKED"
    assert "policy changed" in world.desk.change(agreed.id).note
    assert untouched(world)


def test_a_late_no_stops_what_was_approved(world: World) -> None:
    agreed = world.approved("ana")
    assert world.say("cho", agreed, "deny").state == "DENIED"
    with pytest.raises(WrongState):
        world.executor.run(agreed.id)
    assert untouched(world)


def test_a_freeze_that_began_after_the_yes_holds_it_back_and_voids_nothing(world: World) -> None:
    weekly = {"days": ["mon"], "start": "12:30", "end": "13:30", "zone": "UTC"}
    world.changes(freezes=[{"name": "lunch", "weekly": [weekly]}])
    agreed = world.approved("ana")
    world.clock.pass_by(minutes=40)
    with pytest.raises(NotNow, match="lunch freezes such changes until 2026-11-23 13:30 UTC"):
        world.executor.run(agreed.id)
    assert (world.state(agreed), untouched(world)) == ("APPROVED", True)


def test_the_glass_may_be_broken_in_a_freeze_where_the_rules_say_so_and_still_takes_two(
    world: World,
) -> None:
    weekly = {"days": ["mon"], "start": "11:00", "end": "20:00", "zone": "UTC"}
    world.changes(freezes=[{"name": "sale", "break_glass": True, "weekly": [weekly]}])
    plain = world.approved("ana")
    with pytest.raises(NotNow, match="sale"):
        world.executor.run(plain.id)
    broken = world.scale("ana", replicas=1, break_glass=True)
    assert world.say("ben", broken).state == "PROPOSED"
    assert world.say("cho", broken).state == "APPROVED"
    assert world.executor.run(broken.id) == "SUCCEEDED"


def test_what_ran_in_the_last_hour_counts_against_the_cap_whoever_ran_it(world: World) -> None:
    world.changes(caps=[{"name": "slow", "executions_per_hour": 1}])
    world.board.workload("api")
    args = {"cluster": "prod", "namespace": "shop", "kind": "Deployment", "name": "api", "replicas": 1}
    second = world.desk.request(world.who("ana"), "scale", args, reason="r")
    world.say("ben", second)
    first = world.approved("ana")
    assert world.executor.run(first.id) == "SUCCEEDED"
    with pytest.raises(NotNow, match="cap slow allows 1 executions an hour"):
        world.another().run(second.id)
    assert world.board.written == [first.digest]


def test_a_change_of_more_pods_than_the_cap_is_not_proposed(world: World) -> None:
    owner = {"kind": "ReplicaSet", "name": "web", "controller": True, "uid": "u"}
    for number in range(4):
        labels = {"labels": {"app": "web"}, "ownerReferences": [owner]}
        world.board.put("pods", "shop", f"web-{number}", kind="Pod", metadata=labels, spec={}, status={})
    world.changes(caps=[{"name": "few", "pods": 3}])
    args = {"cluster": "prod", "namespace": "shop", "kind": "Deployment", "name": "web"}
    asked = world.desk.request(world.who("ana"), "rollout-restart", args, reason="r")
    assert asked.state == "DENIED"
    assert "cap few allows 3 pods" in asked.note


def test_the_clusters_own_word_about_the_requester_is_asked_twice(world: World) -> None:
    world.rights.refused.add("oidc:dan")
    assert world.scale("dan").state == "DENIED"
    agreed = world.approved("ana")
    world.rights.refused.add("oidc:ana")
    assert world.executor.run(agreed.id) == "REVOKED"
    assert untouched(world)
    patches = {access.verb for _, needed in world.rights.asked for access in needed}
    assert patches == {"patch"}


def test_a_halt_voids_what_is_open_and_what_comes_is_refused(world: World) -> None:
    agreed, asked = world.approved("ana"), world.scale("ana", replicas=1)
    world.office.halt(world.who("eve"), "something is odd")
    assert {world.state(agreed), world.state(asked)} == {"REVOKED"}
    for attempt in (
        lambda: world.scale("ana"),
        lambda: world.say("ben", asked),
        lambda: world.executor.run(agreed.id),
    ):
        with pytest.raises((Refused, WrongState)):
            attempt()
    world.office.resume(world.decider("cho"), "it was a drill")
    with pytest.raises(WrongState):
        world.executor.run(agreed.id)
    assert untouched(world)


def test_a_halt_that_comes_in_the_middle_stops_before_the_write(world: World) -> None:
    agreed = world.approved("ana")

    def halted(_: str) -> Any:
        world.office.halt(world.who("cho"), "stop")
        return None

    executor = world.another(credentials=halted)
    assert executor.run(agreed.id) == "FAILED"
    assert "halted: stop" in world.desk.change(agreed.id).note
    assert untouched(world)


# On a replay, and alone.


def test_what_was_proposed_on_a_replay_never_runs_on_a_cluster(world: World) -> None:
    world.recorded.add("prod")
    asked = world.scale("ana")
    assert asked.card is not None and asked.card.source == "replay"
    world.say("ben", asked)
    world.recorded.clear()  # the same name is a cluster now
    assert world.executor.run(asked.id) == "REVOKED"
    assert "proposed on a replay" in world.desk.change(asked.id).note
    assert untouched(world)


def test_what_was_proposed_on_a_cluster_does_not_run_where_there_is_only_a_recording(world: World) -> None:
    agreed = world.approved("ana")
    world.recorded.add("prod")
    assert world.executor.run(agreed.id) == "REVOKED"
    assert untouched(world)


@pytest.fixture
def alone(world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same gate with `approvals.solo`."""
    made = World(world.store, tmp_path_factory.mktemp("solo"), solo=True)
    made.board.workload()
    return made


def test_alone_one_person_may_and_every_record_says_that_they_were(alone: World) -> None:
    asked = alone.scale("ana")
    assert asked.card is not None
    assert "ONE PERSON ALONE MAY DECIDE" in asked.card.text()
    assert alone.say("ana", asked).state == "APPROVED"
    assert alone.executor.run(asked.id) == "SUCCEEDED"
    kinds = ("change.propose", "change.claim")
    said = [record.body.get("solo") for record in alone.audit.since() if record.kind in kinds]
    assert said == [True, True]


def test_what_was_approved_alone_is_void_when_solo_is_switched_off(alone: World) -> None:
    asked = alone.scale("ana")
    alone.say("ana", asked)
    sober = as_if(alone, solo=False)
    assert sober.run(asked.id) == "REVOKED"
    assert untouched(alone)


def test_solo_does_not_make_a_service_a_person(alone: World) -> None:
    asked = alone.scale("ana")
    decider = alone.decider("ana")
    service = replace(
        decider, who=replace(decider.who, principal=replace(decider.who.principal, kind="service"))
    )
    with pytest.raises(Refused, match="only people decide"):
        alone.office.decide(service, asked.id, asked.digest, "approve", "x")


# What automation asks for.


def bot(world: World) -> Change:
    args = {"cluster": "prod", "namespace": "shop", "kind": "Deployment", "name": "web", "replicas": 2}
    return world.desk.request(Principal("service:bot", "service"), "scale", args, reason="alert")


def test_what_a_service_asked_for_takes_two_people(world: World) -> None:
    asked = bot(world)
    assert asked.automated, asked.note
    assert world.say("ben", asked).state == "PROPOSED"
    assert world.say("cho", asked).state == "APPROVED"
    assert world.executor.run(asked.id) == "SUCCEEDED"
