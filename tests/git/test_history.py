"""Which commit changed a line: when, by whom, what."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.repositories import Repo

from interlock.core.errors import BadInput, NotFound, NotServed
from interlock.index.git import history, repository_of

ONE = "name: api\nreplicas: 2\nimage: shop/api:1\n"


@pytest.fixture
def told(repo: Repo) -> Repo:
    """Three commits to one file, one to another."""
    repo.commit("Add the api", 1, infra__api_yaml=ONE)
    repo.commit("Add the web", 2, infra__web_yaml="name: web\n")
    repo.commit("Scale the api", 3, infra__api_yaml=ONE.replace("2", "5"))
    repo.commit("Ship api 2", 4, infra__api_yaml=ONE.replace("2", "5").replace("api:1", "api:2"))
    return repo


def test_a_file_has_the_commits_that_changed_it_newest_first(told: Repo) -> None:
    found = history(repository_of(told.path / "infra"), "infra/api.yaml")
    assert [c.subject for c in found.commits] == ["Ship api 2", "Scale the api", "Add the api"]
    assert not found.cut
    newest = found.commits[0]
    assert (newest.author, newest.when.isoformat()) == ("Ada Lovelace", "2026-03-04T08:00:00+00:00")
    assert [(line.sign, line.number, line.text) for line in newest.lines] == [
        ("-", 3, "image: shop/api:1"),
        ("+", 3, "image: shop/api:2"),
    ]
    assert {line.path for line in newest.lines} == {"infra/api.yaml"}


def test_lines_have_the_commits_that_changed_them(told: Repo) -> None:
    found = history(repository_of(told.path), "infra/api.yaml", 2)
    assert [c.subject for c in found.commits] == ["Scale the api", "Add the api"]


def test_a_text_has_the_commits_that_brought_or_took_it(told: Repo) -> None:
    found = history(repository_of(told.path), "", query="shop/api:1")
    assert [c.subject for c in found.commits] == ["Ship api 2", "Add the api"]


def test_a_renamed_file_keeps_its_history(told: Repo) -> None:
    told.git("mv", "infra/api.yaml", "infra/shop.yaml")
    told.git("commit", "-q", "-m", "Rename")
    found = history(repository_of(told.path), "infra/shop.yaml")
    assert [c.subject for c in found.commits][-1] == "Add the api"
    assert len(found.commits) == 4


def test_more_commits_than_asked_for_are_said(told: Repo) -> None:
    found = history(repository_of(told.path), "infra/api.yaml", limit=2)
    assert (len(found.commits), found.cut) == (2, True)


def test_a_long_change_is_cut_and_counted(repo: Repo) -> None:
    repo.commit("Big", big_yaml="".join(f"line {n}\n" for n in range(100)))
    commit = history(repository_of(repo.path), "big.yaml").commits[0]
    assert (len(commit.lines), commit.more) == (40, 60)


def test_a_change_too_long_to_read_is_said_to_be_and_a_listing_too_long_is_refused(repo: Repo) -> None:
    repo.commit("Small", a_yaml="x\n")
    repo.commit("Huge", b_yaml="one more line of it\n" * 500_000)
    found = history(repository_of(repo.path), "")
    assert [(c.subject, c.whole) for c in found.commits] == [("Huge", False)]
    assert found.cut
    with pytest.raises(NotServed, match="printed more than 10 bytes"):
        repository_of(repo.path).read("ls-tree", "HEAD", limit=10)


def test_a_change_that_looks_like_a_diff_is_read_as_what_it_is(repo: Repo) -> None:
    odd = "--- a/x\n+++ b/x\n@@ -1 +9 @@\ndiff --git a/q b/q\n"
    repo.commit("Odd", odd_yaml=odd)
    repo.commit("Gone", odd_yaml="x\n")
    newest, first = history(repository_of(repo.path), "odd.yaml").commits
    assert [line.text for line in first.lines] == odd.splitlines()
    assert [(line.sign, line.path) for line in newest.lines] == [("-", "odd.yaml")] * 4 + [("+", "odd.yaml")]


def test_a_path_or_line_that_is_not_there_is_named(told: Repo) -> None:
    repository = repository_of(told.path)
    with pytest.raises(BadInput, match="has only 3 lines"):
        history(repository, "infra/api.yaml", 50)
    with pytest.raises(NotFound, match=r"nope\.yaml"):
        history(repository, "nope.yaml", 1)
    assert history(repository, "nope.yaml").commits == ()


def test_a_folder_without_a_repository_has_none(tmp_path: Path) -> None:
    assert repository_of(tmp_path) is None


def test_a_repository_without_a_commit_says_so(repo: Repo) -> None:
    with pytest.raises(NotServed, match="no commit"):
        repository_of(repo.path)


def test_a_worktree_is_read_at_its_own_commit(told: Repo, tmp_path: Path) -> None:
    told.git("worktree", "add", "-q", str(tmp_path / "tree"), "HEAD~2")
    found = repository_of(tmp_path / "tree" / "infra")
    assert found.commit == told.git("rev-parse", "HEAD~2")
    assert [c.subject for c in history(found, "infra/api.yaml").commits] == ["Add the api"]


def test_a_repository_with_sha256_names_is_read(tmp_path: Path, repo: Repo) -> None:
    other = Repo(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "-q", "--object-format=sha256")
    sha = other.commit("One", a_yaml="x\n")
    assert len(sha) == 64
    assert history(repository_of(other.path), "a.yaml").commits[0].sha == sha
