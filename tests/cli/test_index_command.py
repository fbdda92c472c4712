"""`interlock index` as people and machines use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interlock.core.errors import InterlockError, NeedsDecision
from interlock.surfaces.cli.commands.index import index


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERLOCK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("INTERLOCK_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("INTERLOCK_KNOWLEDGE__USE_SHIPPED_RUNBOOKS", "false")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.md").write_text("# Limpet\nrestart it\n")
    return tmp_path / "pages"


def ran(*argv: str) -> Result:
    return CliRunner().invoke(index, argv, catch_exceptions=True)


def test_status_before_and_after_a_build(folder: Path) -> None:
    at = ("--knowledge", str(folder), "--json")
    (before,) = json.loads(ran("status", *at).stdout)["sources"]
    assert (before["problem"], before["files"]) == ("not indexed yet", 0)
    (built,) = json.loads(ran("build", *at).stdout)["sources"]
    assert (built["read"], built["unchanged"]) == (1, 0)
    said = json.loads(ran("status", *at).stdout)
    (after,) = said["sources"]
    assert (after["files"], after["sections"], after["problem"], after["writer"]) == (1, 1, "", "")
    assert "embedding model is not set up" in said["limits"][0]
    (rebuilt,) = json.loads(ran("rebuild", *at).stdout)["sources"]
    assert rebuilt["switched"] is True


def test_nothing_configured_is_said_with_the_next_step(folder: Path) -> None:
    for command in ("build", "status", "verify"):
        assert "add a folder with --knowledge DIR" in ran(command).stdout


def test_verify_fails_on_a_damaged_index(folder: Path, tmp_path: Path) -> None:
    ran("build", "--knowledge", str(folder))
    assert ran("verify", "--knowledge", str(folder)).exit_code == 0
    (file,) = (tmp_path / "cache").rglob("index-*.db")
    file.write_bytes(file.read_bytes().replace(b"restart", b"destroy"))
    done = ran("verify", "--knowledge", str(folder))
    assert isinstance(done.exception, InterlockError)
    assert "is not what was written" in done.stdout


def test_a_large_run_on_a_hosted_model_shows_its_cost_and_waits_for_yes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = "{provider: openai, model: m1, url: 'http://127.0.0.1:9/v1', price_per_million_tokens: 0.5}"
    monkeypatch.setenv("INTERLOCK_KNOWLEDGE__EMBEDDER", embedder)
    for number in range(60):
        (folder / f"{number}.md").write_text(f"# Page {number}\n" + f"word{number} " * 1100)
    done = ran("build", "--knowledge", str(folder))
    assert isinstance(done.exception, NeedsDecision)
    assert done.exception.exit_code == 5
    assert "at 0.5 a million" in done.stderr
    assert "--yes" in (done.exception.hint or "")
