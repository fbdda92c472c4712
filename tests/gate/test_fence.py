"""An executor that stood still past its claim sends nothing any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gate.board import Writes
from gate.world import World

from interlock.approvals.errors import NotSent
from interlock.approvals.fence import Fenced
from interlock.approvals.journal import LEASE, MARGIN, LedgerJournal
from interlock.approvals.verbs import Mutator

ASKS: dict[str, Callable[[Mutator], object]] = {
    "patch": lambda to: to.patch("deployments.apps", "shop", "web", {}, "merge", "1"),
    "create": lambda to: to.create("jobs.batch", "shop", {"metadata": {"name": "x"}}),
    "delete": lambda to: to.delete("pods", "shop", "x", uid="u", version="1"),
    "evict": lambda to: to.evict("shop", "x", uid="u", version="1"),
    "create_silence": lambda to: to.create_silence({}),
    "expire_silence": lambda to: to.expire_silence("x"),
}


@pytest.mark.parametrize("verb", ASKS)
def test_nothing_is_sent_without_the_claim(verb: str, world: World) -> None:
    with pytest.raises(NotSent, match="stood still"):
        ASKS[verb](Fenced(Writes(world.board), lambda: False))
    assert world.board.written == []


def test_a_claim_holds_for_sending_until_shortly_before_its_end(world: World) -> None:
    change = world.approved()
    journal = LedgerJournal(world.ledger, change.id, "me", world.signer)
    assert not journal.held()
    until = world.clock.now() + LEASE
    with world.ledger.turn(change.id) as turn:
        turn.claim(owner="me", until=until, said={})
    journal.alive()
    world.clock.pass_by(seconds=(LEASE - MARGIN).total_seconds() - 1)
    assert journal.held()
    world.clock.pass_by(seconds=1)
    assert not journal.held()
    journal.alive()
    assert journal.held()
