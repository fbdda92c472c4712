"""Our own incidents: category, state, words, chain roots, and every claim held by what it cites."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_diagnosis_of(name: str, diagnose: Any, tmp_path: Path) -> None:
    build, expected = SCENARIOS[name]
    told = diagnose(build().write(tmp_path / "incident"))
    wrong = []
    if (told.verdict["category"], told.verdict["state"]) != (expected.category, expected.state):
        wrong.append(f"is {told.verdict['category']}, {told.verdict['state']}")
    wrong += [f"no {w!r}" for w in expected.words if w.lower() not in told.scored.lower()]
    wrong += [f"has {w!r}" for w in expected.absent if w.lower() in told.scored.lower()]
    wrong += [
        f"no chain starts with {r!r}"
        for r in expected.roots
        if not any(r.lower() in x.lower() for x in told.roots)
    ]
    wrong += [f"unverified: {u}" for u in told.unverified()]
    assert not wrong, "\n".join([*wrong, told.scored, *map(str, told.roots)])
