"""Rows that cannot be read, written by whoever may add rows: everybody else halts, sweeps, lists and asks as before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.forging import Intruder
from gate.world import World

from interlock.approvals.proposal import json_of, read_proposal
from interlock.core.errors import BadInput, Refused

NEVER = "9999-12-31T23:59:59-14:00"
"""A time that is well written, and in UTC is past the last one there is."""

WORDS = ("title", "target", "risk", "owner", "source", "quorum", "undone_by", "digest")
CARD: dict[str, Any] = {
    **dict.fromkeys(WORDS, "x"),
    **{key: ["x"] for key in ("args", "diff", "radius", "warnings", "requesters")},
    **dict.fromkeys(("automated", "break_glass", "solo"), False),
    "expires_at": "2026-11-24T00:00:00+00:00",
    "need": {},
}
OUTCOME: dict[str, Any] = {"changed": True, "verified": True, "evidence": "", "inverse": {"x": 1}}


@pytest.fixture
def intruder(world: World, tmp_path: Path) -> Intruder:
    return Intruder(world, tmp_path)


def row(world: World, **values: Any) -> dict[str, Any]:
    """A request as the chat side may add one, with some columns of the intruder's own."""
    sound = {
        "id": "chg-odd",
        "state": "REQUESTED",
        "cluster": "prod",
        "namespace": "shop",
        "conversation": "",
        "requested_at": world.clock.now().isoformat(),
        "expires_at": "2026-11-24T00:00:00+00:00",
        "request": {
            "action": "scale",
            "args": {
                "cluster": "prod",
                "namespace": "shop",
                "kind": "Deployment",
                "name": "web",
                "replicas": 4,
            },
            "requesters": ["oidc:eve"],
            "reason": "r",
            "surface": "cli",
        },
        "note": "",
    }
    return {**sound, **values}


@pytest.mark.parametrize("column", ["requested_at", "expires_at", "lease_until"])
def test_a_row_with_a_time_past_the_last_one_holds_nobody_up(
    column: str, world: World, intruder: Intruder
) -> None:
    agreed = world.approved("ana")
    intruder.invent(**row(world, **{column: NEVER}))
    assert [each.id for each in world.desk.list(world.who("ana"))] == [agreed.id]
    assert world.office.sweep() == 0
    assert world.scale("cho", replicas=7).state == "PROPOSED"
    assert world.office.halt(world.who("ana"), "odd requests") == 2
    world.office.resume(world.decider("ben"), "found who")
    assert world.desk.halted() == ""
    assert world.state(agreed) == "REVOKED"


@pytest.mark.parametrize(
    "values",
    [
        {"card": {"x": 1}},
        {"card": ["x"]},
        {"card": CARD | {"expires_at": "soon"}},
        {"card": CARD | {"expires_at": NEVER}},
        {"card": CARD | {"title": "half a character: \ud83d"}},
        {"outcome": {"x": 1}},
        {"outcome": "x"},
        {"outcome": OUTCOME | {"inverse": {"x": 1e999}}},
    ],
    ids=str,
)
def test_a_row_whose_card_or_outcome_cannot_be_shown_is_left_out_of_the_list_and_hides_no_other(
    values: dict[str, Any], world: World, intruder: Intruder
) -> None:
    agreed = world.approved("ana")
    intruder.invent(**row(world, **values))
    assert [each.id for each in world.desk.list(world.who("ana"))] == [agreed.id]
    with pytest.raises(BadInput, match="chg-odd holds no change"):
        world.desk.get(world.who("ana"), "chg-odd")
    assert world.scale("cho", replicas=7).state == "PROPOSED"
    assert world.office.sweep() == 0
    assert world.office.halt(world.who("ana"), "odd requests") == 3


def test_a_row_with_a_card_and_an_outcome_that_can_be_shown_is_listed(
    world: World, intruder: Intruder
) -> None:
    intruder.invent(**row(world, card=CARD, outcome=OUTCOME))
    assert [each.id for each in world.desk.list(world.who("ana"))] == ["chg-odd"]


@pytest.mark.parametrize("time", ["made_at", "expires_at"])
def test_a_proposal_with_a_time_past_the_last_one_is_ended_by_the_sweep(
    time: str, world: World, intruder: Intruder
) -> None:
    broken, sound = world.scale("ana"), world.scale("ana", replicas=7)
    forged = json.dumps({**json_of(intruder.proposal(broken)), time: NEVER}).encode()
    with pytest.raises(Refused, match="not what its digest names"):
        read_proposal(forged, broken.digest)
    intruder.put(broken, proposal=forged)
    assert world.office.sweep() == 1
    assert (world.state(broken), world.state(sound)) == ("REVOKED", "PROPOSED")
