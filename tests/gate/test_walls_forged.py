"""Whoever writes the database without holding the key moves nothing: not an approval, not a proposal, not a plan."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.forging import Intruder
from gate.world import World

from interlock.approvals.changes import Change
from interlock.approvals.proposal import text_of
from interlock.approvals.states import WrongState
from interlock.approvals.steps import Step
from interlock.core.errors import Refused
from interlock.core.store.tables import change


@pytest.fixture
def intruder(world: World, tmp_path: Path) -> Intruder:
    return Intruder(world, tmp_path)


def test_a_row_set_to_approved_is_not_executed(world: World, intruder: Intruder) -> None:
    asked = world.scale("ana")
    intruder.put(asked, state="APPROVED")
    assert world.executor.run(asked.id) == "REVOKED"
    assert world.board.written == []
    assert "0 of 1 approvals" in world.desk.change(asked.id).note


def test_a_decision_signed_with_another_key_counts_for_nothing(world: World, intruder: Intruder) -> None:
    asked = world.scale("ana")
    intruder.approve(asked, "oidc:ben")
    intruder.put(asked, state="APPROVED")
    assert world.executor.run(asked.id) == "REVOKED"
    assert "was not made here" in world.desk.change(asked.id).note
    assert world.board.written == []


def test_no_vote_is_taken_beside_a_forged_one(world: World, intruder: Intruder) -> None:
    world.changes(rules=[{"name": "two", "quorum": 2}])
    asked = world.scale("ana")
    intruder.approve(asked, "oidc:ben")
    with pytest.raises(Refused, match="was not made here"):
        world.say("cho", asked)
    assert world.state(asked) == "PROPOSED"


def test_decisions_moved_from_another_proposal_are_not_its_own(world: World, intruder: Intruder) -> None:
    harmless, other = world.approved("ana"), world.scale("ana", replicas=1)
    intruder.move_decisions(harmless, other)
    intruder.put(other, state="APPROVED")
    assert world.executor.run(other.id) == "REVOKED"
    assert "belongs to another proposal" in world.desk.change(other.id).note
    assert world.board.written == []


@pytest.mark.parametrize("edit", [{"principal": "oidc:cho"}, {"digest": "0" * 64}, {"verdict": "approve"}])
def test_a_decision_edited_after_it_was_signed_is_none(
    edit: dict[str, Any], world: World, intruder: Intruder
) -> None:
    asked = world.scale("ana")
    world.say("ben", asked, "deny")
    intruder.edit_decisions(asked, **edit)
    intruder.put(asked, state="APPROVED")
    assert world.executor.run(asked.id) == "REVOKED"
    assert "was not made here" in world.desk.change(asked.id).note


def test_a_deny_that_was_deleted_stays_on_record(world: World, intruder: Intruder) -> None:
    asked = world.scale("ana")
    world.say("ben", asked, "deny")
    intruder.forget(asked, "decision")
    intruder.put(asked, state="PROPOSED")
    world.say("cho", asked)
    assert world.executor.run(asked.id) == "REVOKED"
    assert "the record says that this has ended" in world.desk.change(asked.id).note
    assert world.board.written == []


def test_the_bytes_of_a_proposal_edited_after_the_yes_void_it(world: World, intruder: Intruder) -> None:
    agreed = world.approved("ana")
    intruder.put(
        agreed, proposal=intruder.column(agreed, "proposal").replace(b'"replicas":2', b'"replicas":0')
    )
    assert world.executor.run(agreed.id) == "REVOKED"
    assert "not what its digest names" in world.desk.change(agreed.id).note
    assert world.board.written == []


def test_another_proposal_in_its_place_is_neither_decided_nor_run(world: World, intruder: Intruder) -> None:
    asked = world.scale("ana")
    made = intruder.proposal(asked)
    worse = replace(made, args={**made.args, "replicas": 0}, requesters=("oidc:dan",))
    intruder.repropose(asked, worse)
    with pytest.raises(Refused, match="was not made here"):
        world.say("ana", asked)
    assert "was not made here" in world.office.may(world.decider("ben"), asked.id)
    agreed = world.approved("ana", replicas=1)
    intruder.repropose(agreed, replace(intruder.proposal(agreed), nonce="0" * 32))
    assert world.executor.run(agreed.id) == "REVOKED"
    assert world.board.written == []


def test_a_card_that_shows_another_change_is_not_decided_on(world: World, intruder: Intruder) -> None:
    asked = world.scale("ana")
    lying = {**intruder.column(asked, "card"), "diff": ["spec.replicas: 3 -> 4"]}
    intruder.put(asked, card=lying)
    with pytest.raises(Refused, match="card of this change was not made here"):
        world.say("ben", asked)
    intruder.put(asked, card=None)
    with pytest.raises(Refused, match="was not made here"):
        world.say("ben", asked)


def test_the_card_of_another_proposal_does_not_fit(world: World, intruder: Intruder) -> None:
    one, two = world.scale("ana"), world.scale("ana", replicas=1)
    intruder.put(two, card=intruder.column(one, "card"))
    with pytest.raises(Refused, match="was not made here"):
        world.say("ben", two)


@pytest.mark.parametrize("forgotten", [(), ("execution",), ("execution", "decision")])
def test_a_change_put_back_to_approved_after_its_run_does_not_run_again(
    forgotten: tuple[str, ...], world: World, intruder: Intruder
) -> None:
    agreed = world.approved("ana")
    world.executor.run(agreed.id)
    assert len(world.board.written) == 1
    world.board.edit("deployments.apps", "shop", "web", {"spec": {"replicas": 3}})
    intruder.forget(agreed, *forgotten)
    intruder.put(agreed, state="APPROVED", intent=None, outcome=None, owner=None, lease_until=None)
    assert world.another().run(agreed.id) == "REVOKED"
    assert len(world.board.written) == 1


def test_a_run_that_was_claimed_and_put_back_is_told_by_the_record(world: World, intruder: Intruder) -> None:
    """Its object is as it was before, as after a claim whose request never left; only the record knows."""
    agreed = world.approved("ana")
    world.board.fault = "not sent"
    assert world.executor.run(agreed.id) == "FAILED"
    intruder.forget(agreed, "execution")
    intruder.put(agreed, state="APPROVED", intent=None, outcome=None, owner=None, lease_until=None)
    assert world.another().run(agreed.id) == "REVOKED"
    assert "the record says that this was executed before" in world.desk.change(agreed.id).note
    assert world.board.written == []


def test_requesters_edited_in_the_row_do_not_make_a_requester_an_approver(
    world: World, intruder: Intruder
) -> None:
    asked = world.scale("ana")
    intruder.put(asked, request={**intruder.column(asked, "request"), "requesters": ["oidc:dan"]})
    with pytest.raises(Refused, match="asked for this"):
        world.say("ana", asked)


def test_a_longer_life_in_the_row_is_not_the_proposals(world: World, intruder: Intruder) -> None:
    agreed = world.approved("ana")
    intruder.put(agreed, expires_at=text_of(world.clock.now() + timedelta(days=9)))
    world.clock.pass_by(hours=2)
    assert world.executor.run(agreed.id) == "EXPIRED"
    assert world.board.written == []


def test_a_row_that_nobody_asked_for_is_not_executed(world: World, intruder: Intruder) -> None:
    """Everything about it fits but the signatures: a proposal, a card, two approvals."""
    asked = world.scale("ana")
    made = replace(intruder.proposal(asked), id="chg-000000000000", nonce="0" * 32)
    held = {c.name: intruder.column(asked, c.name) for c in change.columns}
    own = intruder.signer.sealed_card(made.id, made.digest, {**held["card"], "digest": made.digest})
    row = held | {"id": made.id, "state": "APPROVED", "digest": made.digest, "proposal": made.canonical()}
    intruder.invent(**row | {"card": own})
    invented = replace(asked, id=made.id)
    for who in ("oidc:ben", "oidc:cho"):
        intruder.approve(invented, who)
    assert world.executor.run(made.id) == "REVOKED"
    assert world.board.written == []


def test_a_lost_run_that_nobody_began_is_looked_at_and_not_taken_up(world: World, intruder: Intruder) -> None:
    agreed = world.approved("ana")
    marks = {"target": asdict(intruder.proposal(agreed).target), "digest": agreed.digest, "verb": "patch"}
    intent = marks | {
        "version": "1",
        "marks": {"replicas": 2},
        "inverse": {"action": None, "args": {}, "reason": ""},
    }
    past = text_of(world.clock.now() - timedelta(hours=1))
    intruder.put(agreed, state="OUTCOME_UNKNOWN", intent=intent, owner="x", lease_until=past)
    world.executor.recover()
    assert world.state(agreed) == "FAILED"
    assert world.board.written == []


def drained(world: World) -> Change:
    """A drain of a node with one pod, agreed on by two."""
    world.board.put("nodes", "", "n1", kind="Node", spec={})
    world.board.put("pods", "shop", "db-0", kind="Pod", spec={"nodeName": "n2"}, status={})
    owner = {"kind": "ReplicaSet", "name": "web", "controller": True, "uid": "u"}
    meta = {"ownerReferences": [owner]}
    world.board.put("pods", "shop", "web-1", kind="Pod", metadata=meta, spec={"nodeName": "n1"}, status={})
    args = {"cluster": "prod", "name": "n1"}
    asked = world.desk.request(world.who("ana"), "drain", args, reason="the node is replaced")
    assert asked.state == "PROPOSED", asked.note
    for who in ("ben", "cho"):
        world.say(who, asked)
    assert world.state(asked) == "APPROVED"
    return asked


def stolen(world: World) -> list[dict[str, str]]:
    """A plan that evicts a pod which nobody approved."""
    uid = world.board.objects["pods", "shop", "db-0"]["metadata"]["uid"]
    return [asdict(Step(f"evict shop/db-0 {uid}", "shop", "db-0", uid))]


def test_a_drain_ends_the_pods_that_were_approved(world: World) -> None:
    agreed = drained(world)
    assert world.executor.run(agreed.id) == "SUCCEEDED"
    assert world.board.verbs == ["patch", "evict"]


def test_a_plan_written_into_the_row_of_an_approved_drain_is_not_followed(
    world: World, intruder: Intruder
) -> None:
    agreed = drained(world)
    seal = intruder.signer.seal("plan", agreed.id, agreed.digest, stolen(world))  # type: ignore[arg-type]
    for plan in ({"steps": stolen(world)}, {"steps": stolen(world), "seal": seal}):
        intruder.put(agreed, plan=plan)
        with suppress(WrongState):  # the first of them ended it
            world.executor.run(agreed.id)
    assert ("pods", "shop", "db-0") in world.board.objects
    assert world.board.verbs == []


def test_a_drain_that_nobody_began_is_not_gone_on_with(world: World, intruder: Intruder) -> None:
    agreed = drained(world)
    target = asdict(intruder.proposal(agreed).target)
    inverse = {"action": None, "args": {}, "reason": ""}
    intent = {"target": target, "digest": agreed.digest, "verb": "patch", "version": "1", "marks": {}}
    past = text_of(world.clock.now() - timedelta(hours=1))
    values = {"intent": intent | {"inverse": inverse}, "owner": "x", "lease_until": past}
    intruder.put(agreed, state="OUTCOME_UNKNOWN", plan={"steps": stolen(world)}, **values)
    world.executor.recover()
    assert world.board.verbs == []
    assert world.state(agreed) != "SUCCEEDED"


def test_a_finished_drain_put_back_to_unknown_is_not_done_again(world: World, intruder: Intruder) -> None:
    agreed = drained(world)
    world.executor.run(agreed.id)
    done = list(world.board.verbs)
    world.board.edit("nodes", "", "n1", {"spec": {"unschedulable": None}})
    intruder.forget(agreed, "change_step", "execution")
    past = text_of(world.clock.now() - timedelta(hours=1))
    intruder.put(agreed, state="OUTCOME_UNKNOWN", outcome=None, lease_until=past)
    world.executor.recover()
    assert world.state(agreed) == "FAILED"
    assert "the record says that this has ended" in world.desk.change(agreed.id).note
    assert world.board.verbs == done


@pytest.mark.parametrize(
    "broken",
    [
        {"request": {}},
        {"request": []},
        {"request": {"action": "rm -rf"}},
        {"request": {"action": "scale", "args": []}},
        {"requested_at": "yesterday"},
        {"expires_at": ""},
    ],
)
def test_a_request_that_makes_no_sense_holds_up_nobody_elses(
    broken: dict[str, Any], world: World, intruder: Intruder
) -> None:
    """In split mode the chat side may insert rows, and may be compromised."""
    asked = world.scale("ana")
    held = {c.name: intruder.column(asked, c.name) for c in change.columns}
    blank = {"digest": None, "proposal": None, "card": None, "state": "REQUESTED"}
    intruder.invent(**held | blank | {"id": "chg-000000000000"} | broken)
    world.say("ben", asked)
    world.worker().once()
    assert world.state(asked) == "SUCCEEDED"
    assert [each.id for each in world.desk.list(world.who("ana"))] == [asked.id]
    assert world.scale("ana", replicas=1).state == "PROPOSED"
