"""The embedded default talks to nobody: build, search and ask under an audit hook that ends the process on a connection."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from interlock.core.settings.load import cache_dir
from interlock.index.embedding import origin

GUARD = """
import sys
def guard(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto") and "127.0.0.1" not in repr(args):
        sys.stderr.write(f"outbound: {event} {args!r}\\n")
        sys.stderr.flush()
        import os
        os._exit(97)
sys.addaudithook(guard)
if sys.argv[1:] == ["--break"]:
    import socket
    socket.create_connection(("192.0.2.1", 9), 0.01)
from interlock.surfaces.cli.commands.index import index
from interlock.surfaces.cli.main import main
if sys.argv[1] == "index":
    index(sys.argv[2:], standalone_mode=False)
else:
    main(sys.argv[1:])
"""


def guarded(home: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {
        **kept,
        "INTERLOCK_CACHE_DIR": str(home / "cache"),
        "INTERLOCK_STATE_DIR": str(home / "state"),
        "INTERLOCK_KNOWLEDGE__USE_SHIPPED_RUNBOOKS": "false",  # seconds of embedding
    }
    return subprocess.run(
        [sys.executable, "-c", GUARD, *argv],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
    )


def test_the_guard_sees_a_connection(tmp_path: Path) -> None:
    assert guarded(tmp_path, "--break").returncode == 97


def test_building_and_searching_with_the_embedder_connect_to_nobody(tmp_path: Path) -> None:
    model = origin.place(cache_dir(os.environ))
    if model.is_dir():  # where it is set up; without it search is lexical, which is the default too
        origin.place(tmp_path / "cache").parent.mkdir(parents=True)
        origin.place(tmp_path / "cache").symlink_to(model)
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "limpet.md").write_text("# Limpet queue stalls\nRestart the limpet consumer.\n")
    pages = ("--knowledge", str(tmp_path / "pages"))
    for argv in (("index", "build", *pages), ("search", "limpet consumer", *pages)):
        done = guarded(tmp_path, *argv)
        assert done.returncode == 0, done.stderr


def test_asking_connects_to_nobody(tmp_path: Path) -> None:
    done = guarded(tmp_path, "ask", "--replay", "demo", "what is wrong?")
    assert done.returncode == 0, done.stderr
