"""What is kept of a change: each move with its history, its record and its word, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from gate.alone import store_kind  # noqa: F401  a fixture
from gate.world import Moving
from sqlalchemy import insert, select, text, update

from interlock.approvals.decisions import Decision, Signed
from interlock.approvals.ledger import Kept, Ledger
from interlock.approvals.proposal import Request, text_of
from interlock.approvals.recorded import claimed, ended, intended
from interlock.approvals.states import WrongState
from interlock.core.audit import AuditLog, Record
from interlock.core.audit.chain import GENESIS, link
from interlock.core.audit.checkpoint import Checkpoint, Sealer
from interlock.core.audit.keys import open_key
from interlock.core.errors import NotFound, Refused
from interlock.core.store import Store
from interlock.core.store.tables import audit, change, change_event, execution, halt, outbox

NOW = "2026-11-23T12:00:00.000000+00:00"
REQUEST = Request("scale", {"replicas": 2}, ("oidc:ana", "oidc:ben"), "load is low", "web", True, True)
SECOND = timedelta(seconds=1)


class Shelf:
    """A place that keeps what was sealed."""

    name = "shelf"

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def put(self, checkpoint: Checkpoint) -> None:
        self.sizes.append(checkpoint.size)

    def all(self) -> list[Checkpoint]:
        return []


@pytest.fixture
def clock() -> Moving:
    return Moving()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def ledger(either_store: Store, clock: Moving, shelf: Shelf, tmp_path: Any) -> Ledger:
    sealer = Sealer(open_key(tmp_path / "seal.key"), [shelf], clock, every=1)
    return Ledger(either_store, AuditLog(either_store, clock, sealer=sealer), clock)


def add(ledger: Ledger, id: str = "chg-1", **values: Any) -> None:
    given: dict[str, Any] = {"cluster": "prod", "namespace": "shop", "conversation": "c1"}
    until = ledger.clock.now() + timedelta(minutes=15)
    ledger.add(id, values.pop("request", REQUEST), **{**given, "expires_at": until, **values})


def put(ledger: Ledger, id: str = "chg-1", **values: Any) -> None:
    with ledger.store.write() as connection:
        connection.execute(update(change).where(change.c.id == id).values(**values))


def rows(ledger: Ledger, table: Any) -> list[dict[str, Any]]:
    with ledger.store.read() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table))]


def records(ledger: Ledger) -> list[Record]:
    return list(ledger.audit.since())


def newest(ledger: Ledger) -> tuple[str, dict[str, Any]]:
    """The newest record, its pseudonyms read as the people that they stand for."""
    record, names = records(ledger)[-1], ledger.audit.names()

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(each) for each in value]
        return names.get(value, value) if isinstance(value, str) else value

    return record.kind, {key: named(value) for key, value in record.body.items()}


# Asked for.


def test_a_request_is_kept_with_its_history_and_its_record(ledger: Ledger, shelf: Shelf) -> None:
    add(ledger)
    kept, signed = ledger.get("chg-1")
    assert kept == Kept(
        id="chg-1", state="REQUESTED", cluster="prod", namespace="shop", conversation="c1",
        requested_at=ledger.clock.now(), expires_at=ledger.clock.now() + timedelta(minutes=15),
        request=REQUEST.as_json(), digest="", proposal=b"", card=None, intent=None, plan=None, outcome=None,
        note="", owner="", lease_until=None, cancelled_by="",
    )  # fmt: skip
    assert signed == []
    assert [vars(each) for each in ledger.history("chg-1")] == [
        {"at": NOW, "event": "request", "state": "REQUESTED", "principal": "oidc:ana", "note": ""}
    ]
    assert newest(ledger) == (
        "change.request",
        {
            "change": "chg-1", "action": "scale", "cluster": "prod", "namespace": "shop",
            "requesters": ["oidc:ana", "oidc:ben"], "surface": "web", "automated": True, "break_glass": True,
        },
    )  # fmt: skip
    assert shelf.sizes == [1]


def test_nothing_is_asked_for_while_everything_is_halted(ledger: Ledger) -> None:
    ledger.halt("odd", by="oidc:eve")
    with pytest.raises(Refused, match="changes are halted: odd") as refused:
        add(ledger)
    assert (refused.value.rule, refused.value.hint) == ("halt", "interlock resume")
    assert rows(ledger, change) == rows(ledger, change_event) == []


def test_a_column_is_told_as_it_is(ledger: Ledger) -> None:
    add(ledger)
    later = ledger.clock.now() + timedelta(hours=1)
    columns: dict[str, Any] = {
        "digest": "d" * 64, "proposal": b"bytes", "card": {"a": 1}, "intent": {"b": 2}, "plan": {"c": 3},
        "outcome": {"d": 4}, "note": "n", "owner": "e1", "cancelled_by": "oidc:dan",
    }  # fmt: skip
    put(ledger, **columns, lease_until=text_of(later))
    kept, _ = ledger.get("chg-1")
    assert {name: getattr(kept, name) for name in columns} == columns
    assert kept.lease_until == later
    assert "bytes" not in repr(kept)


@pytest.mark.parametrize(
    "look", [lambda ledger: ledger.get("chg-0"), lambda ledger: ledger.turn("chg-0").__enter__()]
)
def test_what_was_never_asked_for_is_not_found(look: Callable[[Ledger], Any], ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="there is no change chg-0") as missing:
        look(ledger)
    assert missing.value.hint == "interlock proposals lists them"


# Moved.


def proposed(ledger: Ledger, id: str = "chg-1", **values: Any) -> None:
    add(ledger, id, **values)
    with ledger.turn(id) as turn:
        turn.move("propose", by="interlock", digest=id.ljust(64, "0"), proposal=b"{}")


def test_a_move_is_state_history_record_and_word_in_one(ledger: Ledger, shelf: Shelf) -> None:
    add(ledger)
    ledger.clock.pass_by(seconds=5)  # type: ignore[attr-defined]
    with ledger.turn("chg-1") as turn:
        turn.move(
            "propose", by="x", note="n", text="the card", said={"risk": "low"}, digest="d" * 64, owner="o"
        )
        assert (turn.kept.state, turn.kept.note, turn.kept.digest, turn.kept.owner) == (
            "PROPOSED", "n", "d" * 64, "o",
        )  # fmt: skip
        assert shelf.sizes == [1]
    assert shelf.sizes == [1, 2]
    later = "2026-11-23T12:00:05.000000+00:00"
    assert vars(ledger.history("chg-1")[-1]) == {
        "at": later, "event": "propose", "state": "PROPOSED", "principal": "x", "note": "n",
    }  # fmt: skip
    # The record names the digest that the change had before: a claim is of what was approved.
    assert newest(ledger) == (
        "change.propose",
        {"change": "chg-1", "state": "PROPOSED", "by": "x", "digest": "", "note": "n", "risk": "low"},
    )
    (word,) = rows(ledger, outbox)
    assert (word["conversation"], word["at"]) == ("c1", later)
    said = {"type": "proposal", "change": "chg-1", "state": "PROPOSED", "text": "the card"}
    assert word["event"].items() >= said.items()


def test_a_move_without_words_of_its_own_tells_its_note_and_says_nothing_more(ledger: Ledger) -> None:
    add(ledger)
    with ledger.turn("chg-1") as turn:
        turn.move("revoke", by="x", note="a mistake")
    assert rows(ledger, outbox)[0]["event"]["text"] == "a mistake"
    add(ledger, "chg-2", conversation="")
    with ledger.turn("chg-2") as turn:
        turn.move("revoke", by="x")
    assert len(rows(ledger, outbox)) == 1
    assert ledger.get("chg-2")[0].note == ""
    said = {"change": "chg-2", "state": "REVOKED", "by": "x", "digest": "", "note": ""}
    assert newest(ledger) == ("change.revoke", said)


def test_what_cannot_happen_in_a_state_leaves_nothing_behind(ledger: Ledger) -> None:
    add(ledger)

    def halfway() -> None:
        with ledger.turn("chg-1") as turn:
            turn.keep(note="half done")
            turn.move("claim", by="x")

    with pytest.raises(WrongState, match="it cannot be executed now"):
        halfway()
    assert ledger.get("chg-1")[0].note == ""
    assert len(ledger.history("chg-1")) == len(records(ledger)) == 1


def test_a_change_that_moved_under_our_hands_is_not_moved_again(ledger: Ledger, shelf: Shelf) -> None:
    add(ledger)

    def overtaken() -> None:
        with ledger.turn("chg-1") as turn:
            turn.connection.execute(update(change).values(state="REVOKED"))
            turn.move("propose", by="x")

    with pytest.raises(WrongState, match="the change is REQUESTED: it cannot be proposed"):
        overtaken()
    assert ledger.get("chg-1")[0].state == "REQUESTED"
    assert (len(records(ledger)), shelf.sizes) == (1, [1])


def test_a_move_is_of_one_change_alone(ledger: Ledger) -> None:
    add(ledger)
    add(ledger, "chg-2")
    with ledger.turn("chg-1") as turn:
        turn.move("propose", by="x")
        turn.keep(owner="me")
    other, _ = ledger.get("chg-2")
    assert (other.state, other.owner) == ("REQUESTED", "")
    assert ledger.get("chg-1")[0].owner == "me"


def test_what_is_no_move_goes_on_record_with_the_rest_or_not_at_all(ledger: Ledger, shelf: Shelf) -> None:
    add(ledger)
    with ledger.turn("chg-1") as turn:
        turn.record("change.cancel", {"change": "chg-1"})
    assert newest(ledger) == ("change.cancel", {"change": "chg-1"})
    assert shelf.sizes == [1, 2]

    def broken() -> None:
        with ledger.turn("chg-1") as turn:
            turn.record("change.cancel", {"change": "chg-1"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert (len(records(ledger)), shelf.sizes) == (2, [1, 2])


# Decided.


def said(ledger: Ledger, who: str, id: str = "chg-1") -> tuple[Decision, Signed]:
    now = ledger.clock.now()
    made = Decision(id, id.ljust(64, "0"), who, "approve", "r", now, "web", now, "")
    return made, Signed(made.canonical(), f"sig-{who}")


def test_decisions_are_kept_one_each_oldest_first(ledger: Ledger) -> None:
    proposed(ledger)
    proposed(ledger, "chg-2")
    for who in ("oidc:cho", "oidc:ben"):
        with ledger.turn("chg-1") as turn:
            turn.decide(*said(ledger, who))
    with ledger.turn("chg-1") as turn:
        with pytest.raises(Refused, match="oidc:ben has decided on this already") as refused:
            turn.decide(*said(ledger, "oidc:ben"))
        assert refused.value.rule == "one-decision-each"
        turn.move("vote", by="x")  # the transaction goes on
        assert turn.decisions() == [said(ledger, who)[1] for who in ("oidc:cho", "oidc:ben")]
    with ledger.turn("chg-2") as turn:
        turn.decide(*said(ledger, "oidc:ben", "chg-2"))
    kept, signed = ledger.get("chg-1")
    assert (len(signed), kept.state) == (2, "PROPOSED")
    assert len(ledger.get("chg-2")[1]) == 1


# Claimed.


def claim(ledger: Ledger, id: str = "chg-1", **values: Any) -> None:
    proposed(ledger, id, **values)
    with ledger.turn(id) as turn:
        turn.move("approve", by="x")
        turn.claim(owner="e1", until=ledger.clock.now() + timedelta(minutes=3), said={"policy": "v1"})


def test_a_claim_is_owned_for_a_while_and_counted(ledger: Ledger) -> None:
    claim(ledger)
    kept, _ = ledger.get("chg-1")
    assert (kept.state, kept.owner) == ("CLAIMED", "e1")
    assert kept.lease_until == ledger.clock.now() + timedelta(minutes=3)
    digest = "chg-1".ljust(64, "0")
    assert rows(ledger, execution) == [{"digest": digest, "change": "chg-1", "cluster": "prod", "at": NOW}]
    assert newest(ledger) == (
        "change.claim",
        {"change": "chg-1", "state": "CLAIMED", "by": "e1", "digest": digest, "note": "", "policy": "v1"},
    )


def test_a_digest_is_claimed_once_whatever_the_row_says(ledger: Ledger) -> None:
    claim(ledger)
    put(ledger, state="APPROVED", owner=None, lease_until=None)
    with (
        pytest.raises(Refused, match="this proposal was executed before") as refused,
        ledger.turn("chg-1") as turn,
    ):
        turn.claim(owner="e2", until=ledger.clock.now(), said={})
    assert refused.value.rule == "single-use"
    assert ledger.get("chg-1")[0].state == "APPROVED"
    assert len(rows(ledger, execution)) == 1


def test_what_is_not_approved_is_not_claimed(ledger: Ledger) -> None:
    proposed(ledger)
    with pytest.raises(WrongState), ledger.turn("chg-1") as turn:
        turn.claim(owner="e1", until=ledger.clock.now(), said={})
    assert rows(ledger, execution) == []


def test_what_was_claimed_in_this_cluster_since_then_is_counted_and_this_one_is_not(ledger: Ledger) -> None:
    start = ledger.clock.now()
    for number, cluster in ((1, "prod"), (2, "lab"), (3, "prod"), (4, "prod")):
        claim(ledger, f"chg-{number}", cluster=cluster)
        ledger.clock.pass_by(seconds=1)  # type: ignore[attr-defined]
    with ledger.turn("chg-4") as turn:
        assert turn.executed_since(start - SECOND) == [start, start + 2 * SECOND]
        assert turn.executed_since(start) == [start + 2 * SECOND]
        assert turn.executed_since(start + 2 * SECOND) == []
    with ledger.turn("chg-2") as turn:
        assert turn.executed_since(start - SECOND) == []


# Looked through.


def test_changes_are_listed_newest_first_by_state_and_no_more_than_asked_for(ledger: Ledger) -> None:
    for id in ("chg-b", "chg-a"):
        add(ledger, id)
    ledger.clock.pass_by(seconds=1)  # type: ignore[attr-defined]
    proposed(ledger, "chg-c")

    def listed(*states: Any, **more: Any) -> list[str]:
        return [kept.id for kept in ledger.in_states(states, **more)]

    assert listed() == ["chg-c", "chg-a", "chg-b"]
    assert listed("REQUESTED") == ["chg-a", "chg-b"]
    assert listed("REQUESTED", "PROPOSED") == ["chg-c", "chg-a", "chg-b"]
    assert listed("DENIED") == []
    assert listed(limit=2) == ["chg-c", "chg-a"]


@pytest.mark.parametrize(
    "broken", [{"request": []}, {"requested_at": "x"}, {"expires_at": "x"}, {"lease_until": "x"}]
)
def test_a_row_that_makes_no_sense_is_left_out_and_hides_no_other(
    broken: dict[str, Any], ledger: Ledger
) -> None:
    for id in ("chg-1", "chg-2", "chg-3"):
        add(ledger, id)
    put(ledger, "chg-2", **broken)
    assert [kept.id for kept in ledger.in_states(())] == ["chg-1", "chg-3"]


@pytest.mark.parametrize("written", ["[" * 3_000 + "]" * 3_000, "{", "null", ""])
def test_what_cannot_even_be_read_is_left_out_and_hides_no_other(written: str, ledger: Ledger) -> None:
    """The chat side of a split gate may add rows, and may be compromised."""
    for id in ("chg-1", "chg-2", "chg-3"):
        add(ledger, id)
    with ledger.store.write() as connection:
        held = text("UPDATE change SET request = :written WHERE id = 'chg-2'")
        connection.execute(held, {"written": written})
    assert [kept.id for kept in ledger.in_states(())] == ["chg-1", "chg-3"]


def test_the_history_of_a_change_is_its_own_from_the_oldest_on(ledger: Ledger) -> None:
    add(ledger, "chg-2")
    proposed(ledger)
    with ledger.turn("chg-1") as turn:
        turn.move("deny", by="oidc:ben", note="no")
    assert [(each.event, each.principal) for each in ledger.history("chg-1")] == [
        ("request", "oidc:ana"), ("propose", "interlock"), ("deny", "oidc:ben"),
    ]  # fmt: skip


# Halted.


def test_a_halt_and_its_end_are_kept_and_on_record(ledger: Ledger, shelf: Shelf) -> None:
    add(ledger)
    assert ledger.halted() == ""
    ledger.halt("odd", by="oidc:eve")
    assert newest(ledger) == ("changes.halt", {"by": "oidc:eve", "reason": "odd"})
    assert ledger.halted() == "odd"
    with ledger.turn("chg-1") as turn:
        assert turn.halted() == "odd"
    ledger.clock.pass_by(seconds=5)  # type: ignore[attr-defined]
    ledger.lift("found it", by="oidc:ben", last=ledger.newest_halt())
    assert newest(ledger) == ("changes.resume", {"by": "oidc:ben", "reason": "found it"})
    assert ledger.halted() == ""
    with ledger.turn("chg-1") as turn:
        assert turn.halted() == ""
    (kept,) = rows(ledger, halt)
    assert (kept["at"], kept["principal"], kept["reason"]) == (NOW, "oidc:eve", "odd")
    assert (kept["lifted_at"], kept["lifted_by"]) == ("2026-11-23T12:00:05.000000+00:00", "oidc:ben")
    assert shelf.sizes == [1, 2, 3]


# On record.


def test_a_claim_counts_from_the_record_on_that_the_proposal_was_made_at(ledger: Ledger) -> None:
    log = ledger.audit
    assert not claimed(log, "d1", 0)
    at = log.append("change.claim", {"digest": "d1"}).seq
    assert claimed(log, "d1", at - 1)
    assert not claimed(log, "d1", at)
    assert not claimed(log, "d2", 0)
    assert not ended(log, "d1", 0)


def test_what_was_about_to_be_sent_is_known_from_the_very_first_record_on(ledger: Ledger) -> None:
    assert not intended(ledger.audit, "d1")
    ledger.audit.append("change.intend", {"digest": "d1"})
    assert intended(ledger.audit, "d1") is True
    assert intended(ledger.audit, "d2") is False


@pytest.mark.parametrize("body", [b"[" * 3_000, b"{", b'{"digest": 1}', b"\xff"])
def test_a_record_that_nobody_can_read_is_no_claim_and_hides_none(body: bytes, ledger: Ledger) -> None:
    """The chat side of a split gate may add records, and may be compromised."""
    row = {"seq": 1, "at": NOW, "kind": "change.claim", "body": body, "previous": "", "hash": "h"}
    with ledger.store.write() as connection:
        connection.execute(insert(audit).values(**row))
    assert not claimed(ledger.audit, "d1", 0)
    ledger.audit.append("change.claim", {"digest": "d1"})
    assert claimed(ledger.audit, "d1", 0)


def test_a_record_nested_too_deep_to_be_read_is_said_to_be_none(ledger: Ledger) -> None:
    body = b"[" * 3_000
    row = {"seq": 1, "at": NOW, "kind": "x", "body": body, "previous": GENESIS, "hash": link(GENESIS, body)}
    with ledger.store.write() as connection:
        connection.execute(insert(audit).values(**row))
    found = ledger.audit.verify()
    assert not found.intact
    assert found.problem == "record 1 is no record"


ENDS = ("succeed", "fail", "deny", "expire", "revoke", "stale")


@pytest.mark.parametrize(
    "event", [*ENDS, "propose", "vote", "approve", "claim", "lose", "resume", "intend", "step"]
)
def test_what_ended_on_record_has_ended_and_nothing_else_has(event: str, ledger: Ledger) -> None:
    at = ledger.audit.append(f"change.{event}", {"digest": "d1"}).seq
    assert ended(ledger.audit, "d1", at - 1) is (event in ENDS)
    assert not ended(ledger.audit, "d1", at)
    assert not ended(ledger.audit, "d2", 0)
    assert claimed(ledger.audit, "d1", 0) is (event == "claim")
