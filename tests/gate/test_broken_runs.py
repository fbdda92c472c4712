"""Something breaks while a change is made: what is then said of it is what is known, and nothing is made of nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.board import DryRuns, Key, Writes
from gate.forging import Intruder
from gate.runs import WEB, Died, Waiting, died, drained, node, outcome, ripen, take_over
from gate.world import World
from sqlalchemy import Insert, text, update
from sqlalchemy import event as hooks
from sqlalchemy.exc import OperationalError

from interlock.approvals.changes import Change
from interlock.approvals.doors import Door
from interlock.approvals.errors import NotSent
from interlock.approvals.previewer import ClusterPreviewer
from interlock.approvals.standing import NotNow
from interlock.approvals.verbs import Previewer
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import Forbidden, InterlockError, StoreFailed
from interlock.core.store.tables import change as changes


def on_record(world: World, change: Change, kind: str) -> list[Mapping[str, Any]]:
    """What the record says of a change."""
    return [r.body for r in world.audit.since() if r.kind == kind and r.body.get("change") == change.id]


def test_what_cannot_be_put_on_record_is_not_sent(world: World) -> None:
    agreed = world.approved("ana")

    def full(_: str) -> Any:
        rename(world, "audit", "audit_gone")

    with pytest.raises(StoreFailed):
        world.another(credentials=full).run(agreed.id)
    assert world.board.written == []
    rename(world, "audit_gone", "audit")
    assert world.state(agreed) == "CLAIMED"
    take_over(world)
    assert world.state(agreed) == "FAILED"
    assert outcome(world, agreed)["changed"] is False


def rename(world: World, table: str, to: str) -> None:
    with world.store.write() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


def test_a_store_that_fails_once_ends_the_run_and_is_told_to_who_runs_it(world: World) -> None:
    agreed, fails = world.approved("ana"), [True]

    def full(_connection: Any, statement: Any, *_: Any) -> None:
        if (
            isinstance(statement, Insert)
            and "change.intend" in str(statement.compile().params)
            and fails.pop()
        ):
            raise OperationalError("insert", {}, Exception("disk is full"))

    hooks.listen(world.store.engine, "before_execute", full)
    with pytest.raises(StoreFailed, match="disk is full"):
        world.executor.run(agreed.id)
    assert world.state(agreed) == "CLAIMED"
    assert world.board.written == []
    hooks.remove(world.store.engine, "before_execute", full)
    take_over(world)
    assert world.desk.change(agreed.id).note == "its executor died before anything was sent"


@pytest.mark.parametrize("fault", [None, "lost after"])
def test_an_intent_that_was_deleted_in_mid_run_makes_neither_a_success_nor_an_untouched_cluster(
    fault: Any, world: World, tmp_path: Path
) -> None:
    agreed, intruder = world.approved("ana"), Intruder(world, tmp_path)
    world.board.fault = fault
    world.board.at_write = lambda: intruder.put(agreed, intent=None)
    with pytest.raises(InterlockError, match="no intent on disk") if fault is None else nullcontext():
        world.executor.run(agreed.id)
    take_over(world)
    ripen(world)
    world.executor.recover()
    assert world.state(agreed) == "OUTCOME_UNKNOWN"  # the record says that something was about to be sent
    settled = world.office.settle(world.decider("ben"), agreed.id, applied=True, reason="I looked")
    assert settled.state == "SUCCEEDED"
    assert world.board.written == [agreed.digest]


def test_a_row_that_says_unknown_and_was_never_claimed_is_not_settled(world: World, tmp_path: Path) -> None:
    agreed, intruder = world.approved("ana"), Intruder(world, tmp_path)
    intruder.put(agreed, state="OUTCOME_UNKNOWN")
    assert world.executor.recover() == 0
    assert world.state(agreed) == "OUTCOME_UNKNOWN"
    assert world.board.written == []


def test_a_process_that_ends_leaves_the_looking_to_the_next(world: World) -> None:
    agreed = world.approved("ana")
    world.board.slow = True
    ending = world.another(stop=Waiting(lambda: True), verify_within=timedelta(hours=1))
    assert ending.run(agreed.id) == "CLAIMED"
    held = world.board.objects[WEB]
    held["status"] = {"replicas": 2, "readyReplicas": 2, "observedGeneration": 2}
    world.executor.recover()
    world.executor.recover()
    assert world.state(agreed) == "SUCCEEDED"
    assert world.board.written == [agreed.digest]


def test_an_object_that_is_deleted_after_it_was_changed_is_no_success(world: World) -> None:
    agreed = world.approved("ana")
    world.board.landed = lambda key: world.board.objects.pop(key, None) and None
    assert world.executor.run(agreed.id) == "FAILED"
    found = outcome(world, agreed)
    assert (found["changed"], found["verified"]) == (True, False)
    assert "not found" in found["evidence"]


def test_an_effect_that_may_not_be_read_any_more_is_no_success_and_ends(world: World) -> None:
    def forbidden(point: str) -> None:
        if point == "read":
            raise Forbidden("the reader may not get deployments")

    agreed = world.approved("ana")
    world.board.landed = lambda _: setattr(world.board, "reached", forbidden)
    assert world.executor.run(agreed.id) == "FAILED"
    found = outcome(world, agreed)
    assert (found["changed"], found["verified"]) == (True, False)
    assert "may not get deployments" in found["evidence"]
    assert found["inverse"]["action"] == "scale"


# A drain, in the middle.


def test_a_drain_waits_for_a_budget_and_goes_on_when_it_allows(world: World) -> None:
    def allowed() -> bool:
        world.board.blocked = False
        return False

    agreed = drained(world, patience=60)
    world.board.blocked = True
    assert world.another(stop=Waiting(allowed)).run(agreed.id) == "SUCCEEDED"
    assert world.board.verbs == ["patch", "evict", "evict", "evict"]


def test_a_drain_whose_first_step_was_not_sent_to_a_cluster_that_went_away_is_not_called_untouched(
    world: World,
) -> None:
    class Cut(Writes):
        def patch(self, *args: Any, **more: Any) -> Mapping[str, Any]:
            world.board.down = True
            raise NotSent("no connection")

    agreed = drained(world)
    assert world.another(mutator=lambda _: Cut(world.board)).run(agreed.id) == "OUTCOME_UNKNOWN"
    assert world.desk.change(agreed.id).note == "no connection"
    world.board.down = False
    ripen(world)
    world.executor.recover()
    assert world.state(agreed) == "SUCCEEDED"


def died_after_the_first_step(world: World) -> Change:
    agreed = drained(world)
    world.board.at_write = lambda: died() if world.board.verbs else None
    with pytest.raises(Died):
        world.executor.run(agreed.id)
    world.board.at_write = lambda: None
    return agreed


def test_a_drain_that_died_waits_for_rules_that_can_be_read(world: World) -> None:
    agreed = died_after_the_first_step(world)
    rules = world.folder / "policy" / "rules.cedar"
    held = rules.read_text()
    rules.write_text("permit (")
    for _ in range(2):  # it is looked for first, and settled when nothing can be under way any more
        ripen(world)
        world.executor.recover()
    assert world.state(agreed) == "OUTCOME_UNKNOWN"
    assert "no rules in force" in world.desk.change(agreed.id).note
    rules.write_text(held)
    ripen(world)
    world.executor.recover()
    assert world.state(agreed) == "SUCCEEDED"


def test_a_drain_whose_proposal_was_overwritten_is_neither_gone_on_with_nor_called_untouched(
    world: World,
) -> None:
    agreed = died_after_the_first_step(world)
    with world.store.write() as connection:
        connection.execute(update(changes).where(changes.c.id == agreed.id).values(proposal=b"{}"))
    sent = list(world.board.verbs)
    for _ in range(2):
        ripen(world)
        world.executor.recover()
    assert world.state(agreed) == "OUTCOME_UNKNOWN"
    assert world.board.verbs == sent


@pytest.mark.parametrize("now", ["another", "none"])
def test_a_node_that_is_not_the_one_any_more_is_not_drained_further(now: str, world: World) -> None:
    agreed = died_after_the_first_step(world)
    if now == "another":
        world.board.edit("nodes", "", "n1", {"metadata": {"uid": "another"}})
    else:
        del world.board.objects["nodes", "", "n1"]
    for _ in range(2):
        ripen(world)
        world.executor.recover()
    assert world.state(agreed) == "FAILED"
    assert "is another one now" in world.desk.change(agreed.id).note
    assert outcome(world, agreed)["changed"] is True
    assert world.board.verbs == ["patch"]


def test_an_eviction_that_a_webhook_refuses_ends_the_drain_with_what_was_done(world: World) -> None:
    def refuses(_: Key) -> None:
        world.board.fault = "answered"

    agreed = drained(world)
    world.board.landed = refuses
    assert world.executor.run(agreed.id) == "FAILED"
    assert world.desk.change(agreed.id).note == "admission says no"
    found = outcome(world, agreed)
    assert (found["changed"], found["inverse"]["action"]) == (True, "uncordon")
    assert world.board.verbs == ["patch"]


@pytest.mark.parametrize("when", ["landed", "arriving"])
def test_a_pod_that_ends_by_itself_before_its_eviction_is_gone_and_no_error(when: str, world: World) -> None:
    def ends(point: str) -> None:
        # Right after the node was cordoned, or between the last look at the pod and its eviction.
        if point == when and world.board.verbs == ["patch"]:
            world.board.objects.pop(("pods", "shop", "web-0"), None)

    agreed = drained(world)
    world.board.reached = ends
    assert world.executor.run(agreed.id) == "SUCCEEDED"
    assert world.board.verbs == ["patch", "evict", "evict"]
    notes = {str(each["step"]): each["note"] for each in on_record(world, agreed, "change.step")}
    assert [note for step, note in notes.items() if "web-0" in step] == ["gone"]


def test_a_pod_that_moved_during_the_dry_run_is_a_warning_on_the_card(world: World) -> None:
    node(world)

    def moved(point: str) -> None:
        if point == "dry run":
            world.board.churn("pods", "shop", "web-0")

    world.board.reached = moved
    args = {"cluster": "prod", "name": "n1", "patience": 0}
    asked = world.desk.request(world.who("ana"), "drain", args, reason="kernel")
    assert asked.card is not None, asked.note
    assert asked.card.warnings == ("Pod shop/web-0 moved while it was looked at",)


# The world at the last look.


def test_a_cluster_that_is_not_configured_any_more_is_waited_for(world: World) -> None:
    agreed = world.approved("ana")
    world.board.name = "renamed"
    with pytest.raises(NotNow, match="prod"):
        world.executor.run(agreed.id)
    assert "waits: " in world.desk.change(agreed.id).note
    world.board.name = "prod"
    assert world.executor.run(agreed.id) == "SUCCEEDED"


class Doors:
    """The gate's door, with another previewer behind it."""

    def __init__(self, world: World, previewer: Previewer) -> None:
        self._world = world
        self._previewer = previewer

    def open(self, cluster: str) -> Door:
        held = self._world.open(cluster)
        return Door(held.sight, held.rights, self._previewer)


def test_a_dry_run_that_cannot_be_sent_holds_the_change_back_and_voids_nothing(world: World) -> None:
    agreed = world.approved("ana")
    nowhere = ClusterPreviewer(Endpoint("http://127.0.0.1:1"))
    with pytest.raises(NotNow, match="nothing was sent"):
        world.another(doors=Doors(world, nowhere)).run(agreed.id)
    nowhere.close()
    assert world.state(agreed) == "APPROVED"
    assert world.executor.run(agreed.id) == "SUCCEEDED"


def test_a_webhook_that_would_change_more_than_was_shown_voids_it(world: World) -> None:
    class Injecting(DryRuns):
        def patch(self, *args: Any, **more: Any) -> Mapping[str, Any]:
            made = dict(super().patch(*args, **more))
            return {**made, "spec": {**made["spec"], "strategy": {"type": "Recreate"}}}

    agreed = world.approved("ana")
    assert world.another(doors=Doors(world, Injecting(world.board))).run(agreed.id) == "STALE"
    assert world.desk.change(agreed.id).note == "the same change would change something else now"
    assert world.board.written == []
