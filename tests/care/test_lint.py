"""Lint finds what is wrong with pages, says what it did not check, and finds nothing in our own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.approvals.catalogue import all_actions
from interlock.tools.knowledge.care.commands import PROGRAMS
from interlock.tools.knowledge.care.lint import lint
from interlock.tools.knowledge.care.manuals import Manual
from interlock.tools.knowledge.care.model import Folders, Rule
from interlock.tools.knowledge.care.pages import read_folders
from interlock.tools.knowledge.care.programs import manuals

Programs = Any
RULES = """groups:
- name: disks
  rules:
  - alert: DiskFull
    expr: disk > 0.9
  - alert: Quiet
    expr: up == 0
    annotations:
      runbook_url: https://example.com/runbooks/quiet-page
  - alert: Lost
    expr: up == 0
"""


def checks(read: Folders, **more: Any) -> list[tuple[str, str]]:
    return [(f.check, f.message) for f in lint(read, {}, **more).findings]


def test_a_page_without_owner_or_review_is_named(folder: Callable[..., Folders]) -> None:
    found = checks(folder(page_md="# A page\n", README_md="# About\n"))
    assert found == [("owner", "no owner"), ("review", "not known to have been reviewed")]


def test_a_date_that_is_none_is_named(folder: Callable[..., Folders], front: str) -> None:
    found = checks(folder(page_md=front.replace("2026-03-01", "last spring")))
    assert found == [("review", "last_reviewed last spring is no date")]


def test_an_alert_needs_a_page_by_name_title_heading_or_url(
    folder: Callable[..., Folders], front: str
) -> None:
    read = folder(disk_md=front, rules_yaml=RULES)
    assert {message.partition(";")[0] for _, message in checks(read)} == {
        "no page is about the alert Lost",
        "no page is about the alert Quiet",
    }
    page = front.replace("A page", "Other").replace("DiskFull", "x")
    more = folder(disk_md=front, quiet_page_md="", rules_yaml=RULES, lost_md=page + "\n## Lost\n")
    (more.pages[-1].folder / "quiet-page.md").write_text(page)
    again = read_folders([more.pages[-1].folder], lambda text: text)
    assert [m for c, m in checks(again) if c == "alert"] == []


def test_a_monitor_is_an_alert_too(folder: Callable[..., Folders], front: str) -> None:
    found = checks(
        folder(page_md=front), monitors=[Rule("Latency", "monitors"), Rule("disk full", "monitors")]
    )
    assert found == [("alert", "no page is about the alert Latency")]


def test_yaml_that_holds_no_rules_declares_no_alert(folder: Callable[..., Folders], front: str) -> None:
    assert checks(folder(page_md=front, values_yaml="alert: Nothing\nother: 1\n")) == []


def test_dead_links_are_named_and_live_ones_are_not(folder: Callable[..., Folders], front: str) -> None:
    read = folder(
        one_md=front + "## What to do\n[a](two.md) [b](two.md#here-it-is) [c](#what-to-do) ![d](no.png)\n"
        "[e](two.md#nowhere) [f](https://example.com) `[g](gone.md)`\n```\n[h](gone.md)\n```\n[i]: gone.md\n",
        two_md=front + "## Here it is\n",
    )
    report = lint(read, {})
    assert [f.message for f in report.findings] == [
        "the link to no.png leads to no file",
        "two.md has no heading #nowhere",
        "the link to gone.md leads to no file",
    ]
    assert "1 links to the network or to a site's own root were not followed" in report.unchecked


def test_a_command_that_no_longer_exists_is_named_with_its_line(
    folder: Callable[..., Folders], front: str, programs: Programs
) -> None:
    read = folder(page_md=front + "```sh\nkubectl get pods\nkubectl run-all\nhelm lst\n```\n")
    report = lint(read, {"kubectl": Manual("kubectl", programs, "v1"), "helm": None})
    assert [(f.line, f.message) for f in report.findings] == [(10, "kubectl has no command run-all")]
    assert report.unchecked == ("helm: not installed",)


def test_an_action_that_is_in_no_catalogue_is_named(folder: Callable[..., Folders], front: str) -> None:
    page = front.replace("owner:", "actions: [restart, explode]\nowner:")
    assert checks(folder(page_md=page), actions=["restart"]) == [("action", "no action is called explode")]
    assert lint(folder(page_md=page), {}).unchecked == ("the actions that pages name",)
    one = front.replace("owner:", "action: rollout-undoo\nowner:")
    (found,) = lint(folder(page_md=one), {}, actions=frozenset(all_actions())).findings
    assert (found.message, found.hint) == ("no action is called rollout-undoo", "did you mean rollout-undo?")


def test_our_own_runbooks_have_nothing_to_mend(repo_root: Path, kept: Path) -> None:
    if not shutil.which("kubectl"):
        pytest.skip("not run: kubectl is absent")
    with manuals(PROGRAMS, kept) as known:
        report = lint(
            read_folders([repo_root / "runbooks"], lambda text: text), known, actions=frozenset(all_actions())
        )
    assert report.findings == ()
    assert report.looked_at["pages"] >= 24
    assert report.looked_at["commands"] > 300
