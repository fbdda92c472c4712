"""The holes of other gates, as read in their code or measured, each tried on this one.

Each name says the hole; docs/threat-model.md says whose it is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.world import HEADER, RULES, World

from interlock.approvals.decisions import Decider
from interlock.approvals.office import Office
from interlock.approvals.standing import NotNow
from interlock.approvals.states import WrongState
from interlock.core.errors import BadInput, InterlockError, Refused, UnknownName
from interlock.core.identity import Principal
from interlock.core.identity.oidc import NotSignedIn
from interlock.core.identity.people import Identified

WEB = ("deployments.apps", "shop", "web")
SCALE = {"cluster": "prod", "namespace": "shop", "kind": "Deployment", "name": "web", "replicas": 2}


def nothing_moved(world: World) -> bool:
    return world.board.written == [] and world.board.objects[WEB]["spec"]["replicas"] == 3


# Who decides.


@pytest.mark.parametrize("alias", ["oidc:ana", "slack:T1/ANA", "local:ana"])
@pytest.mark.parametrize("asked_as", ["oidc:ana", "slack:T1/ANA", "local:ana"])
def test_the_requester_does_not_approve_by_any_of_their_names(
    asked_as: str, alias: str, world: World
) -> None:
    who = world.people.identified(Principal(asked_as, surface="cli")).principal
    asked = world.desk.request(who, "scale", SCALE, reason="load is low")
    assert asked.requesters == ("oidc:ana",)
    with pytest.raises(Refused, match="asked for this"):
        world.say("ana", asked, alias=alias)


def test_somebody_who_fed_the_conversation_does_not_approve_what_came_of_it(world: World) -> None:
    asked = world.scale("ana", also=("slack:T1/BEN",))
    with pytest.raises(Refused, match="fed the conversation"):
        world.say("ben", asked)
    assert world.say("cho", asked).state == "APPROVED"


def test_one_person_with_three_identities_counts_once(world: World) -> None:
    world.changes(rules=[{"name": "two", "quorum": 2}])
    asked = world.scale("ana")
    assert world.say("ben", asked).state == "PROPOSED"
    for alias, channel in (("slack:T1/BEN", "slack"), ("local:ben", "cli"), ("oidc:ben", "web")):
        with pytest.raises(Refused):
            world.say("ben", asked, alias=alias, channel=channel)
    assert world.state(asked) == "PROPOSED"
    assert world.say("cho", asked).state == "APPROVED"


def test_two_accounts_that_turn_out_to_be_one_person_are_one_vote(world: World) -> None:
    """Signed as two people; mapped to one by the time of the execution."""
    world.changes(rules=[{"name": "two", "quorum": 2}])
    agreed = world.approved("ana", "ben", "cho")
    merged = replace(world.rules(), canonical=lambda id: {"oidc:cho": "oidc:ben"}.get(id, id))
    assert world.another(rules=lambda: merged).run(agreed.id) == "REVOKED"
    assert "1 of 2 approvals" in world.desk.change(agreed.id).note


def test_an_approver_who_turns_out_to_be_the_requester_is_none(world: World) -> None:
    agreed = world.approved("ana")
    merged = replace(world.rules(), canonical=lambda id: {"oidc:ben": "oidc:ana"}.get(id, id))
    assert world.another(rules=lambda: merged).run(agreed.id) == "REVOKED"
    assert "0 of 1 approvals" in world.desk.change(agreed.id).note


def test_somebody_whom_nobody_mapped_decides_nothing(world: World) -> None:
    """Not even under a policy that lets everybody decide."""
    everybody = '@id("all") permit (principal, action == Interlock::Action::"decide", resource);'
    world.bundle(HEADER, RULES + everybody)
    asked = world.scale("ana")
    for stranger in ("slack:T1/ZED", "oidc:zed", "local:root", ""):
        with pytest.raises(Refused):
            world.say("zed", asked, alias=stranger)
    assert nothing_moved(world)


def test_a_name_that_is_nobodys_asks_for_nothing_so_that_no_one_approves_their_own_under_it(
    world: World,
) -> None:
    everybody = '@id("all") permit (principal, action == Interlock::Action::"request", resource);'
    world.bundle(HEADER, RULES + everybody)
    for stranger in ("slack:T2/ANA", "oidc:ana2", "local:somebody"):
        with pytest.raises(Refused, match="nobody vouches"):
            world.desk.request(Principal(stranger), "scale", SCALE, reason="r")
    assert world.desk.list(world.who("ana")) == []


@pytest.mark.parametrize("id", ["service:bot", "oidc:ben", "approve:http"])
def test_a_service_token_is_nobodys_approval(id: str, world: World) -> None:
    asked = world.scale("ana")
    service = Identified(Principal(id, "service"), known=True, alias=id)
    decider = Decider(service, world.clock.now(), "", "web")
    with pytest.raises(Refused, match="only people decide"):
        world.office.decide(decider, asked.id, asked.digest, "approve", "x")


def test_no_login_is_no_answer_and_no_exception_is_a_yes(world: World) -> None:
    asked = world.scale("ana")
    nobody = Decider(Identified(Principal(""), known=True, alias=""), world.clock.now(), "", "web")
    with pytest.raises(Refused):
        world.office.decide(nobody, asked.id, asked.digest, "approve", "x")
    undated = replace(world.decider("ben"), login_at=None)
    with pytest.raises(NotSignedIn):
        world.office.decide(undated, asked.id, asked.digest, "approve", "x")
    tomorrow = replace(world.decider("ben"), login_at=world.clock.now().replace(year=2030))
    with pytest.raises(NotSignedIn):
        world.office.decide(tomorrow, asked.id, asked.digest, "approve", "x")


def test_who_may_only_read_does_not_approve(world: World) -> None:
    asked = world.scale("ana")
    with pytest.raises(Refused):
        world.say("eve", asked)


def test_nobody_who_administers_is_let_past_the_quorum(world: World) -> None:
    world.changes(rules=[{"name": "two", "quorum": 2}])
    asked = world.scale("ana")
    assert world.say("cho", asked).state == "PROPOSED"  # an owner is one person
    with pytest.raises(Refused):
        world.say("cho", asked)


@pytest.mark.parametrize("risky", ["rollout-restart", "scale"])
def test_a_button_in_slack_does_not_decide_on_more_than_low_risk(risky: str, world: World) -> None:
    args = {key: value for key, value in SCALE.items() if risky == "scale" or key != "replicas"}
    asked = world.desk.request(world.who("ana"), risky, args, reason="r")
    assert asked.card is not None and asked.card.risk != "low"
    with pytest.raises(Refused, match="not decided over slack"):
        world.say("ben", asked, alias="slack:T1/BEN", channel="slack")


def test_a_captured_click_sent_again_is_one_decision(world: World) -> None:
    world.changes(rules=[{"name": "two", "quorum": 2}])
    asked = world.scale("ana")
    world.say("ben", asked)
    for _ in range(3):
        with pytest.raises(Refused, match="decided on this already"):
            world.say("ben", asked)
    assert len(world.desk.change(asked.id).decisions) == 1


# What a yes is worth, and for how long.


def test_a_yes_is_used_once_and_not_for_thirty_days(world: World) -> None:
    agreed = world.approved("ana")
    world.executor.run(agreed.id)
    for _ in range(3):
        with pytest.raises(WrongState):
            world.executor.run(agreed.id)
    again = world.scale("ana", replicas=1)
    world.say("ben", again)
    world.clock.pass_by(hours=2)
    assert world.executor.run(again.id) == "EXPIRED"
    assert world.board.written == [agreed.digest]


def test_a_yes_to_one_is_no_yes_to_the_next_of_the_same_kind(world: World) -> None:
    first, second = world.scale("ana"), world.scale("ana")
    assert first.args == second.args
    assert first.digest != second.digest
    world.say("ben", first)
    assert world.state(second) == "PROPOSED"
    with pytest.raises(Refused, match="not the proposal"):
        world.office.decide(world.decider("ben"), second.id, first.digest, "approve", "same thing")


def test_nothing_is_planned_again_after_the_yes(world: World) -> None:
    agreed = world.approved("ana")
    world.board.edit(*WEB, {"spec": {"replicas": 7}})
    assert world.executor.run(agreed.id) == "STALE"
    assert world.board.objects[WEB]["spec"]["replicas"] == 7
    assert world.board.written == []


def test_what_waits_for_people_survives_a_restart_and_is_answered_after_it(world: World) -> None:
    asked = world.scale("ana")
    after = World(world.store, world.folder)
    after.board, after.clock.at = world.board, world.clock.at
    assert after.say("ben", after.desk.change(asked.id)).state == "APPROVED"


def test_somebody_who_repeats_the_request_gets_another_one_to_be_decided(world: World) -> None:
    changes = [world.scale("ana") for _ in range(10)]
    assert len({change.digest for change in changes}) == 10
    world.say("ben", changes[0])
    for change in changes:
        if world.state(change) == "APPROVED":
            world.executor.run(change.id)
    assert world.board.written == [changes[0].digest]


# What says that it is harmless.


@pytest.mark.parametrize(
    "claim", ["risk", "read_only", "readOnlyHint", "modifies_resource", "dry_run", "approved"]
)
def test_an_argument_that_says_it_is_harmless_is_refused(claim: str, world: World) -> None:
    for value in ("low", True, "none"):
        with pytest.raises(BadInput, match=claim):
            world.desk.request(world.who("ana"), "scale", {**SCALE, claim: value}, reason="r")


@pytest.mark.parametrize(
    "name",
    ["--dry-run=none", "-A", "web --server=https://evil", "web;reboot", "../secrets/x", "web\n", "Web"],
)
def test_a_name_is_a_name_and_no_flag(name: str, world: World) -> None:
    for field in ("name", "namespace"):
        with pytest.raises(BadInput, match=field):
            world.desk.request(world.who("ana"), "scale", {**SCALE, field: name}, reason="r")


@pytest.mark.parametrize(
    "action", ["", "kubectl", "bash", "exec", "apply", "Scale", "scale ", "terraform-apply"]
)
def test_an_action_of_an_unknown_kind_is_no_action(action: str, world: World) -> None:
    with pytest.raises(UnknownName):
        world.desk.request(world.who("ana"), action, SCALE, reason="r")


def test_a_reason_is_on_the_request_and_never_on_the_card(world: World) -> None:
    words = "APPROVED BY cho. risk low. Please click approve"
    asked = world.desk.request(world.who("ana"), "scale", SCALE, reason=words)
    assert asked.card is not None
    assert asked.reason == words
    assert "click approve" not in asked.card.text()
    assert "APPROVED BY" not in asked.card.text()


# What is missing or fails lets nothing through.


def test_without_a_policy_nothing_is_asked_for_and_nothing_decided(world: World, tmp_path: Path) -> None:
    asked = world.scale("ana")
    for file in (world.folder / "policy").iterdir():
        file.unlink()
    with pytest.raises(InterlockError):
        world.scale("ana")
    with pytest.raises(InterlockError):
        world.say("ben", asked)
    assert nothing_moved(world)


def test_nobody_at_all_asks_for_nothing(world: World) -> None:
    with pytest.raises(Refused, match="nobody asks"):
        world.desk.request(Principal(""), "scale", SCALE, reason="r")
    assert world.desk.list(world.who("ana")) == []


class Broken:
    """A policy that fails."""

    by_namespace = False

    def rule(self, *_: Any) -> Any:
        raise RuntimeError("the engine is gone")


def test_a_policy_that_fails_lets_nothing_through(world: World) -> None:
    asked, agreed = world.scale("ana"), world.approved("ana", replicas=1)
    failing = replace(world.rules(), policy=Broken())
    office = Office(world.ledger, world.desk, lambda: failing, world, world.signer, world.redactor)
    with pytest.raises(InterlockError):
        office.decide(world.decider("ben"), asked.id, asked.digest, "approve", "x")
    with pytest.raises(NotNow):
        world.another(rules=lambda: failing).run(agreed.id)
    assert nothing_moved(world)
    assert (world.state(asked), world.state(agreed)) == ("PROPOSED", "APPROVED")


def test_the_glass_is_not_broken_by_one_person_and_the_record_says_that_it_was(world: World) -> None:
    asked = world.scale("ana", break_glass=True)
    assert asked.card is not None
    assert asked.card.text().splitlines()[1].strip() == "BREAK GLASS"
    with pytest.raises(Refused, match="asked for this"):
        world.say("ana", asked)
    assert world.say("ben", asked).state == "PROPOSED"
    assert world.say("cho", asked).state == "APPROVED"
    proposed = next(each for each in world.audit.since() if each.kind == "change.propose")
    assert proposed.body["break_glass"] is True


def test_only_who_may_break_the_glass_breaks_it(world: World) -> None:
    world.bundle(HEADER, RULES.replace('@id("sre-glass") permit', '@id("sre-glass") forbid'))
    with pytest.raises(Refused):
        world.scale("ana", break_glass=True)
