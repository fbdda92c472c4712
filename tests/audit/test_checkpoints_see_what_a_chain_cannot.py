"""A bare chain verifies after its tail was cut off, or after all of it was written anew; a sealed one does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from interlock.core.audit import GENESIS, AuditLog, link
from interlock.core.audit.chain import content_of
from interlock.core.audit.checkpoint import Checkpoint, Sealer, checked
from interlock.core.audit.keys import open_key, public_of, public_pem
from interlock.core.audit.places import FilePlace
from interlock.core.clock import FixedClock
from interlock.core.errors import BadInput, InterlockError
from interlock.core.store import Store
from interlock.core.store.tables import audit

Tamper = Callable[..., None]


@pytest.fixture
def seals(place: FilePlace, tmp_path: Path, sealed_log: AuditLog) -> list[Checkpoint]:
    return checked(place.read(), open_key(tmp_path / "audit.key").public_key())


def rewritten(store: Store, *, without: int) -> None:
    """The whole chain again with one record left out: every hash right, every trigger satisfied."""
    with store.write() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.seq)).all()
        connection.execute(audit.delete())
        previous, seq = GENESIS, 0
        for row in rows:
            if row.seq == without:
                continue
            seq += 1
            content = content_of(seq, row.at, row.kind, json.loads(row.body)["body"])
            digest = link(previous, content)
            connection.execute(
                audit.insert().values(
                    seq=seq, at=row.at, kind=row.kind, body=content, previous=previous, hash=digest
                )
            )
            previous = digest


def test_an_untouched_chain_holds_and_says_how_much_is_sealed(
    sealed_log: AuditLog, seals: list[Checkpoint]
) -> None:
    found = sealed_log.verify(seals)
    assert found.intact
    assert (found.records, found.sealed) == (12, 10)


def test_a_tail_that_was_cut_off_is_seen_and_said_where(
    sealed_log: AuditLog, seals: list[Checkpoint], tamper: Tamper
) -> None:
    tamper("DELETE FROM audit WHERE seq > 7")
    assert sealed_log.verify().intact  # the reason for checkpoints
    found = sealed_log.verify(seals)
    assert found.broken_at == 8
    assert "10 records were sealed, 7 are left" in found.problem


def test_a_chain_written_anew_by_somebody_with_the_database_is_seen(
    sealed_log: AuditLog, seals: list[Checkpoint], either_store: Store, tamper: Tamper
) -> None:
    tamper()
    rewritten(either_store, without=3)
    assert sealed_log.verify().intact
    found = sealed_log.verify(seals)
    assert found.broken_at == 5
    assert "rewritten" in found.problem


def test_an_emptied_record_is_seen(sealed_log: AuditLog, seals: list[Checkpoint], tamper: Tamper) -> None:
    tamper("DELETE FROM audit")
    assert sealed_log.verify(seals).broken_at == 1


@pytest.mark.parametrize("field", ["size", "head", "at", "key", "signature"])
def test_a_checkpoint_that_was_edited_does_not_verify(
    place: FilePlace, tmp_path: Path, sealed_log: AuditLog, field: str
) -> None:
    first, *rest = place.read()
    value = getattr(first, field)
    wrong = value + 1 if isinstance(value, int) else ("f" if value[0] != "f" else "e") + value[1:]
    edited = Checkpoint(**{**first.__dict__, field: wrong})
    with pytest.raises(InterlockError, match="not signed"):
        checked([edited, *rest], open_key(tmp_path / "audit.key").public_key())


def test_a_checkpoint_of_somebody_elses_key_does_not_verify(
    place: FilePlace, tmp_path: Path, sealed_log: AuditLog, clock: FixedClock
) -> None:
    forger = Sealer(open_key(tmp_path / "forged.key"), [place], clock)
    forger.seal(7, sealed_log.tail(6)[0].hash)
    with pytest.raises(InterlockError, match=r"checkpoint 3 .* not signed"):
        checked(place.read(), open_key(tmp_path / "audit.key").public_key())


def test_the_public_key_alone_is_enough_to_verify(
    place: FilePlace, tmp_path: Path, sealed_log: AuditLog
) -> None:
    pem = public_pem(open_key(tmp_path / "audit.key").public_key())
    assert len(checked(place.read(), public_of(pem.encode()))) == 2


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    open_key(tmp_path / "k")
    (tmp_path / "k").chmod(0o644)
    with pytest.raises(BadInput, match="can be read by others"):
        open_key(tmp_path / "k")


def test_a_place_that_cannot_be_written_is_noted_and_the_record_goes_on(
    either_store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    sealer = Sealer(open_key(tmp_path / "k"), [FilePlace(tmp_path / "file" / "x")], clock, every=1)
    log = AuditLog(either_store, clock, sealer=sealer)
    log.append("turn", {})
    assert log.verify().records == 1
    assert sealer.problems


def test_half_a_line_in_the_second_place_is_named_by_its_number(
    place: FilePlace, sealed_log: AuditLog
) -> None:
    file = Path(place.name)
    file.write_text(file.read_text()[:-40])
    with pytest.raises(InterlockError, match=r"seals\.jsonl:2 is not a checkpoint"):
        place.read()
