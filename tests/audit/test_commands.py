"""`interlock audit` and `interlock store`, as typed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interlock.core.audit.opened import open_audit
from interlock.core.clock import SystemClock
from interlock.core.errors import InterlockError
from interlock.core.settings import Settings
from interlock.core.store import open_default
from interlock.surfaces.cli.commands.audit import audit
from interlock.surfaces.cli.commands.store import store


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    opened = open_default(folder)
    log = open_audit(Settings({"audit": {"checkpoint_every": 4}}), opened, SystemClock(), folder)
    for number in range(10):
        log.append("tool.intent", {"principal": "oidc:ana", "n": number})
    opened.close()
    return folder


def run(state: Path, *args: str, group: object = audit) -> Result:
    return CliRunner(env={"INTERLOCK_STATE_DIR": str(state)}).invoke(group, list(args))  # type: ignore[arg-type]


def test_verify_says_how_much_is_sealed(state: Path) -> None:
    said = run(state, "verify")
    assert said.exit_code == 0
    assert "ok: 10 records" in said.output and "sealed up to 8, 2 after it" in said.output


def test_verify_fails_when_the_tail_is_gone(state: Path) -> None:
    with sqlite3.connect(state / "interlock.db") as raw:
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.execute("DELETE FROM audit WHERE seq > 5")
    raw.close()
    said = run(state, "verify", "--json")
    assert isinstance(said.exception, InterlockError)
    assert "8 records were sealed, 5 are left" in said.exception.message
    assert json.loads(said.output)["broken_at"] == 6


def test_verify_works_with_the_public_key_alone(state: Path, tmp_path: Path) -> None:
    public = tmp_path / "audit.pub"
    public.write_text(run(state, "key").output)
    (state / "audit.key").unlink()
    assert run(state, "verify", "--public-key", str(public)).exit_code == 0
    gone = run(state, "verify")
    assert (
        isinstance(gone.exception, InterlockError)
        and gone.exception.hint == "name the public key: --public-key FILE"
    )


def test_a_checkpoint_by_hand_seals_the_rest(state: Path) -> None:
    assert "sealed 10 records" in run(state, "checkpoint").output
    assert json.loads(run(state, "verify", "--json").output)["sealed"] == 10


def test_reading_the_record_is_on_record_and_shows_names(state: Path) -> None:
    assert "oidc:ana" in run(state, "tail", "-n", "2").output
    assert '"n": 2' in run(state, "show", "3").output
    kinds = run(state, "tail", "-n", "3").output
    assert "audit.read" in kinds and '"what": "tail"' in kinds and '"what": "show"' in kinds


def test_an_export_is_a_new_file_with_every_record(state: Path, tmp_path: Path) -> None:
    out = tmp_path / "audit.ndjson"
    assert run(state, "export", "-o", str(out), "--format", "ocsf").exit_code == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["metadata"]["sequence"] for line in lines] == list(range(1, 11))
    assert "ana" not in out.read_text()
    again = run(state, "export", "-o", str(out))
    assert isinstance(again.exception, InterlockError) and again.exception.hint == "name a new file"


def test_a_person_is_forgotten_unless_held(state: Path) -> None:
    assert "hold 1" in run(state, "hold", "oidc:ana", "--reason", "case 4711").output
    held = run(state, "forget", "oidc:ana", "--yes")
    assert isinstance(held.exception, InterlockError) and held.exception.exit_code == 3
    assert "case 4711" in run(state, "holds").output
    run(state, "release", "1")
    assert run(state, "forget", "oidc:ana", "--yes").exit_code == 0
    assert "oidc:ana" not in run(state, "tail", "-n", "20").output
    assert run(state, "verify").exit_code == 0
    assert "no legal hold" in run(state, "holds").output


def test_without_a_siem_push_names_the_setting(state: Path) -> None:
    said = run(state, "push")
    assert isinstance(said.exception, InterlockError)
    assert said.exception.hint == "set audit.push.url in interlock.yaml"


def test_a_backup_goes_into_a_new_state_directory(state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.backup"
    assert run(state, "backup", str(copy), group=store).exit_code == 0
    said = run(tmp_path / "new", "restore", str(copy), group=store)
    assert "10 records verify" in said.output
    assert "removed 0 turns" in run(state, "expire", group=store).output
