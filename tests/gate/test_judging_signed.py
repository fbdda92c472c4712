"""What is signed: a proposal is its bytes, a decision is one person's on one proposal, a seal is on exactly one thing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from gate.judging import NOW, PROPOSAL, decision, proposal

from interlock.approvals.canonical import canonical
from interlock.approvals.card import Card
from interlock.approvals.changes import Change, Outcome
from interlock.approvals.decisions import Signed, Signer, read_unchecked
from interlock.approvals.proposal import Request, read_proposal, read_request, text_of, time_of
from interlock.core.audit.keys import open_key
from interlock.core.errors import BadInput, Refused

REQUEST = Request("scale", {"replicas": 2}, ("ana", "ben"), "load is low", "cli")
OTHER: dict[str, Any] = {
    "id": "chg-2",
    "action": "drain",
    "args": {"replicas": 3},
    "target": replace(PROPOSAL.target, name="api"),
    "risk": "high",
    "source": "replay",
    "preconditions": replace(PROPOSAL.preconditions, generation=4),
    "diff": "e" * 64,
    "pods": 4,
    "requesters": ("ana", "ben"),
    "automated": True,
    "break_glass": True,
    "owned": True,
    "solo": True,
    "policy": "v2",
    "record": 8,
    "made_at": NOW + timedelta(microseconds=1),
    "expires_at": NOW + timedelta(hours=2),
    "nonce": "m" * 32,
    "v": 2,
}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(open_key(tmp_path_factory.mktemp("key") / "own.key"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(open_key(tmp_path_factory.mktemp("key") / "other.key"))


def test_a_proposal_is_read_from_the_bytes_that_its_digest_names() -> None:
    made = proposal(
        target=replace(PROPOSAL.target, namespace=""), args={"list": [1, "two", None, {"a": True}]}
    )
    assert read_proposal(made.canonical(), made.digest) == made


@pytest.mark.parametrize("field", OTHER)
def test_nothing_of_a_proposal_changes_without_its_digest(field: str) -> None:
    """Every field there is."""
    assert OTHER.keys() == vars(PROPOSAL).keys()
    made = proposal(**{field: OTHER[field]})
    assert made.digest != PROPOSAL.digest
    with pytest.raises(Refused, match="not what its digest names") as refused:
        read_proposal(made.canonical(), PROPOSAL.digest)
    assert refused.value.rule == "digest"


@pytest.mark.parametrize(
    "kept", [b"", b"{", b"null", b"[]", PROPOSAL.canonical() + b" ", json.dumps(json.loads(PROPOSAL.canonical())).encode()]
)  # fmt: skip
def test_the_same_words_in_other_bytes_are_no_proposal(kept: bytes) -> None:
    with pytest.raises(Refused, match="not what its digest names"):
        read_proposal(kept, PROPOSAL.digest)


@pytest.mark.parametrize("kept", [b"[" * 100_000, b'{"pods":1e999}', b'{"v":9007199254740993}', b"\xff"])
def test_bytes_that_nothing_can_be_made_of_are_no_proposal(kept: bytes) -> None:
    for bytes_ in (kept, PROPOSAL.canonical().replace(b'"replicas":2', b'"replicas":' + kept)):
        with pytest.raises(Refused, match="not what its digest names"):
            read_proposal(bytes_, PROPOSAL.digest)


def test_a_value_that_canonical_json_cannot_hold_is_in_no_proposal() -> None:
    with pytest.raises(TypeError, match="set has no place in a proposal"):
        proposal(args={"all": {1}}).canonical()


def test_a_request_is_read_as_it_was_kept_and_anything_else_is_none() -> None:
    assert REQUEST.requester == "ana"
    said = REQUEST.as_json()
    assert said == {
        "action": "scale", "args": {"replicas": 2}, "requesters": ["ana", "ben"], "reason": "load is low",
        "surface": "cli", "automated": False, "break_glass": False, "aliases": [],
    }  # fmt: skip
    assert read_request(said) == REQUEST
    least = {name: said[name] for name in ("action", "args", "requesters", "reason", "surface")}
    assert read_request(least) == REQUEST
    with pytest.raises(BadInput, match="holds no request"):
        read_request({**said, "args": 1})


def test_a_time_is_kept_in_one_width_and_zone_so_that_texts_compare_as_times_do() -> None:
    east = timezone(timedelta(hours=2))
    assert text_of(datetime(2026, 11, 23, 14, 0, tzinfo=east)) == "2026-11-23T12:00:00.000000+00:00"
    assert text_of(NOW.replace(microsecond=5)) == "2026-11-23T12:00:00.000005+00:00"
    assert time_of(text_of(NOW)) == NOW
    assert time_of("2026-11-23T12:00:00").tzinfo is UTC


def test_a_decision_is_opened_as_it_was_signed(signer: Signer) -> None:
    for made in (decision("ben"), decision("cho", "deny", login_at=None, acr="")):
        signed = signer.signed(made)
        assert signer.opened(signed) == made
        assert read_unchecked(signed) == made
        assert signer.all_opened([signed], "chg-1", PROPOSAL.digest) == (made,)
    assert decision("ben").as_json() == {
        "change": "chg-1", "digest": PROPOSAL.digest, "principal": "ben", "alias": "", "verdict": "approve",
        "reason": "looks right", "at": text_of(NOW), "channel": "web", "login_at": text_of(NOW), "acr": "mfa",
        "v": 1,
    }  # fmt: skip
    assert decision("ben", login_at=None).as_json()["login_at"] is None


def forgeries(signer: Signer, other: Signer) -> dict[str, Signed]:
    made = signer.signed(decision("ben"))
    return {
        "another key": other.signed(decision("ben")),
        "another person": Signed(decision("cho").canonical(), made.signature),
        "no signature": Signed(made.body, ""),
        "not hex": Signed(made.body, "zz"),
        "cut": Signed(made.body, made.signature[:-2]),
    }


@pytest.mark.parametrize("forgery", ["another key", "another person", "no signature", "not hex", "cut"])
def test_a_decision_that_was_not_signed_here_is_none(forgery: str, signer: Signer, other: Signer) -> None:
    forged = forgeries(signer, other)[forgery]
    with pytest.raises(Refused, match="a decision on this change was not made here") as refused:
        signer.opened(forged)
    assert refused.value.rule == "signature"
    with pytest.raises(Refused, match="was not made here"):
        signer.all_opened([signer.signed(decision("dan")), forged], "chg-1", PROPOSAL.digest)


@pytest.mark.parametrize("of", [("chg-2", PROPOSAL.digest), ("chg-1", "0" * 64)])
def test_one_decision_of_another_proposal_spoils_all(of: tuple[str, str], signer: Signer) -> None:
    signed = [signer.signed(each) for each in (decision("ben"), decision("cho", change=of[0], digest=of[1]))]
    with pytest.raises(Refused, match="a decision belongs to another proposal") as refused:
        signer.all_opened(signed, "chg-1", PROPOSAL.digest)
    assert refused.value.rule == "signature"


SEALED: tuple[Any, ...] = ("card", "chg-1", "d" * 64, {"title": "Scale"})


@pytest.mark.parametrize("place", range(4))
def test_a_seal_is_on_one_thing_of_one_proposal(place: int, signer: Signer, other: Signer) -> None:
    seal = signer.seal(*SEALED)
    signer.check_seal(*SEALED, seal)
    elsewhere = [*SEALED]
    elsewhere[place] = ("plan", "chg-2", "e" * 64, {"title": "Drain"})[place]
    with pytest.raises(Refused, match=f"the {elsewhere[0]} of this change was not made here") as refused:
        signer.check_seal(*elsewhere, seal)
    assert refused.value.rule == "signature"
    for none in (None, "", "zz", 7, other.seal(*SEALED)):
        with pytest.raises(Refused):
            signer.check_seal(*SEALED, none)


def test_what_is_sealed_and_signed_stays_so_in_the_next_version(tmp_path: Path) -> None:
    """What is under a signature is a format: another word in it would void all that is open."""
    key = open_key(tmp_path / "own.key")
    seal = Signer(key).seal("plan", "chg-1", "d" * 64, [1])
    body = b'{"body":[1],"change":"chg-1","digest":"' + b"d" * 64 + b'","sealed":"plan"}'
    key.public_key().verify(bytes.fromhex(seal), body)
    signed = Signer(key).signed(decision("ben"))
    key.public_key().verify(bytes.fromhex(signed.signature), canonical(decision("ben").as_json()))


def test_a_card_is_shown_as_it_was_sealed(signer: Signer) -> None:
    card: dict[str, Any] = {"title": "Scale", "args": ["replicas: 2"]}
    sealed = signer.sealed_card("chg-1", "d" * 64, card)
    assert sealed == {**card, "seal": sealed["seal"]}
    assert card.keys() == {"title", "args"}
    signer.check_card("chg-1", "d" * 64, sealed)
    for kept in (None, {}, card, {**sealed, "title": "Drain"}, {**sealed, "more": 1}):
        with pytest.raises(Refused, match="the card of this change was not made here"):
            signer.check_card("chg-1", "d" * 64, kept)
    for change, digest in (("chg-2", "d" * 64), ("chg-1", "e" * 64)):
        with pytest.raises(Refused, match="was not made here"):
            signer.check_card(change, digest, sealed)


CARD = Card(
    title="Scale", target="web", risk="medium", args=("replicas: 2",), diff=("a",), radius=(), owner="",
    warnings=(), source="dry run", requesters=("ana",), automated=False, break_glass=False, solo=False,
    quorum="1 person", undone_by="scale", expires_at=text_of(NOW), digest="d" * 64, need={},
)  # fmt: skip


def change_of(**values: Any) -> Change:
    made = Change(
        id="chg-1", state="PROPOSED", action="scale", args={"replicas": 2}, cluster="prod", namespace="shop",
        target="deployments.apps shop/web in prod", requesters=("ana", "ben"), automated=False, surface="cli",
        conversation="c1", reason="load is low", break_glass=True, requested_at=NOW, digest="d" * 64,
        expires_at=NOW + timedelta(hours=1), card=CARD, decisions=(decision("cho"),), note="n",
        outcome=Outcome(True, False, "seen", {"action": "scale"}),
    )  # fmt: skip
    return replace(made, **values)


def test_a_change_is_told_in_its_documented_shape() -> None:
    assert change_of().as_json() == {
        "id": "chg-1", "state": "PROPOSED", "action": "scale", "args": {"replicas": 2}, "cluster": "prod",
        "namespace": "shop", "target": "deployments.apps shop/web in prod", "requesters": ["ana", "ben"],
        "automated": False, "surface": "cli", "conversation": "c1", "reason": "load is low", "break_glass": True,
        "requested_at": "2026-11-23T12:00:00.000000+00:00", "digest": "d" * 64,
        "expires_at": "2026-11-23T13:00:00.000000+00:00", "card": CARD.as_json(),
        "decisions": [{
            "principal": "cho", "verdict": "approve", "reason": "looks right",
            "at": "2026-11-23T12:00:00.000000+00:00", "channel": "web",
        }],
        "note": "n",
        "outcome": {"changed": True, "verified": False, "evidence": "seen", "inverse": {"action": "scale"}},
    }  # fmt: skip
    bare = change_of(card=None, outcome=None).as_json()
    assert bare["card"] is None and bare["outcome"] is None
    assert Outcome(None, False, "").as_json()["inverse"] is None


STATES: dict[Any, bool] = {"REQUESTED": True, "APPROVED": True, "CLAIMED": False, "DENIED": False}


@pytest.mark.parametrize("state", STATES)
def test_a_change_is_open_while_it_can_come_to_an_execution(state: Any) -> None:
    assert change_of(state=state).open is STATES[state]
