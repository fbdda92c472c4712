"""SQLite alone, for what has nothing to do with the kind of store: a module that imports `store_url` runs on it once."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """An empty SQLite database."""
    return f"sqlite:///{tmp_path / 'own.db'}"
