"""A PostgreSQL server of the tests' own: made in a temporary folder, on a free port, stopped with the session.

As root the server's programs run as the user `postgres`, since they refuse to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "postgresql"


class NotHere(Exception):
    """There are no PostgreSQL programs."""


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    data: Path
    bin: Path

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://interlock@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        import psycopg

        with psycopg.connect(
            f"host=127.0.0.1 port={self.port} user=interlock dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def kill(self) -> None:
        """Stop the server and its children at once, as a machine that goes down would."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        _run([str(self.bin / "pg_ctl"), "-D", str(self.data), "-m", "immediate", "-w", "stop"])
        assert not _alive(pid)

    def start(self) -> None:
        """Start it (again), and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.data} -c max_connections=60"
        log = str(self.data / "log.txt")
        _run([str(self.bin / "pg_ctl"), "-D", str(self.data), "-l", log, "-w", "-o", options, "start"])


@contextmanager
def running(folder: Path) -> Iterator[Postgres]:
    """A fresh server in `folder`.

    Raises:
        NotHere: without the programs.
    """
    programs = _programs()
    data = folder / "pg"
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "postgres")
        for parent in (folder, *folder.parents):
            if parent.owner() == "root" and parent.stat().st_mode & 0o001 == 0:
                parent.chmod(parent.stat().st_mode | 0o011)
    _run(
        [
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "interlock",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
    )
    server = Postgres(_free_port(), data, programs)
    server.start()
    try:
        yield server
    finally:
        _run([str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"], check=False)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    raise NotHere(f"not run: no PostgreSQL programs (Debian package {PACKAGE})")


def _run(argv: list[str], *, check: bool = True) -> None:
    as_user = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", check=False, timeout=60, **as_user
    )  # fmt: skip
    assert not check or done.returncode == 0, f"{argv[0]}: {done.stdout}{done.stderr}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
