"""A change of hundreds of pods fits on a card: what is left out is counted, and is under the digest all the same."""

from __future__ import annotations

from gate.alone import store_kind  # noqa: F401  a fixture
from gate.runs import node
from gate.world import World


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
