"""SQLite alone, for what has nothing to do with the kind of store: a module that imports `store_kind` runs on it once."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def store_kind() -> str:
    """The kind of the store."""
    return "sqlite"
