"""A full database refuses changes; reads go on, wait on the spool and are chained in later, once, in their order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.audit import AuditLog
from interlock.core.audit.spool import Entry, Spool
from interlock.core.clock import FixedClock
from interlock.core.errors import StoreFailed
from interlock.core.store import Store


@pytest.fixture
def log(store: Store, clock: FixedClock, spool: Spool) -> AuditLog:
    made = AuditLog(store, clock, spool=spool)
    made.append("turn", {"n": 0})
    return made


def fill(store: Store) -> None:
    """No page more: SQLite answers `database or disk is full`, as it does on a full disk."""
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def make_room(store: Store) -> None:
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def until_it_fails(log: AuditLog, filler: str) -> None:
    for _ in range(2000):
        log.append("execution", {"filler": filler})


def test_a_full_disk_refuses_changes_and_reads_are_chained_in_later(
    store: Store, log: AuditLog, spool: Spool
) -> None:
    fill(store)
    for filler in ("x" * 4000, "x"):
        with pytest.raises(StoreFailed, match="full"):
            until_it_fails(log, filler)
    before = log.tail(1)[0].seq
    assert all(log.note("tool.intent", {"n": number}) for number in range(3))
    assert spool.waiting() == 3
    assert log.verify().intact
    make_room(store)
    log.append("turn", {"n": 9})
    after = list(log.since(before))
    reads = [record.body["n"] for record in after if record.kind == "tool.intent"]
    assert reads == [0, 1, 2]
    assert any("spooled_at" in record.body for record in after)
    assert after[-1].body == {"n": 9}
    assert spool.waiting() == 0
    assert log.verify().intact


def test_what_was_chained_in_before_a_crash_is_not_chained_in_again(
    store: Store, clock: FixedClock, spool: Spool, tmp_path: Path
) -> None:
    spool.add(Entry("t1", "tool.intent", {"n": 1}))
    spool.add(Entry("t2", "tool.intent", {"n": 2}))
    as_it_was = (tmp_path / "spool").read_bytes()
    log = AuditLog(store, clock, spool=spool)
    log.append("turn", {})
    (tmp_path / "spool").write_bytes(as_it_was)  # the crash came before the spool was emptied
    spool.add(Entry("t3", "tool.intent", {"n": 3}))
    log.append("turn", {})
    assert [r.body["n"] for r in log.since() if r.kind == "tool.intent"] == [1, 2, 3]


def add_many(spool: Spool, count: int) -> None:
    for number in range(count):
        spool.add(Entry("t", "k", {"n": number}))


def test_a_spool_that_is_full_says_so_and_loses_nothing_it_took(spool: Spool) -> None:
    with pytest.raises(StoreFailed, match="spool is full"):
        add_many(spool, 100)
    with spool.taken() as entries:
        assert [e.body["n"] for e in entries] == list(range(len(entries)))
        assert len(entries) > 20


def test_without_a_spool_a_lost_read_is_told_to_the_caller(store: Store, clock: FixedClock) -> None:
    log = AuditLog(store, clock)
    store.close()
    store.engine = __import__("sqlalchemy").create_engine("sqlite:////nowhere/at/all.db")
    assert log.note("tool.intent", {}) is False


def test_a_spooled_line_that_was_edited_is_chained_in_as_such(
    store: Store, clock: FixedClock, spool: Spool, tmp_path: Path
) -> None:
    for number in (1, 2):
        spool.add(Entry("t", "tool.intent", {"n": number}))
    file = tmp_path / "spool"
    file.write_bytes(file.read_bytes().replace(b'"n":1', b'"n":7'))
    log = AuditLog(store, clock, spool=spool)
    log.append("turn", {})
    second = [r.body for r in log.since() if r.kind == "tool.intent"][1]
    assert second["spool_link_broken"] is True


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=600))
def test_any_bytes_in_the_spool_never_stop_the_record(
    tmp_path_factory: pytest.TempPathFactory, held: bytes
) -> None:
    spool = Spool(tmp_path_factory.mktemp("s") / "spool", size=1024)
    spool.prepare()
    path = spool._path
    path.write_bytes(held + path.read_bytes()[len(held) :])
    with spool.taken() as entries:
        assert all(isinstance(entry, Entry) for entry in entries)
    assert spool.waiting() == 0
