"""Fixtures: a PostgreSQL server a test process, a fresh database a test, and a store on each kind of database."""

from __future__ import annotations

import os
import secrets
import shutil
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
def store_kind(request: pytest.FixtureRequest) -> str:
    """Which kind of database."""
    return str(request.param)


@pytest.fixture
def store_url(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind, empty."""
    if store_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'own.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def sqlite_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table, to be copied: migrations have tests of their own."""
    path = tmp_path_factory.mktemp("made") / "own.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_made(postgres: Postgres) -> str:
    """The name of a database with every table, to be copied."""
    name = "made"
    postgres.execute(f"CREATE DATABASE {name}")
    open_store(postgres.url(name)).close()
    return name


@pytest.fixture
def either_store(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of either kind, with every table and nothing in them."""
    if store_kind == "sqlite":
        path = tmp_path / "own.db"
        shutil.copy(request.getfixturevalue("sqlite_made"), path)
        opened = open_store(f"sqlite:///{path}")
        yield opened
        opened.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"t{secrets.token_hex(6)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('postgres_made')}")
    opened = open_store(server.url(name))
    yield opened
    opened.close()
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")
