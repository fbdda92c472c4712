"""A change of hundreds of pods fits on a card: what is left out is counted, and is under the digest all the same."""

from __future__ import annotations

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.runs import node
from gate.world import World

from interlock.approvals.radius import is_ready
from interlock.core.clusters.objects import KubeObject


def test_a_card_of_a_big_change_says_how_much_it_leaves_out(world: World) -> None:
    world.changes(defaults={"pods": 1000})
    node(world, 210)
    args = {"cluster": "prod", "name": "n1", "patience": 0}
    asked = world.desk.request(world.who("ana"), "drain", args, reason="kernel")
    assert asked.card is not None, asked.note
    radius = asked.card.radius[0]
    assert radius.startswith("210 pods: shop/web-0, ")
    assert radius.endswith(" and 190 more")
    assert len(asked.card.diff) == 201
    assert asked.card.diff[-1] == "(11 more lines: the proposal's digest covers them)"

    world.board.edit("pods", "shop", "web-209", {"metadata": {"uid": "another"}})
    for name in ("ben", "cho"):
        asked = world.say(name, asked)
    assert world.executor.run(asked.id) == "STALE"  # of a pod that was on no line of the card
    assert world.board.written == []


@pytest.mark.parametrize(
    ("leaving", "ready"), [({}, True), ({"deletionTimestamp": "2026-11-23T12:00:00Z"}, False)]
)
def test_a_pod_on_its_way_out_counts_for_no_replica_that_is_left(
    leaving: dict[str, str], ready: bool
) -> None:
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    pod = {"kind": "Pod", "metadata": {"name": "web-1", **leaving}, "status": status}
    assert is_ready(KubeObject(pod, "pods")) is ready
