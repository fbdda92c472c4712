"""The README's commands run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent.parent / "README.md"
COMMANDS = [line[2:] for line in README.read_text().splitlines() if line.startswith("$ ")]
# Need a cluster, a key, a port held open, or are this very test run.
ELSEWHERE = (
    "make ",
    "kubectl ",
    "INTERLOCK_MODEL=",
    "replay serve",
    "replay record",
    "interlock ask '",
    "interlock serve",
    "interlock drift",
    "curl ",
    "triage alert.json",
)

NEEDS_DECISION = 5


def here(command: str) -> bool:
    return not any(part in command for part in ELSEWHERE) and "interlock doctor" not in command


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    names = {
        "INTERLOCK_STATE_DIR": str(home / "state"),
        "INTERLOCK_CACHE_DIR": str(home / "cache"),
        "HOME": str(home),
    }
    return {**{k: v for k, v in os.environ.items() if not k.startswith("INTERLOCK_")}, **names}


def test_the_readme_names_the_test_command_that_ci_runs(repo_root: Path) -> None:
    assert "make test" in COMMANDS
    assert "make test" in (repo_root / ".ci" / "run").read_text()


def test_every_make_target_the_readme_names_exists(repo_root: Path) -> None:
    makefile = (repo_root / "Makefile").read_text()
    for target in set(re.findall(r"`?make ([a-z-]+)", README.read_text())):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", sorted(set(re.findall(r"\]\(([^)#]+)\)", README.read_text()))))
def test_every_link_leads_somewhere(repo_root: Path, page: str) -> None:
    assert (repo_root / page).exists()


def test_the_readme_commands_run_one_after_another(environment: dict[str, str], tmp_path: Path) -> None:
    interlock = str(Path(sys.executable).with_name("interlock"))
    ran = [command for command in COMMANDS if here(command)]
    assert len(ran) >= 7
    held = dict(environment)
    for command in ran:
        words = shlex.split(command.replace(".venv/bin/interlock", interlock))
        if words[0] == "export":
            held |= dict(word.split("=", 1) for word in words[1:])
            continue
        done = subprocess.run(
            words, env=held, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == (NEEDS_DECISION if "request" in words else 0), f"{command}: {done.stderr}"
        assert done.stdout.strip(), command


def test_the_settings_in_the_readme_are_valid(tmp_path: Path, environment: dict[str, str]) -> None:
    block = re.search(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    (tmp_path / "interlock.yaml").write_text(block.group(1))
    words = [str(Path(sys.executable).with_name("interlock")), "config", "check"]
    done = subprocess.run(
        words, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
