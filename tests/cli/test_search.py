"""`interlock search` says what it could not search, and which hits are weak."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GONE = "a source was not searched: knowledge folder"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.md").write_text("# Limpet\nrestart it\n")
    (tmp_path / "interlock.yaml").write_text("knowledge: {folders: [gone, pages]}\n")
    return tmp_path / "pages"


def test_a_folder_that_is_gone_is_said_wherever_pages_are_looked_for(
    interlock: Callable[..., Any], page: Path
) -> None:
    done = interlock("search", "limpet")
    assert done.code == 0 and done.out.startswith("a.md:1-2")
    assert f"limit: {GONE}" in done.err
    said = json.loads(interlock("search", "limpet", "--json").out)
    assert any(limit.startswith(GONE) for limit in said["limits"])
    assert GONE in interlock("index", "status").err
    assert GONE in interlock("doctor").out


def test_nothing_found_offers_a_folder_only_to_who_gave_none(
    interlock: Callable[..., Any], page: Path
) -> None:
    assert interlock("search", "zzzz", "--knowledge", "pages").out == "nothing found\n"


def test_an_index_that_was_made_anew_serves(interlock: Callable[..., Any], page: Path) -> None:
    assert "the new index serves" in interlock("index", "rebuild", "--knowledge", "pages").out


def test_a_file_named_after_a_secret_is_left_out_and_its_name_not_shown(
    interlock: Callable[..., Any], page: Path
) -> None:
    token = "ghp_" + "a1B2c3D4e5F6a7B8c9D0" + "e1F2a3B4c5D6e7F8"
    (page / f"{token}.md").write_text("# Barnacle\nscrape it\n")
    for form in ((), ("--json",)):
        done = interlock("search", "barnacle", *form)
        assert token not in done.out + done.err
    assert "its name holds what has to be hidden" in interlock("search", "barnacle").err


def test_pages_that_a_source_leaves_out_are_not_looked_after(
    interlock: Callable[..., Any], page: Path
) -> None:
    (page / "theirs").mkdir()
    (page / "theirs" / "b.md").write_text("# Plan\n")
    settings = (
        "knowledge: {sources: [{path: pages, exclude: [theirs/]}, {path: pages/theirs, readers: [sec]}]}\n"
    )
    (page.parent / "interlock.yaml").write_text(settings)
    done = interlock("runbooks", "lint")
    assert "a.md" in done.out and "b.md" not in done.out
    assert "not checked: 1 source was not searched: you may not read them all" in done.err
