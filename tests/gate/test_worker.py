"""What follows from requests and decisions without anybody waiting for it, and what conversations are told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from gate.world import World

from interlock.approvals.notify import deliver
from interlock.approvals.worker import Worker
from interlock.core.errors import Unreachable
from interlock.core.events import Event, ProposalEvent
from interlock.core.outbox import Outbox


@dataclass
class Chat:
    """A notifier that may be down."""

    name: str = "chat"
    down: bool = False
    said: list[tuple[int, str, Event]] = field(default_factory=list)

    def notify(self, number: int, conversation: str, event: Event) -> None:
        if self.down:
            raise Unreachable("the chat does not answer")
        self.said.append((number, conversation, event))


def states(chat: Chat) -> list[str]:
    return [event.state for _, _, event in chat.said if isinstance(event, ProposalEvent)]


def test_one_pass_previews_runs_and_ends_what_there_is(world: World) -> None:
    world.waits = True
    asked = world.scale("ana", replicas=1)
    world.waits = False
    approved = world.approved("ana", "ben")
    worker = world.worker()
    worker.once()
    assert (world.state(asked), world.state(approved)) == ("PROPOSED", "SUCCEEDED")
    world.clock.pass_by(hours=2)
    worker.once()
    assert world.state(asked) == "EXPIRED"
    assert worker.problem == ""


def test_what_goes_wrong_with_one_change_is_told_and_keeps_no_other_waiting(world: World) -> None:
    world.waits = True
    world.scale("ana", replicas=1)
    world.board.down = True
    worker = world.worker()
    worker.once()
    assert "does not answer" in worker.problem
    world.board.down = False
    worker.once()
    assert worker.problem == ""
    assert world.office.waiting() == []


def test_a_fault_of_ours_ends_no_pass(world: World) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret")

    world.board.at_write = broken
    change = world.approved("ana")
    worker = world.worker()
    worker.once()
    assert "ZeroDivisionError" in worker.problem
    assert "secret" not in worker.problem
    assert world.state(change) == "CLAIMED"


def test_a_running_worker_carries_out_what_is_approved_and_stops_when_told(world: World) -> None:
    done = threading.Event()
    world.board.at_write = done.set
    worker = Worker(world.ledger, world.office, world.executor, every=60, stop=threading.Event())
    worker.start()
    change = world.approved("ana")
    worker.poke(change.id)
    assert done.wait(30)
    worker.stop()
    assert world.state(change) == "SUCCEEDED"


def test_a_conversation_is_told_each_step_in_order_and_again_only_what_it_missed(world: World) -> None:
    chat, outbox = Chat(), Outbox(world.store)
    change = world.scale("ana", conversation="c1")
    world.say("ben", change)
    chat.down = True
    assert deliver(outbox, chat, world.clock) == 0
    chat.down = False
    assert deliver(outbox, chat, world.clock) == 2
    world.executor.run(change.id)
    worker = Worker(
        world.ledger, world.office, world.executor, every=60, stop=threading.Event(), notifiers=[chat]
    )
    worker.once()
    assert states(chat) == ["PROPOSED", "APPROVED", "CLAIMED", "SUCCEEDED"]
    assert deliver(outbox, chat, world.clock) == 0
    assert [number for number, _ in outbox.since("c1")] == [number for number, _, _ in chat.said]
    assert outbox.since("c1", outbox.since("c1")[-1][0]) == []
    assert outbox.since("another") == []
    first = chat.said[0][2]
    assert isinstance(first, ProposalEvent)
    assert "spec.replicas: 3 -> 2" in first.text


def test_a_change_outside_a_conversation_tells_nobody(world: World) -> None:
    world.approved("ana")
    assert Outbox(world.store).waiting("chat") == []
