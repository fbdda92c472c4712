"""A store of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.core.clock import FixedClock
from interlock.core.store import Store, open_default

AT = datetime(2026, 4, 18, 10, 50, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    """Stands still."""
    return FixedClock(AT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite store."""
    opened = open_default(tmp_path / "state")
    yield opened
    opened.close()
