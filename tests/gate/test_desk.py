"""Asking for a change, and what asking alone can do: nothing."""

from __future__ import annotations

import pytest
from gate.world import World

from interlock.approvals.changes import Change
from interlock.approvals.desk import MOST_OPEN, Desk
from interlock.core.errors import BadInput, NotFound, Refused, UnknownName
from interlock.core.identity import Principal
from interlock.core.outbox import Outbox

ARGS = {"cluster": "prod", "namespace": "shop", "kind": "Deployment", "name": "web", "replicas": 2}


def test_an_action_that_does_not_exist_is_named_with_what_is_near(world: World) -> None:
    with pytest.raises(UnknownName, match="scael"):
        world.desk.request(world.who("ana"), "scael", ARGS, reason="x")


def test_an_unknown_argument_is_refused(world: World) -> None:
    with pytest.raises(BadInput, match="command"):
        world.desk.request(world.who("ana"), "scale", {**ARGS, "command": "rm"}, reason="x")


def test_a_change_needs_a_reason(world: World) -> None:
    with pytest.raises(BadInput, match="reason"):
        world.desk.request(world.who("ana"), "scale", ARGS, reason="  ")


def test_nobody_and_strangers_ask_for_nothing(world: World) -> None:
    with pytest.raises(Refused, match="nobody asks"):
        world.desk.request(Principal(""), "scale", ARGS, reason="x")
    with pytest.raises(Refused, match="may not request"):
        world.desk.request(world.who("eve"), "scale", ARGS, reason="x")
    assert world.desk.list(world.who("ana")) == []


def test_who_has_too_much_open_waits(world: World) -> None:
    for number in range(MOST_OPEN):
        world.scale("ana", replicas=number + 10)
    with pytest.raises(Refused, match="open"):
        world.scale("ana")
    assert world.scale("ben").state == "PROPOSED"


def test_what_is_read_is_what_the_reader_may_see(world: World) -> None:
    change = world.scale("ana")
    assert [each.id for each in world.desk.list(world.who("ben"))] == [change.id]
    assert world.desk.list(world.who("eve")) == []
    with pytest.raises(Refused):
        world.desk.get(world.who("eve"), change.id)
    with pytest.raises(Refused):
        world.desk.history(world.who("eve"), change.id)
    with pytest.raises(NotFound):
        world.desk.get(world.who("ana"), "chg-none")


def test_a_secret_in_a_reason_or_an_argument_is_not_shown(world: World) -> None:
    secret = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    given = {"cluster": "prod", "namespace": "shop", "kind": "Deployment", "name": "web"}
    change = world.desk.request(
        world.who("ana"), "label", {**given, "labels": {"team": secret}}, reason=f"for {secret}"
    )
    assert secret not in str(change.as_json())
    assert secret not in str([record.body for record in world.audit.since()])
    world.say("ben", change)
    world.executor.run(change.id)
    assert world.board.objects["deployments.apps", "shop", "web"]["metadata"]["labels"]["team"] == secret


def test_what_was_made_can_be_asked_to_be_undone(world: World) -> None:
    change = world.approved("ana")
    with pytest.raises(BadInput, match="nothing to undo"):
        world.desk.undo(world.who("ben"), change.id, reason="too small")
    world.executor.run(change.id)
    back = world.desk.undo(world.who("ben"), change.id, reason="too small")
    assert (back.state, back.args["replicas"], back.requesters) == ("PROPOSED", 3, ("oidc:ben",))
    world.say("ana", back)
    assert world.executor.run(back.id) == "SUCCEEDED"
    assert world.board.objects["deployments.apps", "shop", "web"]["spec"]["replicas"] == 3


def test_a_deleted_pod_is_not_asked_back(world: World) -> None:
    owner = {"kind": "ReplicaSet", "name": "web-1", "controller": True, "uid": "u"}
    world.board.put("pods", "shop", "web-1", kind="Pod", metadata={"ownerReferences": [owner]}, status={})
    args = {"cluster": "prod", "namespace": "shop", "name": "web-1"}
    change = world.desk.request(world.who("ana"), "delete-pod", args, reason="stuck")
    for decider in ("ben", "cho"):
        world.say(decider, change)
    world.executor.run(change.id)
    with pytest.raises(BadInput, match="nothing undoes"):
        world.desk.undo(world.who("ben"), change.id, reason="back")


