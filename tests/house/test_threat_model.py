"""docs/threat-model.md names tests that exist, and leaves out no wall."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / "docs" / "threat-model.md").read_text()


def found_in(*files: Path) -> set[str]:
    """The names of the tests in these files."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    trees = [ast.parse(file.read_text()) for file in files]
    found = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)}
    return {name for name in found if name.startswith("test_")}


def named_in(text: str) -> set[str]:
    """The tests that a text names."""
    return set(re.findall(r"`(test_\w+)`", text))


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, their heads left out."""
    part = page.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line] for line in lines]
    return [row for row in cells if not set("".join(row)) <= set("- ")][1:]


def test_every_test_that_the_threat_model_names_exists(page: str, repo_root: Path) -> None:
    named = named_in(page)
    assert len(named) > 100
    assert named - found_in(*(repo_root / "tests").rglob("test_*.py")) == set()


def test_every_wall_is_in_the_threat_model(page: str, repo_root: Path) -> None:
    gate = repo_root / "tests" / "gate"
    walls = found_in(*gate.glob("test_walls*.py"), gate / "test_standing.py")
    assert walls - named_in(page) == set()


@pytest.mark.parametrize(
    "heading",
    [
        "The way of a change",
        "The sixteen ways round LangChain's human-in-the-loop",
        "Holes of other gates",
        "OWASP Agentic, 2026",
    ],
)
def test_every_attack_has_a_test_that_holds_it(heading: str, page: str) -> None:
    found = rows(page, heading)
    assert len(found) > 5
    assert [row[0] for row in found if not named_in(row[-1])] == []


def test_the_sixteen_ways_and_the_ten_risks_are_all_there(page: str) -> None:
    ways = [row[0] for row in rows(page, "The sixteen ways round LangChain's human-in-the-loop")]
    assert ways == [str(number) for number in range(1, 17)]
    risks = [row[0].split()[0] for row in rows(page, "OWASP Agentic, 2026")]
    assert risks == [f"ASI{number:02}" for number in range(1, 11)]
