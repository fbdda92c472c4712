"""A log that seals into a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from interlock.core.audit import AuditLog
from interlock.core.audit.checkpoint import Sealer
from interlock.core.audit.keys import open_key
from interlock.core.audit.places import FilePlace
from interlock.core.audit.spool import Spool
from interlock.core.clock import FixedClock
from interlock.core.store import Store, open_default

AT = datetime(2026, 4, 18, 10, 50, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    """Stands still."""
    return FixedClock(AT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite store."""
    opened = open_default(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def place(tmp_path: Path) -> FilePlace:
    """The second place."""
    return FilePlace(tmp_path / "elsewhere" / "seals.jsonl")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """A small spool, its space taken."""
    made = Spool(tmp_path / "spool", size=4096)
    made.prepare()
    return made


@pytest.fixture
def sealed_log(either_store: Store, clock: FixedClock, place: FilePlace, tmp_path: Path) -> AuditLog:
    """Twelve records, sealed every five, in either kind of database."""
    sealer = Sealer(open_key(tmp_path / "audit.key"), [place], clock, every=5)
    log = AuditLog(either_store, clock, sealer=sealer)
    for number in range(1, 13):
        log.append("tool.intent", {"principal": "local:ana", "tool": "pod_logs", "number": number})
    return log


@pytest.fixture
def tamper(either_store: Store) -> Callable[..., None]:
    """Writes as somebody who owns the database: triggers are dropped first."""

    def write(*statements: str) -> None:
        lite = either_store.engine.dialect.name == "sqlite"
        off = (
            [f"DROP TRIGGER IF EXISTS {n}" for n in ("audit_no_update", "audit_no_delete", "audit_in_order")]
            if lite
            else ["ALTER TABLE audit DISABLE TRIGGER ALL"]
        )
        with either_store.write() as connection:
            for statement in (*off, *statements):
                connection.execute(text(statement))

    return write
