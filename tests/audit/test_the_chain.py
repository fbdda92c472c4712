"""The record verifies, and nothing can be changed in it unnoticed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from interlock.core.audit import GENESIS, AuditLog, link
from interlock.core.clock import FixedClock
from interlock.core.errors import StoreFailed
from interlock.core.store import Store, open_default


@pytest.fixture
def log(store: Store, clock: FixedClock) -> AuditLog:
    written = AuditLog(store, clock)
    for number in range(1, 8):
        written.append("tool.intent", {"tool": "pod_logs", "number": number})
    return written


def tamper(tmp_path: Path, *statements: str) -> None:
    """Write to the database as somebody with the file, the triggers gone."""
    with sqlite3.connect(tmp_path / "state" / "interlock.db") as raw:
        for trigger in ("audit_no_update", "audit_no_delete", "audit_in_order"):
            raw.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            raw.execute(statement)
    raw.close()


def test_an_untouched_record_verifies(log: AuditLog) -> None:
    found = log.verify()
    assert found.intact
    assert found.records == 7


def test_an_empty_record_verifies(store: Store, clock: FixedClock) -> None:
    assert AuditLog(store, clock).verify().head == GENESIS


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit SET body = replace(CAST(body AS TEXT), 'pod_logs', 'nothing') WHERE seq = 3", 3),
        ("UPDATE audit SET kind = 'login' WHERE seq = 5", 5),
        ("UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 4", 4),
        ("UPDATE audit SET previous = hash WHERE seq = 6", 6),
        ("DELETE FROM audit WHERE seq = 1", 1),
    ],
)
def test_a_change_behind_our_back_is_found_where_it_is(
    log: AuditLog, tmp_path: Path, statement: str, broken_at: int
) -> None:
    tamper(tmp_path, statement)
    found = log.verify()
    assert not found.intact
    assert found.broken_at == broken_at
    assert found.problem


def test_a_record_rewritten_with_its_own_hash_breaks_the_next_one(log: AuditLog, tmp_path: Path) -> None:
    third = log.tail(5)[0]
    content = json.dumps(
        {"at": third.at, "body": {"tool": "x"}, "kind": third.kind, "seq": third.seq}, separators=(",", ":")
    )
    forged = link(third.previous, content.encode())
    tamper(
        tmp_path,
        f"UPDATE audit SET body = CAST('{content}' AS BLOB), hash = '{forged}' WHERE seq = {third.seq}",
    )
    assert log.verify().broken_at == third.seq + 1


@pytest.mark.parametrize("content", ["no JSON", "[]", "{}", '"text"', "null"])
def test_bytes_that_are_no_record_with_a_right_hash_are_found_and_can_still_be_shown(
    log: AuditLog, tmp_path: Path, content: str
) -> None:
    last = log.tail(1)[0]
    forged = link(last.previous, content.encode())
    tamper(tmp_path, f"UPDATE audit SET body = CAST('{content}' AS BLOB), hash = '{forged}' WHERE seq = 7")
    assert (log.verify().broken_at, log.verify().problem) == (7, "record 7 is no record")
    assert [record.kind for record in log.tail(2)] == ["tool.intent", "record.unreadable"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET kind = 'x'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT seq, at, 'x', body, previous, hash FROM audit WHERE seq = 2",
        "INSERT INTO audit SELECT seq + 9, at, kind, body, previous, 'h' FROM audit WHERE seq = 7",
    ],
)
def test_the_tables_refuse_what_is_not_an_append(log: AuditLog, store: Store, statement: str) -> None:
    with pytest.raises(StoreFailed, match="append-only"), store.write() as connection:
        connection.execute(text(statement))
    assert log.verify().intact


@settings(deadline=None, max_examples=30)
@given(
    body=st.dictionaries(
        st.text(max_size=8),
        st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=40)),
    )
)
def test_any_body_is_kept_and_verifies(
    tmp_path_factory: pytest.TempPathFactory, body: dict[str, object]
) -> None:
    opened = open_default(tmp_path_factory.mktemp("audit"))
    log = AuditLog(
        opened, FixedClock(__import__("datetime").datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    )
    log.append("any", body)  # type: ignore[arg-type]
    assert log.tail(1)[0].body == body
    assert log.verify().intact
    opened.close()


def test_two_processes_worth_of_connections_keep_one_chain(tmp_path: Path, clock: FixedClock) -> None:
    one, other = open_default(tmp_path), open_default(tmp_path)
    for number in range(10):
        AuditLog(one if number % 2 else other, clock).append("turn", {"number": number})
    assert AuditLog(one, clock).verify().records == 10
    one.close()
    other.close()
