"""Repositories that try to make git run something. Each attempt is first shown to work with plain git."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.repositories import Repo

from interlock.core.errors import InterlockError, NotServed
from interlock.index.git import Remote, history, opened, repository_of

# name: (configuration, .gitattributes, the plain command that falls for it)
ATTEMPTS = {
    "fsmonitor": ("[core]\n fsmonitor = {run}", "", ["status"]),
    "external diff": ("[diff]\n external = {run}", "", ["log", "-p", "--ext-diff"]),
    "textconv": ('[diff "x"]\n textconv = {run}', "* diff=x", ["log", "-p"]),
    "diff driver": ('[diff "x"]\n command = {run}', "* diff=x", ["log", "-p", "--ext-diff"]),
    "filter": ('[filter "x"]\n smudge = {run}\n clean = {run}', "* filter=x", ["archive", "HEAD"]),
    "signatures": ("[log]\n showSignature = true\n[gpg]\n program = {run}", "", ["log"]),
    "ssh command": (
        '[core]\n sshCommand = {run}\n[remote "o"]\n url = ssh://nowhere.invalid/x',
        "",
        ["fetch", "o"],
    ),
    "alias": ("[alias]\n x = !{run}", "", ["x"]),
    "hooks path": ("[core]\n hooksPath = {hooks}", "", ["commit", "-q", "--allow-empty", "-m", "x"]),
    "included file": ("[include]\n path = {more}", "", ["status"]),
}


@pytest.fixture
def trap(tmp_path: Path) -> dict[str, Path]:
    """A program that leaves a canary behind, reachable in several ways."""
    canary = tmp_path / "canary"
    places = {
        "canary": canary,
        "run": tmp_path / "run",
        "hooks": tmp_path / "hooks",
        "more": tmp_path / "more",
    }
    places["run"].write_text(f'#!/bin/sh\ntouch {canary}\ncat "$1" 2>/dev/null\nexit 0\n')
    places["run"].chmod(0o755)
    places["hooks"].mkdir()
    for name in ("pre-commit", "post-checkout", "reference-transaction", "post-index-change"):
        (places["hooks"] / name).symlink_to(places["run"])
    places["more"].write_text(f"[core]\n fsmonitor = {places['run']}\n")
    return places


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_of_a_repository_is_run(
    attempt: str, repo: Repo, trap: dict[str, Path], tmp_path: Path
) -> None:
    config, attributes, plain = ATTEMPTS[attempt]
    repo.commit("One", a_yaml="x\n")
    repo.commit("Two", a_yaml="y\n")
    signed = repo.git("cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    (tmp_path / "object").write_text(signed + "\n")
    repo.git("reset", "-q", "--hard", repo.git("hash-object", "-t", "commit", "-w", str(tmp_path / "object")))
    if attributes:
        repo.commit("Attributes", **{".gitattributes": attributes + "\n"})
    with (repo.path / ".git" / "config").open("a") as file:
        file.write(config.format(**trap) + "\n")
    for name in ("post-checkout", "reference-transaction", "pre-commit"):
        (repo.path / ".git" / "hooks" / name).symlink_to(trap["run"])

    repo.git(*plain, check=False)
    assert trap["canary"].exists(), "plain git falls for it"
    trap["canary"].unlink()

    repository = repository_of(repo.path)
    assert history(repository, "a.yaml").commits
    assert history(repository, "a.yaml", 1).commits
    assert history(repository, "", query="y").commits
    checkout = opened(Remote(repo.path.as_uri()), tmp_path / "cache")
    assert (checkout.path / "a.yaml").read_text().strip() in ("x", "y")
    assert not trap["canary"].exists()


def test_a_git_file_cannot_claim_a_repository_elsewhere(repo: Repo, tmp_path: Path) -> None:
    repo.commit("Private", a_yaml="secret\n")
    (tmp_path / "claim").mkdir()
    (tmp_path / "claim" / ".git").write_text(f"gitdir: {repo.path}/.git\n")
    assert repository_of(tmp_path / "claim") is None
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / ".git").symlink_to(repo.path / ".git")
    assert repository_of(tmp_path / "link") is None


def test_a_repository_cannot_name_the_data_of_another_as_its_own(repo: Repo, tmp_path: Path) -> None:
    repo.commit("Private", a_yaml="secret\n")
    thief = Repo(tmp_path / "thief")
    thief.path.mkdir()
    thief.git("init", "-q")
    (thief.path / ".git/commondir").write_text(f"{repo.path}/.git\n")
    (thief.path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    assert thief.git("log", "-1", "--format=%s") == "Private", "plain git reads them"
    assert repository_of(thief.path) is None

    # The same by a `.git` file, which leads to a folder that names it back.
    claim, data = tmp_path / "claim", tmp_path / "claim" / "data"
    (thief.path / ".git").rename(tmp_path / "data")
    claim.mkdir()
    (tmp_path / "data").rename(data)
    (data / "gitdir").write_text(f"{claim}/.git\n")
    (claim / ".git").write_text(f"gitdir: {data}\n")
    assert Repo(claim).git("log", "-1", "--format=%s") == "Private", "plain git reads them"
    assert repository_of(claim) is None


def test_objects_borrowed_from_another_repository_are_not_read(repo: Repo, tmp_path: Path) -> None:
    private = repo.commit("Private", a_yaml="secret\n")
    thief = Repo(tmp_path / "thief")
    thief.path.mkdir()
    thief.git("init", "-q")
    (thief.path / ".git/objects/info").mkdir(exist_ok=True)
    (thief.path / ".git/objects/info/alternates").write_text(f"{repo.path}/.git/objects\n")
    (thief.path / ".git/HEAD").write_text(private + "\n")
    assert thief.git("log", "-1", "--format=%s") == "Private", "plain git reads them"
    with pytest.raises(NotServed):
        repository_of(thief.path)


def test_a_configuration_that_is_a_link_is_refused(repo: Repo, tmp_path: Path) -> None:
    repo.commit("One", a_yaml="x\n")
    (repo.path / ".git/config").rename(tmp_path / "config")
    (repo.path / ".git/config").symlink_to(tmp_path / "config")
    with pytest.raises(NotServed, match="is a link"):
        repository_of(repo.path)


@pytest.mark.parametrize("path", ["../out", ".git/hooks/x", "a/../../b", ".GIT/config"])
def test_a_tree_whose_paths_lead_out_is_not_laid_out(path: str, repo: Repo, tmp_path: Path) -> None:
    blob = repo.git("hash-object", "-w", "--stdin-paths", check=False) or ""
    (tmp_path / "evil").write_text("evil\n")
    blob = repo.git("hash-object", "-w", str(tmp_path / "evil"))
    tree = _tree(repo, tmp_path, path.split("/"), blob)
    commit = repo.git("commit-tree", tree, "-m", "evil")
    repo.git("update-ref", "refs/heads/main", commit)
    with pytest.raises(InterlockError):
        opened(Remote(repo.path.as_uri()), tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("out"))


def _tree(repo: Repo, tmp_path: Path, parts: list[str], blob: str) -> str:
    entry = f"100644 {parts[-1]}".encode() + b"\0" + bytes.fromhex(blob)
    for part in [*reversed(parts[:-1]), None]:
        (tmp_path / "tree").write_bytes(entry)
        sha = repo.git("hash-object", "-t", "tree", "-w", "--literally", str(tmp_path / "tree"))
        if part is None:
            return sha
        entry = f"40000 {part}".encode() + b"\0" + bytes.fromhex(sha)
    raise AssertionError
