"""Runs the official conformance suite against a URL and reads what it wrote down: each scenario's checks."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interlock.evals.bench.node import installed, node

LOCKED = Path(__file__).with_name("npm")
REVISIONS = ("2025-11-25", "2026-07-28")
BAD = frozenset({"FAILURE", "WARNING"})


@dataclass(frozen=True)
class Check:
    """One check of a scenario, as the suite judged it."""

    id: str
    status: str
    why: str


@dataclass(frozen=True)
class Report:
    """One run: the exit code, what was printed, the checks by scenario."""

    code: int
    said: str
    scenarios: Mapping[str, tuple[Check, ...]]

    def bad(self, scenario: str, statuses: frozenset[str] = BAD) -> list[str]:
        """What did not hold, each with why."""
        return [f"{c.id}: {c.why}" for c in self.scenarios[scenario] if c.status in statuses]

    def passed(self, scenario: str) -> int:
        """How many checks hold."""
        return sum(check.status == "SUCCESS" for check in self.scenarios[scenario])


def conformance(url: str, revision: str, folder: Path, *options: str) -> Report:
    """Run what a revision requires."""
    program = installed(LOCKED / "conformance") / ".bin" / "conformance"
    argv = [str(node()), str(program), "server", "--url", url, "--requirements", revision]
    done = subprocess.run(
        [*argv, "--output-dir", str(folder), *options],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    found = {_scenario(path): _checks(path) for path in folder.glob("*/checks.json")}
    return Report(done.returncode, done.stdout + done.stderr, found)


def _scenario(path: Path) -> str:
    """The scenario's name: the folder's, without the suite's prefix and the time."""
    name = re.fullmatch(r"server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z", path.parent.name)
    assert name, path
    return name[1]


def _checks(path: Path) -> tuple[Check, ...]:
    read: list[dict[str, Any]] = json.loads(path.read_text())
    return tuple(Check(c["id"], c["status"], c.get("errorMessage") or "") for c in read)
