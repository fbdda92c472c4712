"""A fresh store for each run of the machine, copied from one that is made once."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from database.postgres import Postgres
from gate.machine_stage import Hooked

from interlock.core.store import open_store

Opener = Callable[[], tuple[Hooked, Path, Callable[[], None]]]


def on_sqlite(home: Path) -> Opener:
    """Databases in files under `home`."""
    home.mkdir(exist_ok=True)
    template = home / "template.db"
    open_store(f"sqlite:///{template}").close()

    def opened() -> tuple[Hooked, Path, Callable[[], None]]:
        folder = Path(tempfile.mkdtemp(dir=home))
        shutil.copy(template, folder / "own.db")
        store = Hooked(open_store(f"sqlite:///{folder / 'own.db'}").engine)

        def close() -> None:
            store.close()
            shutil.rmtree(folder, ignore_errors=True)

        return store, folder, close

    return opened


def on_postgres(server: Postgres, home: Path) -> Opener:
    """Databases of a server."""
    home.mkdir(exist_ok=True)
    template = f"m{secrets.token_hex(4)}"
    server.execute(f"CREATE DATABASE {template}")
    open_store(server.url(template)).close()

    def opened() -> tuple[Hooked, Path, Callable[[], None]]:
        folder, name = Path(tempfile.mkdtemp(dir=home)), f"m{secrets.token_hex(6)}"
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        store = Hooked(open_store(server.url(name)).engine)

        def close() -> None:
            store.close()
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            shutil.rmtree(folder, ignore_errors=True)

        return store, folder, close

    return opened