def test_everybody_who_fed_the_conversation_is_a_requester(world: World) -> None:
    change = world.scale("ana", also=["slack:T1/BEN", "oidc:cho", "", "oidc:ana"])
    assert change.requesters == ("oidc:ana", "oidc:ben", "oidc:cho")
    for fed in ("ben", "cho"):
        with pytest.raises(Refused, match="fed the conversation"):
            world.say(fed, change)
    assert world.say("dan", change).state == "APPROVED"


def test_what_a_service_asks_for_needs_two_people(world: World) -> None:
    bot = Principal("service:bot", "service")
    change = world.desk.request(bot, "scale", ARGS, reason="an alert fired")
    assert change.automated
    assert world.say("ana", change).state == "PROPOSED"
    assert world.desk.change(change.id).note
    assert world.say("ben", change).state == "APPROVED"
    assert world.executor.run(change.id) == "SUCCEEDED"


def test_the_link_is_the_page_of_the_change(world: World) -> None:
    desk = Desk(world.ledger, world.rules, world.redactor, url="https://gate.example/")
    change = world.scale("ana")
    assert desk.link(change) == f"https://gate.example/changes/{change.id}"
    assert world.desk.link(change) == ""


def test_a_secret_that_a_change_would_replace_is_on_no_card_record_or_message(world: World) -> None:
    secret = "gh" + "p_" + "z9Y8x7W6v5U4t3S2r1Q0p9O8n7M6l5K4j3I2"
    world.board.edit(
        "deployments.apps", "shop", "web", {"metadata": {"annotations": {"example.com/key": secret}}}
    )
    given = {"cluster": "prod", "namespace": "shop", "kind": "Deployment", "name": "web"}
    args = {**given, "annotations": {"example.com/key": "rotated"}}
    change = world.desk.request(world.who("ana"), "annotate", args, reason="rotate", conversation="c1")
    world.say("ben", change)
    assert world.executor.run(change.id) == "SUCCEEDED"
    ended = world.desk.change(change.id)
    assert ended.card is not None
    told = [event.model_dump_json() for _, event in Outbox(world.store).since("c1")]
    records = [record.body for record in world.audit.since()]
    history = world.desk.history(world.who("ana"), change.id)
    assert "rotated" in ended.card.text()
    assert secret not in "".join(map(str, (ended.as_json(), ended.card.text(), told, records, history)))
    back = world.desk.undo(world.who("ben"), change.id, reason="the old one")
    world.say("ana", back)
    world.executor.run(back.id)
    held = world.board.objects["deployments.apps", "shop", "web"]["metadata"]["annotations"]
    assert held["example.com/key"] == secret


def test_a_character_that_nobody_sees_is_seen_on_the_card(world: World) -> None:
    given = {"cluster": "prod", "namespace": "shop", "kind": "Deployment", "name": "web"}
    args = {**given, "annotations": {"example.com/note": "safe\u202e\u200bevil"}}
    change = world.desk.request(world.who("ana"), "annotate", args, reason="x")
    assert change.card is not None
    assert any("safe\\u202e\\u200bevil" in line for line in change.card.diff)
    assert "safe\\u202e\\u200bevil" in " ".join(change.card.args)


def test_a_worker_that_is_faster_than_who_asked_makes_no_error(world: World) -> None:
    def asked(id: str) -> Change:
        world.office.propose(id)
        return world.office.propose(id)

    desk = Desk(world.ledger, world.rules, world.redactor, asked=asked)
    args = {**ARGS, "replicas": 5}
    change = desk.request(world.who("ana"), "scale", args, reason="x")
    assert change.state == "PROPOSED"
    assert [each["event"] for each in desk.history(world.who("ana"), change.id)] == ["request", "propose"]
