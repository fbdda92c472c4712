"""A page may name actions, and its word counts only where somebody pinned and reviewed it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.replays import MakeCalls
from fakes.repositories import Repo

from interlock.approvals.catalogue import all_actions
from interlock.core.errors import BadInput, NotFound
from interlock.core.redaction import Redactor
from interlock.index.git import Remote
from interlock.tools.knowledge.care.pages import read_folders
from interlock.tools.knowledge.library import Folder, Library, Means, shipped_folder
from interlock.tools.knowledge.named_actions import backed, front_of, named_by, names_in

FRONT = "owner: ana\nlast_reviewed: 2026-03-01\naction: rollout-undo\n"


def page(front: str = FRONT) -> str:
    return f"---\ntitle: A page\n{front}---\n# A page\n\nRoll it back.\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo")
    made.path.mkdir()
    made.git("init", "-q", "-b", "main")
    return made


@pytest.fixture
def library(tmp_path: Path) -> Any:
    def of(*folders: Folder) -> Library:
        redactor = Redactor()
        return Library(folders, means=Means(redactor.clean_text, "test", tmp_path / "cache"))

    return of


def git(repo: Repo, ref: str) -> Folder:
    return Folder(Path("pages"), "runbook", git=Remote(repo.path.as_uri(), ref))


def committed(repo: Repo, text: str) -> str:
    (repo.path / "page.md").write_text(text)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "a page")
    return repo.git("rev-parse", "HEAD")


def test_a_reviewed_page_of_a_pinned_commit_backs_the_action_it_names(repo: Repo, library: Any) -> None:
    commit = committed(repo, page())
    held = library(git(repo, commit))
    assert backed(held, "page.md", "rollout-undo") == f"page.md@{commit[:12]}"
    with pytest.raises(BadInput, match="does not name the action scale"):
        backed(held, "page.md", "scale")
    with pytest.raises(NotFound):
        backed(held, "other.md", "scale")


@pytest.mark.parametrize("ref", ["main", "", "short", "v1"])
def test_a_branch_a_tag_and_a_short_id_pin_nothing(repo: Repo, library: Any, ref: str) -> None:
    commit = committed(repo, page())
    repo.git("tag", "v1")
    held = library(git(repo, commit[:10] if ref == "short" else ref))
    with pytest.raises((BadInput, NotFound), match=r"not pinned to a commit|no page"):
        backed(held, "page.md", "rollout-undo")


def test_a_page_of_a_plain_folder_backs_nothing(tmp_path: Path, library: Any) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "page.md").write_text(page())
    with pytest.raises(BadInput, match="not of a Git source"):
        backed(library(Folder(tmp_path / "pages")), "page.md", "rollout-undo")


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("last_reviewed: 2026-03-01\naction: rollout-undo\n", "no owner"),
        ("owner: ''\nlast_reviewed: 2026-03-01\naction: rollout-undo\n", "no owner"),
        ("owner: ana\naction: rollout-undo\n", "reviewed"),
        ("owner: ana\nlast_reviewed: soon\naction: rollout-undo\n", "reviewed"),
    ],
)
def test_a_page_nobody_reviewed_backs_nothing(repo: Repo, library: Any, front: str, said: str) -> None:
    commit = committed(repo, page(front))
    with pytest.raises(BadInput, match=said):
        backed(library(git(repo, commit)), "page.md", "rollout-undo")


@pytest.mark.parametrize(
    ("front", "names"),
    [
        ("action: scale\n", ("scale",)),
        ("actions: [scale, drain, scale]\n", ("scale", "drain")),
        ("action: scale\nactions: [drain]\n", ("scale", "drain")),
        ("action: [scale]\nactions: scale\n", ()),
        ("actions: [{name: scale}, 7]\n", ()),
        ("action: !!python/object/apply:os.system [id]\n", ()),
        ("action: &a [*a]\n", ()),
        ("", ()),
    ],
)
def test_front_matter_names_actions_in_two_ways_and_nothing_else(front: str, names: tuple[str, ...]) -> None:
    assert names_in(front_of(page(front).split("\n"))) == names
    assert names_in(front_of(["no front matter", "action: scale"])) == ()


def test_reading_a_page_says_what_it_names_and_whether_that_counts(
    repo: Repo, library: Any, calls: MakeCalls, tmp_path: Path
) -> None:
    commit = committed(repo, page())
    found = calls(library(git(repo, commit))).call("runbook_read", {"path": "page.md"})
    assert found.text.split("\n")[-1] == f"page.md@{commit[:12]} names the action rollout-undo"
    loose = calls(library(git(repo, "main"))).call("runbook_read", {"path": "page.md"})
    assert "names the action" not in loose.text
    assert any("does not count" in limit for limit in loose.limits)


def test_what_our_own_pages_name_is_in_the_catalogue_and_counts(library: Any) -> None:
    held = library()
    named = [p for p in read_folders([shipped_folder()], str).pages if p.actions]
    assert len(named) >= 8
    for one in named:
        assert {*one.actions} <= {*all_actions()}, one.path
        assert named_by(held, held.page(one.path)).why_not == ""
