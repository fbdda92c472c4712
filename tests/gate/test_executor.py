"""Carrying out: once, as approved, and what becomes of it when something breaks in between."""

from __future__ import annotations

from typing import Any

import pytest
from gate.runs import WEB, Died, died, drained, outcome, ripen
from gate.world import World

from interlock.approvals.endings import SETTLE_AFTER
from interlock.approvals.journal import LedgerJournal
from interlock.approvals.standing import NotNow
from interlock.core.errors import Refused
from interlock.core.surroundings import Owner


def recovered(world: World) -> str:
    """What a fresh executor makes of what the last one left, once its claim lapsed and the loss is ripe."""
    ripen(world)
    other = world.another()
    other.recover()
    ripen(world)
    other.recover()
    return world.desk.list(world.who("ana"))[0].state


@pytest.mark.parametrize("fault", ["not sent", "answered"])
def test_a_write_that_changed_nothing_has_failed_and_is_not_sent_again(fault: Any, world: World) -> None:
    change = world.approved("ana")
    world.board.fault = fault
    assert world.executor.run(change.id) == "FAILED"
    assert outcome(world, change)["changed"] is False
    assert outcome(world, change)["inverse"] is None
    assert world.board.written == []


def test_a_lost_answer_is_unknown_until_the_stamp_is_found(world: World) -> None:
    change = world.approved("ana")
    world.board.fault = "lost after"
    assert world.executor.run(change.id) == "OUTCOME_UNKNOWN"
    assert world.executor.recover() == 1
    assert world.state(change) == "SUCCEEDED"
    assert world.board.written == [change.digest]


def test_a_request_that_never_arrived_is_settled_only_when_it_cannot_arrive_any_more(world: World) -> None:
    change = world.approved("ana")
    world.board.fault = "lost before"
    assert world.executor.run(change.id) == "OUTCOME_UNKNOWN"
    assert world.executor.recover() == 0
    assert world.state(change) == "OUTCOME_UNKNOWN"
    world.clock.pass_by(seconds=SETTLE_AFTER.total_seconds() + 1)
    assert world.executor.recover() == 1
    assert world.state(change) == "FAILED"
    assert outcome(world, change)["changed"] is False


def test_a_cluster_that_cannot_be_read_settles_nothing(world: World) -> None:
    change = world.approved("ana")
    world.board.fault = "lost after"
    world.executor.run(change.id)
    world.board.down = True
    assert world.executor.recover() == 0
    assert "not settled" in world.desk.change(change.id).note
    world.board.down = False
    world.executor.recover()
    assert world.state(change) == "SUCCEEDED"


def test_an_executor_that_died_before_it_meant_anything_changed_nothing(world: World) -> None:
    change = world.approved("ana")
    with pytest.raises(Died):
        world.another(credentials=lambda _: died()).run(change.id)
    assert world.state(change) == "CLAIMED"
    assert world.another().recover() == 0
    assert recovered(world) == "FAILED"
    assert world.board.written == []


def test_an_executor_that_died_before_the_call_is_settled_by_reading(world: World) -> None:
    change = world.approved("ana")
    world.board.at_write = died
    with pytest.raises(Died):
        world.executor.run(change.id)
    world.board.at_write = lambda: None
    assert recovered(world) == "FAILED"
    assert world.board.written == []


def test_an_executor_whose_claim_lapsed_sends_nothing(world: World) -> None:
    change = world.approved("ana")
    journal = LedgerJournal(world.ledger, change.id, "somebody", world.signer)
    with pytest.raises(Refused, match="lapsed"):
        journal.alive()


@pytest.mark.parametrize(
    ("between", "state"),
    [
        ({"spec": {"replicas": 5}}, "STALE"),
        ({"metadata": {"uid": "another"}}, "STALE"),
        ({"spec": {"minReadySeconds": 3}}, "STALE"),
        ({"spec": {"replicas": 2}}, "STALE"),
        ({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "app:x"}}}, "REVOKED"),
    ],
)
def test_an_object_that_is_not_what_was_approved_is_left_alone(
    between: dict[str, Any], state: str, world: World
) -> None:
    change = world.approved("ana")
    world.board.edit(*WEB, between)
    assert world.executor.run(change.id) == state
    assert world.board.written == []


def test_a_status_that_moves_every_second_voids_nothing(world: World) -> None:
    change = world.approved("ana")
    for _ in range(5):
        world.board.churn(*WEB)
    assert world.executor.run(change.id) == "SUCCEEDED"


def test_what_gitops_keeps_is_refused_unless_the_rules_allow_it(world: World) -> None:
    world.around.owned["web"] = Owner("argocd", "shop", "Application shop", reverts=True)
    assert "would undo" in world.scale("ana").note
    world.changes(gitops_owned=["live"])
    change = world.approved("ana")
    assert world.desk.change(change.id).card.owner  # type: ignore[union-attr]
    assert world.executor.run(change.id) == "SUCCEEDED"


def test_a_requester_who_lost_their_rights_in_the_cluster_gets_nothing_made(world: World) -> None:
    change = world.approved("ana")
    world.rights.refused.add("oidc:ana")
    assert world.executor.run(change.id) == "REVOKED"
    assert "does not let" in world.desk.change(change.id).note
    assert world.scale("ana").state == "DENIED"


