"""Our own recorded incidents under triage with the built-in model, as they are and under other names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import JsonValue

from interlock.evals.incidents import Score, renamed, score, triage_by_product
from interlock.evals.rename import expected

SEEDS = (7, 23)
STATES = {"demo": "active"}  # the others say theirs in expected.yml
NAMES = ("demo", "disputes_morning", "embedding_throughput", "quote_refusals", "session_lookups")
Triaged = Callable[[Path], tuple[Score, Mapping[str, JsonValue]]]


@pytest.fixture
def replays(repo_root: Path) -> Path:
    return repo_root / "evals" / "replays"


@pytest.fixture
def triaged(tmp_path: Path) -> Triaged:
    triage = triage_by_product(tmp_path)

    def run(folder: Path) -> tuple[Score, Mapping[str, JsonValue]]:
        answer = triage(folder)
        return score(folder, answer), answer

    return run


def _hold(found: Score, folder: Path) -> None:
    wanted = expected(folder)
    assert found.category == wanted["root_cause_category"]
    assert found.state == wanted.get("state", STATES.get(found.incident))
    assert found.missing == ()
    assert not found.forbidden
    assert found.unverified == ()


def test_every_recorded_incident_is_among_them(replays: Path) -> None:
    assert tuple(sorted(path.parent.name for path in replays.glob("*/expected.yml"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_incident_is_diagnosed(name: str, replays: Path, triaged: Triaged) -> None:
    found, _ = triaged(replays / name)
    _hold(found, replays / name)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_it_is_diagnosed_under_other_names(
    name: str, seed: int, replays: Path, triaged: Triaged, tmp_path: Path
) -> None:
    (folder,) = renamed([replays / name], seed, tmp_path / "renamed")
    found, _ = triaged(folder)
    _hold(found, folder)


@pytest.mark.parametrize("name", ["quote_refusals", "disputes_morning"])
def test_the_chain_names_the_workload_that_is_at_fault(name: str, replays: Path, triaged: Triaged) -> None:
    found, answer = triaged(replays / name)
    wanted = expected(replays / name)
    assert (found.category, found.state) == (wanted["root_cause_category"], wanted["state"])
    chain = answer["verdict"]["cause_chain"]  # type: ignore[index,call-overload]
    assert str(wanted["cause_workload"]).rpartition("/")[2] in str(chain)
