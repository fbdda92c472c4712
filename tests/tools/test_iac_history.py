"""iac_history: which commit, when, by whom, what; cited to the line of the commit."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.replays import MakeCalls
from fakes.repositories import Repo

from interlock.core.errors import BadInput, NotFound, NotServed
from interlock.core.redaction import Redactor
from interlock.tools.knowledge.library import Folder, Library

ONE = "name: api\nreplicas: 2\nimage: shop/api:1\n"


def library(*folders: Path) -> Library:
    return Library(
        [Folder(path) for path in folders],
        clean=Redactor().clean_text,
        rules="test",
        use_shipped_runbooks=False,
    )


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two commits to the code of the api."""
    made = Repo(tmp_path / "repo")
    made.path.mkdir()
    made.git("init", "-q", "-b", "main")
    made.commit("Add the api", 1, infra__api_yaml=ONE, private__keys_yaml="key: 2\n")
    made.commit("Scale the api", 3, infra__api_yaml=ONE.replace("2", "5"))
    return made


def test_each_line_of_a_change_names_its_commit(calls: MakeCalls, repo: Repo) -> None:
    shas = repo.git("log", "--format=%H").split()
    read = calls(library(repo.path / "infra")).call("iac_history", {"path": "api.yaml", "start_line": 2})
    new, old = (sha[:12] for sha in shas)
    assert read.text.splitlines() == [
        f"api.yaml@{new} 2026-03-03T08:00:00Z Ada Lovelace: Scale the api",
        f"api.yaml:2@{old} -replicas: 2",
        f"api.yaml:2@{new} +replicas: 5",
        f"api.yaml@{old} 2026-03-01T08:00:00Z Ada Lovelace: Add the api",
        f"api.yaml:2@{old} +replicas: 2",
    ]
    assert [str(spot) for spot in read.locators][:2] == [f"api.yaml:2@{old}", f"api.yaml:2@{new}"]


def test_every_citation_opens_to_the_cited_line(calls: MakeCalls, repo: Repo) -> None:
    read = calls(library(repo.path / "infra")).call("iac_history", {"path": "api.yaml"})
    said = {line.partition(" ")[0]: line.partition(" ")[2] for line in read.text.splitlines() if ":" in line}
    for spot in read.locators:
        lines = repo.git("show", f"{spot.commit}:infra/{spot.path}").splitlines()
        for number in range(spot.start_line, spot.end_line + 1):
            text = said[f"{spot.path}:{number}@{spot.commit[:12]}"]
            assert text[1:] == lines[number - 1]


def test_a_text_is_followed_through_the_folders_own_files_only(calls: MakeCalls, repo: Repo) -> None:
    made = calls(library(repo.path / "infra"))
    assert "Scale the api" in made.call("iac_history", {"query": "replicas: 2"}).text
    assert "keys.yaml" not in made.call("iac_history", {"query": "2"}).text
    assert "no commit found" in made.call("iac_history", {"query": "key: 2"}).text


def test_secrets_and_addresses_in_a_change_are_not_shown(calls: MakeCalls, repo: Repo) -> None:
    repo.commit("Rotate for bob@example.org", 4, infra__api_yaml=ONE + "password: hunter2-hunter2\n")
    text = calls(library(repo.path / "infra")).call("iac_history", {"path": "api.yaml"}).text
    assert "hunter2" not in text
    assert "ada@example.org" not in text
    assert "bob@example.org" not in text
    assert "Ada Lovelace" in text


def test_a_key_over_several_lines_is_not_shown_piece_by_piece(calls: MakeCalls, repo: Repo) -> None:
    body = "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj" for _ in range(4))
    key = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    repo.commit("Oops", 4, infra__key_yaml=key)
    text = calls(library(repo.path / "infra")).call("iac_history", {"path": "key.yaml"}).text
    assert "MIIEvQ" not in text
    assert "Oops" in text


def test_changes_that_are_not_committed_are_said(calls: MakeCalls, repo: Repo) -> None:
    (repo.path / "infra/api.yaml").write_text("# new first line\n" + ONE)
    read = calls(library(repo.path / "infra")).call("iac_history", {"path": "api.yaml"})
    assert "not committed" in read.limits[0]


def test_older_commits_are_said(calls: MakeCalls, repo: Repo) -> None:
    read = calls(library(repo.path / "infra")).call("iac_history", {"path": "api.yaml", "limit": 1})
    assert read.limits == ("older commits are not shown",)


def test_a_folder_without_a_repository_is_named_as_such(calls: MakeCalls, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.yaml").write_text("a\n")
    with pytest.raises(NotServed, match="no git repository"):
        calls(library(tmp_path / "plain")).call("iac_history", {"path": "a.yaml"})


@pytest.mark.parametrize("path", ["../private/keys.yaml", "/etc/passwd", "nope.yaml"])
def test_only_files_of_the_folders_have_a_history(path: str, calls: MakeCalls, repo: Repo) -> None:
    with pytest.raises(NotFound):
        calls(library(repo.path / "infra")).call("iac_history", {"path": path})


def test_arguments_that_contradict_each_other_are_refused(calls: MakeCalls, repo: Repo) -> None:
    made = calls(library(repo.path / "infra"))
    for wrong in ({"start_line": 2}, {"path": "api.yaml", "start_line": 3, "end_line": 2}):
        with pytest.raises(BadInput):
            made.call("iac_history", wrong)


def test_what_a_source_leaves_out_has_no_history(calls: MakeCalls, repo: Repo) -> None:
    repo.commit("Pay the ransom", 5, theirs__plan_yaml="sum: 7\n")
    whole = Library([Folder(repo.path, exclude=("theirs/",))], clean=Redactor().clean_text, rules="t")
    made = calls(whole)
    for path in ("theirs/plan.yaml", "theirs", "infra/../theirs/plan.yaml"):
        with pytest.raises(NotFound):
            made.call("iac_history", {"path": path})
    for args in ({}, {"query": "sum: 7"}):
        read = made.call("iac_history", args)
        assert "ransom" not in read.text and "theirs" not in read.text
        assert "1 commits to files outside the source are not shown" in read.limits


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "loop/loop"])
def test_a_path_that_no_file_can_have_is_not_found(path: str, calls: MakeCalls, repo: Repo) -> None:
    (repo.path / "infra/loop").symlink_to("loop")
    with pytest.raises(NotFound):
        calls(library(repo.path / "infra")).call("iac_history", {"path": path})
