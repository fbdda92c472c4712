"""An empty repository for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.repositories import Repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository."""
    made = Repo(tmp_path / "repo")
    made.path.mkdir()
    made.git("init", "-q", "-b", "main")
    return made
