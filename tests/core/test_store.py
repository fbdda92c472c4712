"""Our own database opens at the right schema, fails clearly, and gives evidence back to its owner only."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from interlock.core.clock import FixedClock
from interlock.core.errors import Forbidden, NotFound, StoreFailed
from interlock.core.evidence import Evidence, FileLocator, new_evidence_id
from interlock.core.identity import Principal
from interlock.core.store import MIGRATIONS, Store, open_default, open_store
from interlock.core.store.conversations import Conversations, Turn, new_conversation_id
from interlock.core.store.evidence import EvidenceStore
from interlock.core.store.tables import HEAD, metadata

ANA, BO = Principal("local:ana"), Principal("local:bo")


def an_evidence() -> Evidence:
    return Evidence(
        id=new_evidence_id(),
        tool="pod_logs",
        args={"pod": "api-1"},
        kind="log",
        subject="Pod shop/api-1",
        text="api-1/api:1 started",
        taken_at=datetime(2026, 4, 18, tzinfo=UTC),
        principal=ANA.id,
        locators=(FileLocator(path="logs/store.jsonl", start_line=1, end_line=1),),
        limits=("not looked at: metrics",),
    )


def test_the_code_names_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_migrations_make_the_tables_the_code_uses(store: Store) -> None:
    from sqlalchemy import inspect

    found = inspect(store.engine)
    for table in metadata.sorted_tables:
        assert {c["name"] for c in found.get_columns(table.name)} == {c.name for c in table.columns}


def test_the_database_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    open_default(tmp_path / "state").close()
    assert stat.S_IMODE((tmp_path / "state" / "interlock.db").stat().st_mode) == 0o600


def test_evidence_comes_back_as_it_was_put(store: Store) -> None:
    kept = EvidenceStore(store).put(an_evidence(), None)
    assert EvidenceStore(store).get(kept.id, ANA) == kept


def test_evidence_of_somebody_else_is_refused(store: Store) -> None:
    kept = EvidenceStore(store).put(an_evidence(), "the whole text")
    with pytest.raises(Forbidden):
        EvidenceStore(store).get(kept.id, BO)
    with pytest.raises(Forbidden):
        EvidenceStore(store).page(str(kept.handle), BO)


def test_what_was_left_out_can_be_paged_by_its_handle(store: Store) -> None:
    whole = "".join(f"line {n}\n" for n in range(1000))
    kept = EvidenceStore(store).put(an_evidence(), whole)
    pages, offset = [], 0
    while offset is not None:
        text, following = EvidenceStore(store).page(str(kept.handle), ANA, offset=offset, limit=999)
        pages.append(text)
        offset = following  # type: ignore[assignment]
    assert "".join(pages) == whole


def test_an_unknown_handle_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        EvidenceStore(store).page("more_nothing", ANA)


def test_the_newest_conversation_of_a_principal_is_continued(store: Store, clock: FixedClock) -> None:
    conversations = Conversations(store, clock)
    first, second = new_conversation_id(), new_conversation_id()
    conversations.add(Turn(first, "old", {"answer": "a"}), ANA)
    conversations.add(Turn(second, "why?", {"answer": "b"}), ANA)
    conversations.add(Turn(second, "and then?", {"answer": "c"}), ANA)
    conversations.add(Turn(new_conversation_id(), "other", {"answer": "d"}), BO)
    assert [t.question for t in conversations.latest(ANA)] == ["why?", "and then?"]


def test_a_state_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="state directory") as raised:
        open_default(tmp_path / "file" / "state")
    assert "INTERLOCK_STATE_DIR" in str(raised.value.hint)


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "interlock.db").write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(StoreFailed, match="not a database"):
        open_default(tmp_path)


def test_a_database_of_a_newer_version_is_refused(store: Store) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'r9999'")
    with pytest.raises(StoreFailed, match="does not know"):
        open_store(str(store.engine.url))
