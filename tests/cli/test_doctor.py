"""`interlock doctor` names everything a question may lack: the index, the embedding model, the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.index.embedding import origin


@pytest.fixture
def found(interlock: Callable[..., Any], tmp_path: Path) -> Callable[[], dict[str, dict[str, str]]]:
    """Findings by name, the last of each."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.md").write_text("# Limpet\nrestart it\n")

    def look() -> dict[str, dict[str, str]]:
        done = interlock("doctor", "--replay", "demo", "--knowledge", "pages", "--json")
        return {row["name"]: row for row in map(json.loads, done.out.splitlines())}

    return look


def test_a_model_that_is_not_set_up_is_named_with_its_remedy(
    found: Callable[[], dict[str, dict[str, str]]],
) -> None:
    said = found()["embedder"]
    assert (said["state"], said["detail"]) == ("warn", "words alone: the local embedding model is not set up")
    assert said["hint"].startswith("run `python -m ")


def test_a_damaged_model_fails_and_nothing_else_does(
    found: Callable[[], dict[str, dict[str, str]]], tmp_path: Path
) -> None:
    place = origin.place(tmp_path / "cache")
    place.mkdir(parents=True)
    for name in origin.CONVERTED:
        (place / name).write_bytes(b"x")
    said = found()
    assert "is not the file that was built" in said["embedder"]["detail"]
    assert [name for name, row in said.items() if row["state"] == "fail"] == ["embedder"]


def test_the_index_of_each_source_is_counted(found: Callable[[], dict[str, dict[str, str]]]) -> None:
    assert found()["index"]["state"] == "ok"
    assert "files" in found()["index"]["detail"]


def test_where_nothing_can_run_apart_it_says_what_is_lost(
    found: Callable[[], dict[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = found()["sandbox"]
    assert said["state"] == "warn"
    assert "bubblewrap is not installed: history of code" in said["detail"]
    assert said["hint"].startswith("install the packages bubblewrap")
