"""Git sources: fetched, pinned, laid out."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.repositories import Repo

from interlock.core.errors import BadInput, Unreachable
from interlock.index.git import Remote, history, opened, repository_of


def test_a_source_is_laid_out_at_its_commit(repo: Repo, tmp_path: Path) -> None:
    sha = repo.commit("One", runbooks__page_yaml="a: 1\n")
    found = opened(Remote(repo.path.as_uri()), tmp_path / "cache")
    assert found.commit == sha
    assert (found.path / "runbooks" / "page.yaml").read_text() == "a: 1\n"
    assert found.notes == ()


def test_a_new_commit_is_seen_and_the_old_files_stay_for_who_reads_them(repo: Repo, tmp_path: Path) -> None:
    repo.commit("One", a_yaml="1\n")
    first = opened(Remote(repo.path.as_uri()), tmp_path / "cache")
    second_sha = repo.commit("Two", a_yaml="2\n")
    assert opened(Remote(repo.path.as_uri()), tmp_path / "cache", fetch=False) == first
    second = opened(Remote(repo.path.as_uri()), tmp_path / "cache")
    assert (second.commit, (second.path / "a.yaml").read_text()) == (second_sha, "2\n")
    assert (first.path / "a.yaml").read_text() == "1\n"
    repo.commit("Three", a_yaml="3\n")
    opened(Remote(repo.path.as_uri()), tmp_path / "cache")
    assert not first.path.exists()


def test_the_laid_out_files_lead_to_their_history(repo: Repo, tmp_path: Path) -> None:
    repo.commit("One", d__a_yaml="1\n")
    repo.commit("Two", d__a_yaml="2\n")
    found = opened(Remote(repo.path.as_uri()), tmp_path / "cache")
    repository = repository_of(found.path / "d")
    assert repository is not None
    assert repository.commit == found.commit
    path = repository.inside(found.path / "d" / "a.yaml")
    assert [c.subject for c in history(repository, path).commits] == ["Two", "One"]


def test_a_branch_or_tag_can_be_named(repo: Repo, tmp_path: Path) -> None:
    first = repo.commit("One", a_yaml="1\n")
    repo.git("tag", "v1")
    repo.commit("Two", a_yaml="2\n")
    assert opened(Remote(repo.path.as_uri(), "v1"), tmp_path / "cache").commit == first
    assert opened(Remote(repo.path.as_uri(), "main"), tmp_path / "cache").commit != first


def test_when_the_server_is_gone_the_known_commit_serves_and_says_so(repo: Repo, tmp_path: Path) -> None:
    sha = repo.commit("One", a_yaml="1\n")
    remote = Remote(repo.path.as_uri())
    opened(remote, tmp_path / "cache")
    repo.path.rename(tmp_path / "moved")
    found = opened(remote, tmp_path / "cache")
    assert found.commit == sha
    assert "not fetched anew" in found.notes[0]
    with pytest.raises(Unreachable):
        opened(Remote((tmp_path / "never").as_uri()), tmp_path / "cache")


def test_links_submodules_and_huge_files_are_left_out_by_name(repo: Repo, tmp_path: Path) -> None:
    (repo.path / "link.yaml").symlink_to("/etc/passwd")
    (repo.path / "huge.yaml").write_text("x" * 2_000_001)
    sha = repo.commit("One", a_yaml="1\n")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{sha},module")
    repo.git("commit", "-q", "-m", "Two")
    found = opened(Remote(repo.path.as_uri()), tmp_path / "cache")
    assert sorted(p.name for p in found.path.rglob("*")) == ["a.yaml"]
    assert sorted(found.notes) == [
        "huge.yaml: not read: larger than 2000000 bytes",
        "link.yaml: not read: a link",
        "module: not read: a submodule",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "git://example.org/x",
        "ext::sh -c touch% /x",
        "--upload-pack=touch",
        "/etc",
        "https://user:password@example.org/x",
        "ssh://-oProxyCommand=touch/x y",
    ],
)
def test_a_url_that_is_no_plain_https_ssh_or_file_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        opened(Remote(url), tmp_path)
    assert "password@" not in str(refused.value)


@pytest.mark.parametrize("ref", ["--exec=x", "a..b", "a b", "+x:y"])
def test_a_ref_that_is_none_is_refused(ref: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no branch"):
        opened(Remote("https://example.org/x", ref), tmp_path)


def test_a_token_that_is_not_there_is_named_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match="SHOP_TOKEN"):
        opened(Remote("https://example.invalid/x", "", "SHOP_TOKEN"), tmp_path)
    monkeypatch.setenv("SHOP_TOKEN", "tok-3141592653")
    with pytest.raises(Unreachable) as failed:
        opened(Remote("https://example.invalid/x", "", "SHOP_TOKEN"), tmp_path)
    assert "3141592653" not in str(failed.value)
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"3141592653" in p.read_bytes()]
