"""`interlock policy` as typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from click.testing import CliRunner, Result

from interlock.core.errors import InterlockError, Refused
from interlock.core.policy import Act, ResourceKind
from interlock.surfaces.cli.commands.policy import ACTS, KINDS, policy

Write = Callable[..., Path]


def run(state: Path, *args: str) -> Result:
    return CliRunner(env={"INTERLOCK_STATE_DIR": str(state)}).invoke(policy, list(args))


def test_the_choices_are_those_of_the_policy() -> None:
    assert (get_args(Act), get_args(ResourceKind)) == (ACTS, KINDS)


def test_check_counts_what_is_there_and_prints_the_schema(write: Write, tmp_path: Path) -> None:
    assert "5 permits, 2 forbids" in run(tmp_path, "check", str(write())).output
    assert "namespace Interlock" in run(tmp_path, "check", "--schema").output


def test_explain_names_the_rule_and_exits_by_it(write: Write, tmp_path: Path) -> None:
    asked = ("--tool", "pod_logs", "--resource", "prod-eu", "-n", "card-vault", "--bundle", str(write()))
    assert "allowed by people-read" in run(tmp_path, "explain", "oidc:ana", "read", *asked).output
    refused = run(tmp_path, "explain", "oidc:cy", "read", *asked)
    assert isinstance(refused.exception, Refused) and refused.exception.rule == "no-vault"


def test_the_bundles_own_table_is_held_against_it(write: Write, tmp_path: Path) -> None:
    folder = write()
    row = "{principal: 'oidc:cy', act: request, tool: scale, resource: dev, allowed: false}"
    (folder / "tests.yaml").write_text(f"- {row}\n")
    assert "1 rows hold" in run(tmp_path, "test", str(folder)).output
    (folder / "tests.yaml").write_text(f"- {row.replace('false', 'true')}\n")
    wrong = run(tmp_path, "test", str(folder))
    assert isinstance(wrong.exception, InterlockError) and "refused by no-permit" in wrong.output


def test_diff_says_what_is_wider_and_what_narrower(write: Write, tmp_path: Path) -> None:
    old, new = write(), write("new", edits={'ml: ["oidc:cy"]': 'ml: ["oidc:eve"]'})
    said = run(tmp_path, "diff", str(old), str(new)).output
    assert "wider: oidc:eve joins group ml" in said
    assert "narrower: oidc:cy leaves group ml" in said
    assert "second person" in said
    assert "rule alike" in run(tmp_path, "diff", str(old), str(old)).output


def test_signing_vouches_for_the_change_from_what_is_in_force(write: Write, tmp_path: Path) -> None:
    folder = write()
    said = run(tmp_path, "sign", str(folder), "--key", str(tmp_path / "ana.key"), "--as", "oidc:ana")
    assert said.exit_code == 0, said.exception
    assert "in place of none" in said.output and "BEGIN PUBLIC KEY" in said.output
    assert (folder / "signatures.json").is_file()
