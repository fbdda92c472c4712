"""`interlock runbooks`: exit codes, JSON, and what it says when there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.core.errors import BadInput

Call = Callable[..., Any]


@pytest.fixture
def pages(tmp_path: Path, front: str) -> Path:
    """A folder with one page that has nothing against it."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "disk.md").write_text(
        front + "```sh\nkubectl -n payments get deploy/gone-api\n```\n"
    )
    return tmp_path / "pages"


def test_lint_is_silent_and_zero_when_all_is_well(call: Call, pages: Path) -> None:
    done = call("lint", "--knowledge", str(pages))
    assert (done.code, done.out.splitlines()[-1]) == (0, "no findings in 1 pages, 0 alerts, 1 commands")


def test_lint_exits_with_one_and_names_place_check_and_hint(call: Call, pages: Path) -> None:
    (pages / "new.md").write_text("# New\n")
    done = call("lint", "--knowledge", str(pages))
    assert done.code == 1
    assert "new.md:1: owner: no owner (add `owner:` to the front matter)" in done.out
    data = call("lint", "--knowledge", str(pages), "--json").data
    assert {row["check"] for row in data["findings"]} == {"owner", "review"}
    assert data["looked_at"]["pages"] == 2


def test_lint_holds_the_monitors_of_a_replay_against_the_pages(call: Call) -> None:
    data = call("lint", "--replay", "demo", "--json").data
    assert data["looked_at"]["pages"] >= 24
    assert {row["check"] for row in data["findings"]} <= {"alert"}


def test_a_folder_that_is_not_there_is_named(call: Call) -> None:
    with pytest.raises(BadInput, match="nowhere is not a folder"):
        call("lint", "--knowledge", "nowhere")


def test_stale_looks_objects_up_in_a_replay(call: Call, pages: Path) -> None:
    old = call("stale", "--knowledge", str(pages), "--days", "100000")
    assert old.code == 0
    assert "not checked: objects that pages name: no cluster and no replay was given" in old.out
    data = call("stale", "--knowledge", str(pages), "--replay", "demo", "--days", "100000", "--json").data
    assert "the cluster has no deployment gone-api in payments" in [f["message"] for f in data["findings"]]


def test_gaps_says_that_nothing_was_asked(call: Call) -> None:
    done = call("gaps")
    assert (done.code, done.out) == (
        0,
        "nothing was asked yet; gaps are read from what `interlock ask` keeps\n",
    )


@pytest.mark.parametrize("command", ["lint", "stale", "gaps"])
def test_help_has_examples(command: str, call: Call) -> None:
    assert f"  interlock runbooks {command}" in call(command, "--help").out
