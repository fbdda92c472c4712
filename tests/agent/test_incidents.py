"""The public incidents, triaged from alert to answer: the category holds, and nothing is said that does not verify."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from interlock.agent.runtime import open_runtime
from interlock.core.identity import Principal
from interlock.core.settings import Settings

NAMES = (
    "000-healthy",
    "001-oomkilled-crashloop",
    "003-pending-insufficient-resources",
    "005-resource-quota-exceeded",
    "006-dns-resolution-failure",
    "009-noisy-healthy-restart-recovered",
    "010-red-herring-old-rollout",
)


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_a_public_incident_is_answered(
    name: str, shared_dir: Path, tmp_path: Path, answered: Callable[..., dict[str, Any]]
) -> None:
    folder = shared_dir / "data" / "incidents-dev" / name
    expected = yaml.safe_load((folder / "expected.yml").read_text())
    with open_runtime(
        Settings({}),
        principal=Principal(id="local:ana"),
        replay=folder,
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
    ) as runtime:
        answer = answered(runtime.triage(runtime.recorded_alert()))
    verdict = answer["verdict"]
    assert verdict["category"] == expected["root_cause_category"]
    said = " ".join([verdict["summary"], *verdict["cause_chain"]])[:1200].lower()
    assert [word for word in expected["required_keywords"] if word.lower() not in said] == []
    assert [claim["text"] for claim in answer["claims"] if not claim["verified"]] == []
    assert answer["claims"]


def test_the_demo_is_answered(
    repo_root: Path, tmp_path: Path, answered: Callable[..., dict[str, Any]]
) -> None:
    with open_runtime(
        Settings({}),
        principal=Principal(id="local:ana"),
        replay=repo_root / "evals" / "replays" / "demo",
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
    ) as runtime:
        answer = answered(runtime.triage(runtime.recorded_alert()))
    assert answer["verdict"]["state"] == "active"
    assert [claim["text"] for claim in answer["claims"] if not claim["verified"]] == []
    assert {"diagnose", "rollout_history", "iac_search", "runbook_read"} <= {
        e["tool"] for e in answer["evidence"]
    }
