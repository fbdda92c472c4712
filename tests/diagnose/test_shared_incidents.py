"""The public incidents, as they are and under other names: right category, required words, every claim held."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from interlock.evals.incidents import incidents, renamed, run
from interlock.evals.rename import rename

ROOMS = ("tools", "agent", "core")


def triage(diagnose: Any) -> Any:
    """The answer's form from the diagnosis alone; claims are checked as answers' are."""

    def answer(folder: Path) -> Any:
        told = diagnose(folder)
        wrong = {text.split(" [")[0] for text in told.unverified()}
        claims = [{"text": c["text"], "verified": c["text"] not in wrong} for c in told.data["claims"]]
        return {"verdict": told.verdict, "claims": claims}

    return answer


@pytest.mark.shared
def test_every_public_incident_scores(diagnose: Any, shared_dir: Path) -> None:
    scores = run(incidents(shared_dir / "data" / "incidents-dev"), triage(diagnose))
    assert len(scores) == 7
    assert all(score.right for score in scores), "\n".join(score.row for score in scores)
    assert all(score.ruled_out == score.rulings for score in scores), "\n".join(score.row for score in scores)


@pytest.mark.shared
@pytest.mark.parametrize("seed", [1, 20, 333])
def test_the_same_incidents_under_other_names_score_the_same(
    seed: int, diagnose: Any, shared_dir: Path, tmp_path: Path
) -> None:
    folders = incidents(shared_dir / "data" / "incidents-dev")
    scores = run(renamed(folders, seed, tmp_path / "renamed"), triage(diagnose))
    assert all(score.right for score in scores), "\n".join(score.row for score in scores)


@pytest.mark.shared
def test_a_renamed_incident_holds_none_of_its_old_names(shared_dir: Path, tmp_path: Path) -> None:
    for folder in incidents(shared_dir / "data" / "incidents-dev"):
        renaming = rename(folder, tmp_path / folder.name, 5)
        told = "\n".join(p.read_text() for p in (tmp_path / folder.name).rglob("*") if p.is_file())
        left = [old for old in renaming.words if re.search(rf"(?<![\w-]){re.escape(old)}(?![\w-])", told)]
        assert not left, (folder.name, left)


@pytest.mark.shared
def test_no_name_of_the_public_incidents_stands_in_product_code(shared_dir: Path, repo_root: Path) -> None:
    names: set[str] = set()
    for folder in incidents(shared_dir / "data" / "incidents-dev"):
        names |= {folder.name, *renamed_words(folder)}
    code = {p: p.read_text() for room in ROOMS for p in (repo_root / room).rglob("*.py")}
    found = [f"{p}: {n}" for n in sorted(names) for p, text in code.items()
             if re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", text)]  # fmt: skip
    assert not found, "\n".join(found)


def renamed_words(folder: Path) -> set[str]:
    """The names of an incident; plain words of the trade (`postgres`) that are names by chance only are left out."""
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        words = rename(folder, Path(scratch) / "x", 1).words
    return {word for word in words if "-" in word or "." in word}
