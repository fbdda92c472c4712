"""The bundle in docs/policy.md is loaded as it stands there, its table holds, and its commands run."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from click.testing import CliRunner

from interlock.agent.runtime import open_runtime
from interlock.approvals.catalogue import all_actions
from interlock.core.errors import BadInput, Refused
from interlock.core.identity import Principal
from interlock.core.policy.bundle import load
from interlock.core.policy.cedar import CedarPolicy
from interlock.core.policy.change_rules import BreakGlass
from interlock.core.policy.changes import (
    Case,
    Changes,
    Freeze,
    Need,
    check_actions,
    environments_of,
    frozen,
    met,
    need,
    over_cap,
    owned_allowed,
)
from interlock.core.policy.table import cases, judged
from interlock.core.settings import Settings
from interlock.surfaces.cli.commands.policy import policy

_BLOCK = re.compile(r"^```\w+\n(?:#|//) (?P<name>[\w.]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(repo_root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    for block in _BLOCK.finditer((repo_root / "docs" / "policy.md").read_text()):
        (folder / block["name"]).write_text(block["text"])
    return folder


def test_the_example_is_a_bundle_and_its_table_holds(example: Path) -> None:
    outcomes = list(judged(CedarPolicy(load(example)), cases(example)))
    assert len(outcomes) >= 10
    assert [outcome for outcome in outcomes if not outcome.holds] == []


def test_every_policy_of_the_example_decides_a_row_of_its_table(example: Path) -> None:
    rules = {outcome.ruling.rule for outcome in judged(CedarPolicy(load(example)), cases(example))}
    named = {name for rule in rules for name in rule.split(", ")}
    assert set(load(example).policies) - named == {"own-models-see-all", "sre-request", "grafana-reads-dev"}


def test_its_commands_run(example: Path) -> None:
    run = CliRunner().invoke
    assert "ok: payments" in run(policy, ["check", str(example)]).output
    assert "rows hold" in run(policy, ["test", str(example)]).output
    asked = ["explain", "oidc:cy", "send", "--tool", "model", "--kind", "Provider", "--resource", "anthropic"]
    said = run(policy, [*asked, "--cluster", "prod-eu", "--bundle", str(example)])
    assert isinstance(said.exception, Refused) and said.exception.rule == "no-permit"
    assert run(policy, [*asked, "--cluster", "dev", "--bundle", str(example)]).output == (
        "allowed by hosted-models-see-dev\n"
    )


def test_its_rules_for_changes_mean_what_the_page_says(example: Path) -> None:
    header = load(example).header
    check_actions(header.changes, all_actions)
    scale = Case("scale", "medium", "prod-eu", environments_of(header, "prod-eu"), "shop", 3, False, False)
    friday = datetime(2026, 11, 27, 16, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert met(need(header.changes, scale), {"ana": frozenset({"sre"}), "cy": frozenset()}) is None
    assert frozen(header.changes, scale, friday) == Freeze("weekend", friday + timedelta(hours=8 + 48))
    assert frozen(header.changes, replace(scale, break_glass=True), friday) is None
    assert over_cap(header.changes, replace(scale, pods=21), [], friday)
    assert not owned_allowed(header.changes, scale)


def test_an_action_that_does_not_exist_is_found_by_check(example: Path) -> None:
    file = example / "policy.yaml"
    file.write_text(file.read_text().replace("[drain, cordon]", "[drian, cordon]"))
    said = CliRunner().invoke(policy, ["check", str(example)]).exception
    assert isinstance(said, BadInput) and "action in nodes of the policy's changes 'drian'" in said.message


def test_the_defaults_are_those_of_the_page(repo_root: Path) -> None:
    page = (repo_root / "docs" / "policy.md").read_text()
    case = Case("scale", "low", "c", frozenset(), "shop", 3, False, False)
    for risk in ("low", "medium", "high"):
        needed = need(Changes(), replace(case, risk=risk))
        assert f"| {risk} risk | {_said(needed)} |" in page
    glass = Changes().break_glass
    assert f"breaks the glass | {_said(glass)} |" in page


def _said(needed: Need | BreakGlass) -> str:
    ages = [
        f"{age // timedelta(hours=1)}h" if age >= timedelta(hours=1) else f"{age // timedelta(minutes=1)}m"
        for age in (needed.login_within, needed.max_age)
    ]
    return f"{needed.quorum} | {', '.join(sorted(needed.channels, key=['cli', 'web', 'slack'].index))} | {' | '.join(ages)}"


def test_everything_starts_on_it(example: Path, tmp_path: Path) -> None:
    said = yaml.safe_load((example / "policy.yaml").read_text())
    (example / "policy.yaml").write_text(yaml.safe_dump({**said, "second_signature": "off"}))
    with open_runtime(
        Settings({"policy": {"bundle": str(example)}}),
        principal=Principal("oidc:ana"),
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
    ) as runtime:
        assert runtime
