"""Fixtures: a PostgreSQL server a test process, a fresh database a test, and a store on each kind of database."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from database.postgres import NotHere, Postgres, running

from interlock.core.store import Store, open_store


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server; where there are no programs the test is named as not run, or fails where they must be (CI)."""
    with tempfile.TemporaryDirectory(prefix="interlock-pg-", ignore_cleanup_errors=True) as folder:
        try:
            with running(Path(folder)) as server:
                yield server
        except NotHere as missing:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(missing))


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A database of this test alone."""
    name = f"t{secrets.token_hex(6)}"
    postgres.execute(f"CREATE DATABASE {name}")
    yield postgres.url(name)
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind, empty."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'own.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def either_store(store_url: str) -> Iterator[Store]:
    """A store of either kind."""
    opened = open_store(store_url)
    yield opened
    opened.close()
