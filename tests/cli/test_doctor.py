"""`interlock doctor` names everything a question may lack: the index, the embedding model, the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.identity_provider import running_provider

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


def changes_of(interlock: Callable[..., Any], tmp_path: Path, text: str, *more: str) -> dict[str, str]:
    """What the doctor finds under these settings of changes and people: findings and their hints."""
    (tmp_path / "interlock.yaml").write_text(text)
    done = interlock("doctor", "--json", *more)
    rows = [json.loads(line) for line in done.out.splitlines()]
    return {row["detail"]: row["hint"] for row in rows if row["name"] in ("changes", "identity provider")}


def test_everything_that_keeps_changes_from_being_made_is_named_at_once(
    interlock: Callable[..., Any], tmp_path: Path
) -> None:
    said = changes_of(interlock, tmp_path, "approvals: {enabled: true}")
    assert said["nobody can sign in to decide"] == "set identity.oidc"
    assert said["no policy names who may request and decide"] == "set policy.bundle"
    assert said["no cluster may be changed"] == "name one in approvals.clusters"
    assert any("identity.people" in each for each in said)
    assert all(said.values()), "each finding names its remedy"


def test_what_only_asks_lacks_neither_a_login_nor_clusters(
    interlock: Callable[..., Any], tmp_path: Path
) -> None:
    said = changes_of(
        interlock, tmp_path, "approvals: {enabled: true, split: true, url: 'http://localhost:1'}"
    )
    assert "this process only takes requests" in said
    assert not any("sign in" in each or "no cluster" in each for each in said)


def test_an_identity_provider_is_asked_for_its_keys(interlock: Callable[..., Any], tmp_path: Path) -> None:
    def settings(issuer: str) -> str:
        return json.dumps({"identity": {"oidc": {"issuer": issuer, "audience": "interlock"}}})

    with running_provider() as provider:
        issuer = provider.issuer
        assert any(f"{issuer} answers" in each for each in changes_of(interlock, tmp_path, settings(issuer)))
        other = settings(issuer.replace("127.0.0.1", "localhost"))
        assert any("another issuer" in each for each in changes_of(interlock, tmp_path, other))
    gone = changes_of(interlock, tmp_path, settings(issuer))
    (why,) = (each for each in gone if each.startswith(f"{issuer}: "))
    assert "ConnectError" in why
    assert gone[why].startswith("until it answers nobody can sign in")
