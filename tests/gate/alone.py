"""A gate on SQLite alone, for what has nothing to do with the kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gate.world import World

from interlock.core.store import open_store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The gate, with one workload behind it."""
    store = open_store(f"sqlite:///{tmp_path / 'gate.db'}")
    made = World(store, tmp_path)
    made.board.workload()
    yield made
    store.close()
