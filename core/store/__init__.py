"""Our own database: evidence, audit chain, outbox, conversations. SQLite by default, PostgreSQL by URL.

Guarantees: opened at the schema this code knows, durable before it returns (WAL, synchronous=FULL on SQLite).
Leaves the meaning of what is stored to `evidence`, `audit`, `events` and `conversations`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from interlock.core.errors import StoreFailed
from interlock.core.settings import Settings
from interlock.core.store.settings import StoreSettings
from interlock.core.store.tables import HEAD

MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """An opened database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, holding the write lock from its start on SQLite.

        Raises:
            StoreFailed: when it could not be written; nothing of it is then kept.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(error) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading."""
        try:
            with self.engine.connect().execution_options(reading=True) as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(error) from error

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open the database at SQLAlchemy `url` and bring it to the schema this code knows.

    Raises:
        StoreFailed: when it cannot be reached, or was written by a newer Interlock.
    """
    engine = _engine(url)
    try:
        if _revision(engine) != HEAD:
            _migrate(engine)
    except SQLAlchemyError as error:
        raise _failed(error) from error
    return Store(engine)


def open_default(directory: Path) -> Store:
    """The SQLite database in `directory`, made when it is not there, readable by its owner only."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreFailed(
            f"cannot make the state directory {directory}: {error.strerror}",
            hint="set INTERLOCK_STATE_DIR to a folder that can be written",
        ) from error
    path = directory / "interlock.db"
    if not path.exists():
        path.touch(mode=0o600)
    return open_store(f"sqlite:///{path}")


def open_configured(settings: Settings, directory: Path) -> Store:
    """The store that `settings` name, or the default one in `directory`."""
    url = settings.section(StoreSettings).url
    return open_store(url) if url else open_default(directory)


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), json_deserializer=_read_json)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _tune_postgres)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _read_json(text: str | bytes) -> object:
    """None for what is no JSON, or nested too deep to be read: one such value must not hide every other row."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _tune_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # pysqlite would open transactions by itself, and too late for a read followed by a write.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _tune_postgres(connection: DBAPIConnection, _: object) -> None:
    # A process that stands still inside a transaction holds the lock of the record: every writer would wait for it.
    cursor = connection.cursor()
    cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
    cursor.close()
    connection.commit()


def _begin_immediate(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _revision(engine: Engine) -> str | None:
    with engine.connect().execution_options(reading=True) as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreFailed(
            f"the database has a schema this version does not know: {error}", hint="upgrade Interlock"
        ) from error


def _failed(error: SQLAlchemyError) -> StoreFailed:
    cause = str(getattr(error, "orig", None) or error).splitlines()[0]
    return StoreFailed(f"our own database failed: {cause}", hint="see `interlock doctor`")
