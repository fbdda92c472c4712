"""The public incidents: right category, required words, no forbidden category, every claim verified."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml


@pytest.mark.shared
def test_every_public_incident_gets_its_category_and_words(diagnose, shared_dir: Path) -> None:
    wrong = []
    for folder in sorted((shared_dir / "data" / "incidents-dev").glob("[0-9]*")):
        told = diagnose(folder)
        expected = yaml.safe_load((folder / "expected.yml").read_text())
        text = told.scored.lower()
        if told.verdict["category"] != expected["root_cause_category"]:
            wrong.append(f"{folder.name}: {told.verdict['category']}")
        wrong += [f"{folder.name}: no {w!r}" for w in expected["required_keywords"] if w.lower() not in text]
        wrong += [f"{folder.name}: {claim}" for claim in told.unverified()]
    assert not wrong, "\n".join(wrong)
