"""A gate with one workload behind it, on either store."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate.world import World

from interlock.core.store import Store


@pytest.fixture
def world(either_store: Store, tmp_path: Path) -> World:
    """The gate."""
    made = World(either_store, tmp_path)
    made.board.workload()
    return made
