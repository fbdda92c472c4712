"""Rows that make no sense, written past the rules: they move nothing, hold nobody else up, and end by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.forging import Intruder
from gate.runs import outcome, ripen
from gate.world import HEADER, World
from sqlalchemy import insert

from interlock.approvals.changes import Change
from interlock.core.store.tables import change_step


@pytest.fixture
def intruder(world: World, tmp_path: Path) -> Intruder:
    return Intruder(world, tmp_path)


def test_what_was_denied_and_put_back_to_approved_is_denied_again(world: World, intruder: Intruder) -> None:
    agreed = world.approved("ana")
    world.say("cho", agreed, "deny")
    intruder.put(agreed, state="APPROVED")
    assert world.executor.run(agreed.id) == "DENIED"
    assert "it was denied: looks right" in world.desk.change(agreed.id).note
    assert world.board.written == []


def test_the_proposal_of_another_change_is_not_run_under_this_ones_id_though_our_own_key_sealed_it(
    world: World, intruder: Intruder
) -> None:
    agreed, other = world.approved("ana"), world.scale("ana", replicas=7)
    made = intruder.proposal(other)
    card = {key: each for key, each in intruder.column(other, "card").items() if key != "seal"}
    intruder.put(other, digest="f" * 64)  # two rows of one digest are refused by the store itself
    intruder.forget(agreed, "decision")
    intruder.put(
        agreed,
        proposal=made.canonical(),
        digest=made.digest,
        card=world.signer.sealed_card(agreed.id, made.digest, card),
    )
    assert world.executor.run(agreed.id) == "REVOKED"
    assert world.desk.change(agreed.id).note == "the proposal is of another change"
    assert world.board.written == []


@pytest.mark.parametrize("bytes_", [b"not json", b"{}", b"\xff"])
def test_a_proposal_that_cannot_be_read_is_ended_by_the_sweep(
    bytes_: bytes, world: World, intruder: Intruder
) -> None:
    broken, sound = world.scale("ana"), world.scale("ana", replicas=7)
    intruder.put(broken, proposal=bytes_)
    assert world.office.sweep() == 1
    assert (world.state(broken), world.state(sound)) == ("REVOKED", "PROPOSED")


def test_somebody_who_looks_while_all_is_halted_is_told_so(world: World) -> None:
    asked = world.scale("ana")
    assert world.office.may(world.decider("ben"), asked.id) == ""
    world.ledger.halt("odd requests", by="oidc:dan")
    assert "changes are halted: odd requests" in world.office.may(world.decider("ben"), asked.id)


def synced(world: World) -> Change:
    """An approved sync of an Argo CD Application."""
    world.board.put("applications.argoproj.io", "argocd", "shop", kind="Application", spec={"source": {}})
    given = {"cluster": "prod", "namespace": "argocd", "name": "shop", "revision": "main"}
    asked = world.desk.request(world.who("ana"), "argocd-sync", given, reason="r")
    assert asked.state == "PROPOSED", asked.note
    return world.say("ben", asked)


def test_a_plan_written_into_a_change_without_steps_does_not_make_it_run_again(
    world: World, intruder: Intruder
) -> None:
    agreed = synced(world)
    world.board.fault = "lost after"
    assert world.executor.run(agreed.id) == "OUTCOME_UNKNOWN"
    held = world.board.objects["applications.argoproj.io", "argocd", "shop"]
    held["status"] = {
        "operationState": {"startedAt": "now", "phase": "Succeeded", "operation": held.pop("operation")}
    }
    intruder.put(agreed, plan={"steps": []})
    ripen(world)
    world.executor.recover()
    assert world.board.written == [agreed.digest]
    assert world.state(agreed) == "SUCCEEDED"


def test_a_plan_written_into_a_change_without_steps_does_not_hide_that_it_was_made(
    world: World, intruder: Intruder
) -> None:
    agreed = world.approved("ana")
    world.board.fault = "lost after"
    assert world.executor.run(agreed.id) == "OUTCOME_UNKNOWN"
    intruder.put(agreed, plan={"steps": []})
    world.bundle({**HEADER, "groups": {"sre": ["oidc:ana", "oidc:cho"], "owners": []}})
    ripen(world)
    world.executor.recover()
    assert world.state(agreed) == "SUCCEEDED"
    assert outcome(world, agreed)["changed"] is True
    assert world.board.written == [agreed.digest]


def test_a_step_written_into_a_change_without_steps_does_not_make_it_half_done(
    world: World, intruder: Intruder
) -> None:
    agreed = world.approved("ana")
    row = {"change": agreed.id, "key": "cordon", "state": "started", "note": "", "at": "2026-11-23"}
    with world.store.write() as connection:
        connection.execute(insert(change_step).values(**row))
    world.board.fault = "answered"
    assert world.executor.run(agreed.id) == "FAILED"
    ended = world.desk.change(agreed.id).outcome
    assert ended is not None
    assert ended.changed is False