def test_a_cluster_that_does_not_answer_is_waited_for(world: World) -> None:
    change = world.approved("ana")
    world.board.down = True
    with pytest.raises(NotNow):
        world.executor.run(change.id)
    assert world.state(change) == "APPROVED"
    world.board.down = False
    assert world.executor.run(change.id) == "SUCCEEDED"


def test_no_more_is_made_in_an_hour_than_the_cap_says(world: World) -> None:
    world.changes(defaults={"executions_per_hour": 1})
    first, second = world.approved("ana", "ben"), world.approved("ana", "ben", replicas=4)
    world.executor.run(first.id)
    third = world.approved("ana", "ben", replicas=6)
    with pytest.raises(NotNow):
        world.executor.run(third.id)
    world.clock.pass_by(minutes=61)
    assert world.executor.run(second.id) in ("EXPIRED", "STALE")
    fourth = world.approved("ana", "ben", replicas=7)
    assert world.executor.run(fourth.id) == "SUCCEEDED"


def test_what_expired_while_it_waited_is_not_made(world: World) -> None:
    change = world.approved("ana")
    world.clock.pass_by(hours=2)
    assert world.executor.run(change.id) == "EXPIRED"


def test_an_effect_that_does_not_come_is_told_with_what_would_undo_it(world: World) -> None:
    change = world.approved("ana")
    world.board.slow = True
    assert world.executor.run(change.id) == "FAILED"
    found = outcome(world, change)
    assert (found["changed"], found["verified"]) == (True, False)
    assert found["inverse"]["action"] == "scale"
    assert found["inverse"]["args"]["replicas"] == 3


def test_a_drain_is_made_step_by_step(world: World) -> None:
    change = drained(world)
    assert world.executor.run(change.id) == "SUCCEEDED"
    assert world.board.verbs == ["patch", "evict", "evict", "evict"]
    steps = [record.body["step"] for record in world.audit.since() if record.kind == "change.step"]
    assert len(steps) == 8
    assert outcome(world, change)["inverse"]["action"] == "uncordon"


def test_a_drain_whose_executor_died_is_gone_on_with_and_evicts_nobody_twice(world: World) -> None:
    change = drained(world)
    left = [3]

    def dies() -> None:
        left[0] -= 1
        if left[0] == 0:
            died()

    world.board.at_write = dies
    with pytest.raises(Died):
        world.executor.run(change.id)
    assert world.board.verbs == ["patch", "evict"]
    assert recovered(world) == "SUCCEEDED"
    assert world.board.verbs == ["patch", "evict", "evict", "evict"]
    assert world.audit.verify().intact


def test_a_drain_that_is_cancelled_stops_between_two_steps(world: World) -> None:
    change = drained(world)
    count = [0]

    def cancels() -> None:
        count[0] += 1
        if count[0] == 2:
            world.office.revoke(world.decider("ana").who, change.id, "wrong node")

    world.board.at_write = cancels
    assert world.executor.run(change.id) == "FAILED"
    assert world.desk.change(change.id).note == "cancelled"
    assert world.board.verbs == ["patch", "evict"]
    assert outcome(world, change)["changed"] is True
    assert outcome(world, change)["inverse"]["action"] == "uncordon"


def test_a_halt_stops_a_drain_between_two_steps(world: World) -> None:
    change = drained(world)
    world.board.at_write = lambda: world.ledger.halt("odd", by="oidc:dan")
    assert world.executor.run(change.id) == "FAILED"
    assert world.desk.change(change.id).note == "halted: odd"
    assert world.board.verbs == ["patch"]


def test_a_drain_that_people_no_longer_agree_on_is_not_gone_on_with(world: World) -> None:
    change = drained(world)
    world.board.at_write = lambda: died() if world.board.verbs else None
    with pytest.raises(Died):
        world.executor.run(change.id)
    from gate.world import HEADER

    world.bundle({**HEADER, "groups": {"sre": ["oidc:ana", "oidc:ben"]}})
    assert recovered(world) == "FAILED"
    assert "not gone on with" in world.desk.change(change.id).note
    assert outcome(world, change)["changed"] is True


def test_a_process_that_ends_leaves_a_drain_to_the_next(world: World) -> None:
    import threading

    stop = threading.Event()
    change = drained(world)
    world.board.at_write = stop.set
    assert world.another(stop=stop).run(change.id) == "CLAIMED"
    assert world.board.verbs == ["patch"]
    world.board.at_write = lambda: None
    assert recovered(world) == "SUCCEEDED"
    assert world.board.verbs == ["patch", "evict", "evict", "evict"]


def test_a_drain_on_a_cluster_that_went_away_is_taken_up_when_it_is_back(world: World) -> None:
    change = drained(world)

    def goes() -> None:
        world.board.down = True

    world.board.at_write = goes
    assert world.executor.run(change.id) == "OUTCOME_UNKNOWN"
    world.board.at_write = lambda: None
    world.board.down = False
    assert recovered(world) == "SUCCEEDED"
    assert world.board.verbs == ["patch", "evict", "evict", "evict"]
