"""A change from its request to its end, and what is on record of it."""

from __future__ import annotations

import pytest
from gate.world import World

from interlock.approvals.states import WrongState
from interlock.core.errors import NotSignedIn, Refused


def test_what_one_asked_for_and_another_approved_runs_once(world: World) -> None:
    change = world.scale("ana")
    assert change.state == "PROPOSED", change.note
    assert change.card is not None
    assert "spec.replicas: 3 -> 2" in change.card.diff
    assert world.say("ben", change).state == "APPROVED"
    assert world.executor.run(change.id) == "SUCCEEDED"
    ended = world.desk.change(change.id)
    assert world.board.written == [change.digest]
    assert ended.outcome is not None
    assert (ended.outcome.changed, ended.outcome.verified) == (True, True)
    assert ended.outcome.inverse is not None
    assert ended.outcome.inverse["args"]["replicas"] == 3  # type: ignore[index, call-overload]
    with pytest.raises(WrongState):
        world.executor.run(change.id)
    assert world.audit.verify().intact
    kinds = [record.kind for record in world.audit.since()]
    assert kinds[-5:] == [
        "change.propose",
        "change.approve",
        "change.claim",
        "change.intend",
        "change.succeed",
    ]


def test_nobody_approves_what_they_asked_for(world: World) -> None:
    change = world.scale("ana")
    with pytest.raises(Refused, match="asked for this"):
        world.say("ana", change)


def test_an_alias_of_the_requester_does_not_approve_either(world: World) -> None:
    change = world.scale("ana")
    with pytest.raises(Refused, match="asked for this"):
        world.say("ana", change, alias="slack:T1/ANA")


def test_a_stale_login_decides_nothing(world: World) -> None:
    change = world.scale("ana")
    with pytest.raises(NotSignedIn):
        world.say("ben", change, age=7200)


def test_one_deny_ends_it(world: World) -> None:
    change = world.scale("ana")
    assert world.say("ben", change, "deny").state == "DENIED"
    with pytest.raises(WrongState):
        world.say("cho", change)
    with pytest.raises(WrongState):
        world.executor.run(change.id)
    assert world.board.written == []
