"""A file system that is really full: questions are answered, changes are refused, and the reads are chained in later.

A tmpfs of a few megabytes holds the state directory; where mounting is forbidden the test is named as not run.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import interlock
from interlock.core.errors import StoreFailed
from interlock.surfaces.cli.commands.ask import ask
from interlock.surfaces.cli.commands.audit import audit
from interlock.surfaces.cli.commands.token import token

DEMO = Path(interlock.__file__).parent / "evals" / "replays" / "demo"
QUESTION = ["how many pods are in namespace ml-platform?", "--replay", str(DEMO), "--json"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted file system of four megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("not run: mounting a file system is forbidden here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def run(small_disk: Path, tmp_path: Path) -> Callable[..., Result]:
    """Runs a command with its state on the small disk."""
    places = {
        "INTERLOCK_STATE_DIR": str(small_disk / "state"),
        "INTERLOCK_CACHE_DIR": str(tmp_path / "cache"),
    }
    return lambda command, *args: CliRunner(env=places).invoke(command, list(args))


def fill(disk: Path) -> None:
    descriptor = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(descriptor, b"x" * 512):
            pass
    except OSError:
        os.close(descriptor)


def answer(done: Result) -> dict[str, object]:
    assert done.exit_code == 0, done.output
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_a_full_disk_refuses_changes_answers_questions_and_chains_them_in_later(
    small_disk: Path, run: Callable[..., Result]
) -> None:
    before = answer(run(ask, *QUESTION))
    fill(small_disk)
    during = answer(run(ask, *QUESTION))
    assert during["answer"] == before["answer"]
    assert "not on record: our own database could not be written" in str(during["limits"])
    assert isinstance(run(token, "create", "svc:x").exception, StoreFailed)
    (small_disk / "filler").unlink()
    answer(run(ask, *QUESTION))
    records = [json.loads(line) for line in run(audit, "export").stdout.splitlines()]
    asked = [r["body"] for r in records if r["kind"] == "question.answered"]
    assert ["spooled_at" in body for body in asked] == [False, True, False]
    assert [r["kind"] for r in records].count("tool.outcome") == 3
    assert run(audit, "verify").exit_code == 0
