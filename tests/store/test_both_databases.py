"""SQLite and PostgreSQL hold the same things: tables, order, refusals, jobs, holds, backups."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from interlock.core.audit import AuditLog
from interlock.core.clock import FixedClock
from interlock.core.errors import BadInput, InterlockError, Refused, StoreFailed
from interlock.core.evidence import Evidence, new_evidence_id
from interlock.core.identity import Principal
from interlock.core.jobs import Job, Jobs
from interlock.core.store import MIGRATIONS, Store, open_store
from interlock.core.store.backup import backup, restore
from interlock.core.store.conversations import Conversations, Turn
from interlock.core.store.evidence import EvidenceStore
from interlock.core.store.retention import Retention
from interlock.core.store.tables import metadata

AT = datetime(2026, 4, 18, 10, 50, tzinfo=UTC)
ANA, BO = Principal("local:ana"), Principal("local:bo")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def other_store(tmp_path: Path) -> Iterator[Store]:
    """Another empty database, SQLite."""
    opened = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    yield opened
    opened.close()


def filled(store: Store, at: datetime = AT) -> None:
    clock = FixedClock(at)
    log = AuditLog(store, clock)
    for person in (ANA, BO):
        Conversations(store, clock).add(Turn(f"cv_{person.id}", "why?", {"answer": "because"}), person)
        EvidenceStore(store).put(
            Evidence(
                id=new_evidence_id(), tool="t", args={}, kind="log", subject="", text="x", taken_at=at,
                principal=person.id,
            ),
            "whole text",
        )  # fmt: skip
        log.append("turn", {"principal": person.id, "words": "größer 💡"})


def counts(store: Store) -> dict[str, int]:
    with store.read() as connection:
        return {
            table.name: connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar() or 0
            for table in metadata.sorted_tables
        }


def test_migrations_go_up_down_and_up_again(store_url: str) -> None:
    store = open_store(store_url)
    filled(store)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    for step in (("downgrade", "r0001"), ("upgrade", "head"), ("downgrade", "base"), ("upgrade", "head")):
        with store.engine.begin() as connection:
            config.attributes["connection"] = connection
            getattr(command, step[0])(config, step[1])
    found = inspect(store.engine)
    for table in metadata.sorted_tables:
        assert {c["name"] for c in found.get_columns(table.name)} == {c.name for c in table.columns}
    filled(store)
    assert AuditLog(store, FixedClock(AT)).verify().records == 2
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET kind = 'x'",
        "DELETE FROM audit WHERE seq = 1",
        "INSERT INTO audit SELECT seq + 9, at, kind, body, previous, 'h' FROM audit WHERE seq = 2",
        "INSERT INTO audit SELECT 0, at, kind, body, previous, 'g' FROM audit WHERE seq = 2",
    ],
)
def test_the_record_refuses_everything_but_the_next_link(either_store: Store, statement: str) -> None:
    filled(either_store)
    with pytest.raises(StoreFailed, match="append-only"), either_store.write() as connection:
        connection.execute(text(statement))
    assert AuditLog(either_store, FixedClock(AT)).verify().records == 2


def test_postgresql_refuses_to_empty_the_record(postgres_url: str) -> None:
    store = open_store(postgres_url)
    filled(store)
    with pytest.raises(StoreFailed, match="append-only"), store.write() as connection:
        connection.execute(text("TRUNCATE audit"))
    store.close()


def test_many_writers_keep_one_chain(store_url: str, clock: FixedClock) -> None:
    stores = [open_store(store_url) for _ in range(4)]

    def write(store: Store) -> None:
        log = AuditLog(store, clock)
        for number in range(25):
            log.append("turn", {"principal": f"local:{number % 3}", "n": number})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, stores))
    found = AuditLog(stores[0], clock).verify()
    assert (found.records, found.problem) == (100, "")
    assert len(AuditLog(stores[0], clock).names()) == 3
    for store in stores:
        store.close()


def test_a_backup_restores_into_the_other_kind_of_database(
    either_store: Store, other_store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    filled(either_store)
    head = AuditLog(either_store, clock).verify().head
    made = backup(either_store, tmp_path / "b")
    assert restore(other_store, tmp_path / "b") == made
    assert counts(other_store) == counts(either_store)
    assert AuditLog(other_store, clock).verify().head == head
    AuditLog(other_store, clock).append("turn", {})
    assert AuditLog(other_store, clock).verify().intact


def test_a_backup_restores_into_postgresql_and_numbering_goes_on(
    other_store: Store, postgres_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    filled(other_store)
    backup(other_store, tmp_path / "b")
    target = open_store(postgres_url)
    restore(target, tmp_path / "b")
    assert counts(target) == counts(other_store)
    Conversations(target, clock).add(Turn("cv_new", "more?", {}), ANA)
    assert AuditLog(target, clock).verify().records == 2
    target.close()


def test_a_damaged_or_cut_backup_is_refused_and_nothing_of_it_kept(
    either_store: Store, other_store: Store, tmp_path: Path
) -> None:
    filled(either_store)
    backup(either_store, tmp_path / "b")
    content = gzip.decompress((tmp_path / "b").read_bytes())
    for number, wrong in enumerate((content[:-80], content.replace(b"local:bo", b"local:xx"), b"", b"{}\n")):
        broken = tmp_path / f"broken{number}"
        broken.write_bytes(gzip.compress(wrong))
        with pytest.raises(BadInput):
            restore(other_store, broken)
    assert not any(counts(other_store).values())


def test_a_backup_never_goes_over_what_is_there(either_store: Store, tmp_path: Path) -> None:
    filled(either_store)
    backup(either_store, tmp_path / "b")
    with pytest.raises(BadInput, match="exists"):
        backup(either_store, tmp_path / "b")
    with pytest.raises(BadInput, match="not empty"):
        restore(either_store, tmp_path / "b")


def test_what_is_old_goes_and_what_is_held_stays(either_store: Store, clock: FixedClock) -> None:
    filled(either_store, AT - timedelta(days=100))
    filled(either_store)
    kept = Retention(either_store, clock)
    number = kept.place(ANA.id, "case 4711", "local:law").id
    gone = kept.expire(90)
    assert (gone.turns, gone.evidence, gone.events) == (1, 1, 0)
    kept.release(number)
    again = kept.expire(90)
    assert (again.turns, again.evidence) == (1, 1)
    assert counts(either_store)["turn"] == 2
    assert counts(either_store)["audit"] == 4


def test_a_person_is_erased_but_not_while_on_hold(either_store: Store, clock: FixedClock) -> None:
    filled(either_store)
    kept = Retention(either_store, clock)
    number = kept.place("*", "audit of the year", "local:law").id
    with pytest.raises(Refused, match="legal hold"):
        kept.erase(ANA.id)
    kept.release(number)
    assert kept.erase(ANA.id).turns == 1
    assert counts(either_store) == {**counts(either_store), "turn": 1, "evidence": 1, "outbox": 1}
    with pytest.raises(BadInput, match="no hold"):
        kept.release(number)


def test_a_job_is_leased_by_one_worker_at_a_time(either_store: Store, clock: FixedClock) -> None:
    Jobs(either_store, clock, "a").ensure("checkpoint:main", every=timedelta(minutes=5))
    Jobs(either_store, clock, "b").ensure("checkpoint:main", every=timedelta(minutes=5))
    with ThreadPoolExecutor(8) as pool:
        leased = list(pool.map(lambda n: Jobs(either_store, clock, f"w{n}").lease(), range(8)))
    assert sum(work is not None for work in leased) == 1


def test_a_dead_workers_job_is_taken_over_when_its_lease_is_up(
    either_store: Store, clock: FixedClock
) -> None:
    first = Jobs(either_store, clock, "dies")
    first.ensure("expire", every=timedelta(hours=1))
    work = first.lease()
    assert work is not None
    later = FixedClock(AT + timedelta(minutes=6))
    second = Jobs(either_store, later, "lives")
    assert Jobs(either_store, clock, "early").lease() is None
    taken = second.lease()
    assert taken is not None and taken.name == "expire"
    first.done(work)  # too late: it is not its job any more
    assert second.lease() is None
    second.done(taken)
    assert Jobs(either_store, FixedClock(AT + timedelta(hours=2)), "next").lease() is not None


def test_a_failing_job_is_tried_again_later_each_time_and_says_why(
    either_store: Store, clock: FixedClock
) -> None:
    def broken(work: Job) -> None:
        raise InterlockError(f"the endpoint is down, attempt {work.attempts}")

    at, waits = AT, []
    Jobs(either_store, clock, "w").ensure("push:siem")
    for _ in range(3):
        jobs = Jobs(either_store, FixedClock(at), "w")
        assert jobs.run_one({"push": broken}) == "push:siem"
        with either_store.read() as connection:
            row = connection.execute(text("SELECT due_at, error FROM job")).one()
        due = datetime.fromisoformat(row.due_at)
        waits.append((due - at).total_seconds())
        at = due
        assert "endpoint is down" in row.error
    assert waits == [15, 30, 60]
    done: list[str] = []
    assert (
        Jobs(either_store, FixedClock(at), "w").run_one({"push": lambda w: done.append(w.name)})
        == "push:siem"
    )
    assert done == ["push:siem"]
    assert Jobs(either_store, FixedClock(at), "w").run_one({}) is None
