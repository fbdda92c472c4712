"""Somebody else was there between the look and the deed: whoever comes second leaves alone what the first one did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.board import Writes
from gate.forging import Intruder
from gate.runs import Waiting, drained, ripen, take_over
from gate.world import World
from sqlalchemy import event as hooks
from sqlalchemy import insert, update

from interlock.approvals.errors import NotSent
from interlock.approvals.executor import Executor
from interlock.approvals.force import Force
from interlock.approvals.proposal import text_of
from interlock.approvals.standing import NotNow
from interlock.approvals.states import WrongState
from interlock.approvals.worker import Worker
from interlock.core.errors import NotFound
from interlock.core.events import Event
from interlock.core.store.tables import change as changes
from interlock.core.store.tables import execution


def before_the_claim(world: World, step: Callable[[], object]) -> Executor:
    """An executor that something happens to after its last look at the rules, right before it claims."""
    looks = [0]

    def rules() -> Force:
        looks[0] += 1
        if looks[0] == 2:
            step()
        return world.rules()

    return world.another(rules=rules)


def after_the_next_read(world: World, step: Callable[[], object], reads: int = 1) -> None:
    """Something happens once, as soon as the store has been read so many times and given back."""
    left = [step, *[lambda: None] * (reads - 1)]

    def read(*_: Any) -> None:
        if left:
            left.pop()()

    hooks.listen(world.store.engine, "checkin", read)


@dataclass
class Chat:
    """A conversation, which says when it was told something."""

    name: str = "chat"
    told: threading.Event = field(default_factory=threading.Event)

    def notify(self, number: int, conversation: str, event: Event) -> None:
        self.told.set()


def test_a_proposal_that_is_swapped_right_before_the_claim_is_not_what_is_made(
    world: World, tmp_path: Path
) -> None:
    agreed, intruder = world.approved("ana"), Intruder(world, tmp_path)
    swapped = replace(intruder.proposal(agreed), nonce="0" * 32)
    executor = before_the_claim(world, lambda: intruder.repropose(agreed, swapped))
    assert executor.run(agreed.id) == "REVOKED"
    assert "another proposal now" in world.desk.change(agreed.id).note
    assert world.board.written == []


def test_a_halt_right_before_the_claim_holds_the_change_back(world: World) -> None:
    agreed = world.approved("ana")
    executor = before_the_claim(world, lambda: world.ledger.halt("odd", by="oidc:dan"))
    with pytest.raises(NotNow, match="halted"):
        executor.run(agreed.id)
    assert world.state(agreed) == "APPROVED"
    assert world.board.written == []


def test_a_digest_that_the_store_says_was_executed_is_not_executed_whatever_the_record_says(
    world: World,
) -> None:
    agreed = world.approved("ana")
    row = {"digest": agreed.digest, "change": agreed.id, "cluster": "prod", "at": "2026-11-23T12:00:00Z"}
    with world.store.write() as connection:
        connection.execute(insert(execution).values(**row))
    assert world.executor.run(agreed.id) == "REVOKED"
    assert "executed before" in world.desk.change(agreed.id).note
    assert world.board.written == []


def test_an_executor_that_slept_through_its_claim_sends_nothing_and_leaves_the_end_to_the_next(
    world: World,
) -> None:
    agreed = world.approved("ana")

    def slept(_: str) -> Any:
        take_over(world)

    assert world.another(credentials=slept).run(agreed.id) == "FAILED"
    assert "died before anything was sent" in world.desk.change(agreed.id).note
    assert world.board.written == []


def test_a_run_that_breaks_off_after_its_claim_was_taken_over_does_not_overwrite_what_is_known(
    world: World,
) -> None:
    class Cut(Writes):
        def patch(self, *args: Any, **more: Any) -> Mapping[str, Any]:
            take_over(world)
            world.board.down = True
            raise NotSent("no connection")

    agreed = drained(world)
    executor = world.another(mutator=lambda _: Cut(world.board))
    assert executor.run(agreed.id) == "OUTCOME_UNKNOWN"
    assert "its executor died" in world.desk.change(agreed.id).note
    world.board.down = False
    ripen(world)
    world.executor.recover()
    assert world.state(agreed) == "SUCCEEDED"


def test_a_process_that_ends_does_not_let_go_of_what_another_one_holds_by_now(world: World) -> None:
    later = world.clock.now() + timedelta(hours=1)

    def taken_up() -> bool:
        with world.ledger.turn(agreed.id) as turn:
            turn.move("lose", by="executor-b")
            turn.move("resume", by="executor-b", owner="executor-b", lease_until=text_of(later))
        return True

    agreed = world.approved("ana")
    world.board.slow = True
    executor = world.another(stop=Waiting(taken_up), verify_within=timedelta(hours=1))
    assert executor.run(agreed.id) == "CLAIMED"
    kept, _ = world.ledger.get(agreed.id)
    assert (kept.owner, kept.lease_until) == ("executor-b", later)


def test_what_arrived_late_and_was_taken_up_meanwhile_is_not_said_to_have_never_arrived(
    world: World,
) -> None:
    agreed = world.approved("ana")
    world.board.fault = "late"
    world.board.slow = True
    assert world.executor.run(agreed.id) == "OUTCOME_UNKNOWN"
    ripen(world)
    looking = world.another(stop=Waiting(lambda: True), verify_within=timedelta(hours=1))
    reads = [0]

    def read(_: str) -> None:
        reads[0] += 1
        if reads[0] == 3:  # the object was read, its stamp was not there
            world.board.late.pop()()
            assert looking.recover() == 1

    world.board.reached = read
    assert world.executor.recover() == 0
    assert world.state(agreed) == "CLAIMED"
    assert world.ledger.get(agreed.id)[0].owner == looking.owner
    assert world.board.written == [agreed.digest]


def test_what_a_person_settled_while_it_was_being_read_stays_settled(world: World) -> None:
    agreed = world.approved("ana")
    world.board.fault = "lost before"
    world.executor.run(agreed.id)
    ripen(world)

    def settled(_: str) -> None:
        world.board.reached = lambda _: None
        world.office.settle(world.decider("ben"), agreed.id, applied=True, reason="I looked")

    world.board.reached = settled
    assert world.executor.recover() == 0
    assert world.state(agreed) == "SUCCEEDED"
    assert world.desk.change(agreed.id).note == "settled by hand: I looked"


def test_two_that_take_up_the_same_dead_run_take_it_up_once(world: World) -> None:
    agreed = world.approved("ana")
    with world.ledger.turn(agreed.id) as turn:
        turn.claim(owner="executor-dead", until=world.clock.now(), said={})
    other = world.another()
    after_the_next_read(world, other.recover)
    assert world.executor.recover() == 0
    assert [each.state for each in world.ledger.history(agreed.id)][-2:] == ["CLAIMED", "FAILED"]


def test_what_was_approved_while_the_sweep_looked_is_not_ended_by_what_it_saw(world: World) -> None:
    asked = world.scale("ana")
    world.clock.pass_by(minutes=61)

    def revoked() -> None:
        world.office.revoke(world.decider("ana").who, asked.id, "mine")

    # The sweep first asks whether everything is halted.
    after_the_next_read(world, revoked, reads=2)
    assert world.office.sweep() == 0
    assert world.state(asked) == "REVOKED"
    assert world.desk.change(asked.id).note == "revoked: mine"


def test_a_row_that_moved_under_a_turn_is_not_moved_from_where_it_was(world: World) -> None:
    asked = world.scale("ana")
    with world.ledger.turn(asked.id) as turn:
        turn.connection.execute(update(changes).where(changes.c.id == asked.id).values(state="DENIED"))
        with pytest.raises(WrongState):
            turn.move("approve", by="oidc:ben")
    assert world.state(asked) == "DENIED"
    assert [each.event for each in world.ledger.history(asked.id)] == ["request", "propose"]


def test_a_change_that_does_not_exist_is_not_taken_back(world: World) -> None:
    with pytest.raises(NotFound, match="no change chg-none") as absent:
        world.office.revoke(world.decider("ben").who, "chg-none", "x")
    assert absent.value.hint == "interlock proposals lists them"


# The worker, beside others.


def test_a_worker_that_is_ending_begins_no_run(world: World) -> None:
    agreed, stop = world.approved("ana"), threading.Event()
    worker = Worker(world.ledger, world.office, world.executor, every=60, stop=stop)
    stop.set()
    worker.once()
    assert world.state(agreed) == "APPROVED"
    assert world.board.written == []


def test_what_may_not_run_now_is_no_problem_of_the_worker(world: World) -> None:
    agreed, worker = world.approved("ana"), world.worker()
    world.board.down = True
    worker.once()
    assert worker.problem == ""
    assert world.desk.change(agreed.id).note.startswith("waits: ")
    assert world.state(agreed) == "APPROVED"


def test_a_look_that_takes_long_is_not_begun_again_by_the_next_pass(world: World) -> None:
    agreed, chat = world.approved("ana"), Chat()
    world.board.fault = "lost before"
    world.executor.run(agreed.id)
    reached, go_on, readers = threading.Event(), threading.Event(), set[str]()

    def read(point: str) -> None:
        name = threading.current_thread().name
        if point == "read" and name.startswith("approvals_"):
            readers.add(name)
            reached.set()
            assert go_on.wait(60)

    world.board.reached = read
    worker = Worker(
        world.ledger, world.office, world.executor, every=60, stop=threading.Event(), notifiers=[chat]
    )
    worker.start()
    assert reached.wait(30)
    world.waits = True
    world.scale("ana", replicas=7, conversation="c1")
    worker.poke()
    assert chat.told.wait(30)  # the second pass previewed it, and went on
    go_on.set()
    worker.stop()
    assert len(readers) == 1
    assert worker.problem == ""
