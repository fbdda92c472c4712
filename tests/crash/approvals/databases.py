"""A PostgreSQL that is killed: SIGKILL to the server and all of its processes at once, then started again on what lies on disk."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from database.postgres import Postgres

SECONDS = 30.0


def kill_nine(server: Postgres) -> None:
    """Kill it as the kernel would; it has ended when this returns."""
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    every = [postmaster, *_children(postmaster)]
    for pid in every:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + SECONDS
    while any(_there(pid) for pid in every):
        assert time.monotonic() < end, "a killed server did not end"
        time.sleep(0.01)
    # In a container nobody may take note of the dead, and a number that is still there would pass for a server.
    for left in ((server.data / "postmaster.pid"), *server.data.glob(".s.PGSQL.*")):
        left.unlink()


def fresh(server: Postgres) -> str:
    """The URL of a new database."""
    name = f"t{secrets.token_hex(6)}"
    server.execute(f"CREATE DATABASE {name}")
    return server.url(name)


def _children(parent: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(stat.parent.name)


def _there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
