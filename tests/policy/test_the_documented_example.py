"""The bundle in docs/policy.md is loaded as it stands there, its table holds, and its commands run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from interlock.core.errors import Refused
from interlock.core.policy.bundle import load
from interlock.core.policy.cedar import CedarPolicy
from interlock.core.policy.table import cases, judged
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
