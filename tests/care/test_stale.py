"""Stale finds pages that were right once."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from interlock.core.process import run
from interlock.tools.knowledge.care.model import Folders
from interlock.tools.knowledge.care.programs import last_change
from interlock.tools.knowledge.care.stale import mentions, stale

TODAY = date(2026, 3, 10)


def test_a_review_holds_for_so_many_days(folder: Callable[..., Folders], front: str) -> None:
    read = folder(page_md=front)
    assert stale(read, TODAY, days=9).findings == ()
    (found,) = stale(read, TODAY, days=8).findings
    assert found.message == "last reviewed 2026-03-01, 9 days ago"


def test_objects_that_commands_name_in_full_are_looked_up(folder: Callable[..., Folders], front: str) -> None:
    read = folder(
        page_md=front + "```sh\nkubectl -n shop rollout restart deployment/cart deploy/$APP\n"
        "kubectl get deployment old-cart --namespace=shop\nkubectl -n $NS get svc <name>\nkubectl get node n-9\n```\n"
    )
    assert [(m.kind, m.namespace, m.name) for m in mentions(read.pages[0])] == [
        ("namespaces", "", "shop"),
        ("deployments", "shop", "cart"),
        ("namespaces", "", "shop"),
        ("deployments", "shop", "old-cart"),
        ("nodes", "", "n-9"),
    ]
    there = {"deployments": {("shop", "cart"), ("prod", "old-cart")}, "namespaces": {("", "shop")}}
    found = stale(read, TODAY, there=there).findings
    assert [(f.line, f.message) for f in found] == [(10, "the cluster has no deployment old-cart in shop")]
    assert stale(read, TODAY).findings == ()


def test_code_that_changed_after_the_review_is_named(folder: Callable[..., Folders], front: str) -> None:
    read = folder(
        page_md=front + "See [the values](values.yaml) and [the page](page.md).\n", values_yaml="a: 1\n"
    )
    changed = {"values.yaml": date(2026, 3, 2)}
    (found,) = stale(read, TODAY, changed=lambda file: changed.get(file.name)).findings
    assert found.message == "values.yaml was changed 2026-03-02, after the review of 2026-03-01"
    assert stale(read, TODAY, changed=lambda _: date(2026, 2, 1)).findings == ()


def test_the_last_commit_of_a_file_is_read_from_git(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a")
    told = {
        **dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-02-03T04:05:06Z"),
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "ana"),
        **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ana@example.com"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    for words in ("init -q", "add a.yaml", "commit -q -m first"):
        assert run(["git", *words.split()], cwd=tmp_path, environment=told).code == 0
    for path in [tmp_path, *tmp_path.parents[:2], *tmp_path.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    found = last_change(tmp_path / "a.yaml")
    if found is None:
        pytest.skip("not run: no sandbox can be had here")
    assert found == date(2026, 2, 3)
    assert last_change(tmp_path / "b.yaml") is None
    assert last_change(Path("/etc/hostname")) is None
