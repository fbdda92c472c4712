"""The product's MCP server as processes of its own, on the demo recording: as users start it, and with the suite's fixtures."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))  # helpers here are imported as proofs.x

from proofs.suite import LOCKED  # noqa: E402  the path is set above

from interlock.core.errors import NotFound  # noqa: E402
from interlock.evals.bench.node import installed, node  # noqa: E402

START_SECONDS = 180.0
OFTEN = "mcp: {calls_per_minute: 100000}\n"
CHANGES = "approvals: {enabled: true, solo: true}\n"
"""With changes on there is something to listen to, and every check of a subscription has something to check."""
"""The suite asks more in a minute than a person; the limit itself has its own tests."""


@pytest.fixture(scope="session")
def official_suite() -> None:
    """The conformance suite; without it the test is named as not run, or fails where it must be there."""
    try:
        node()
        installed(LOCKED / "conformance")
    except NotFound as missing:
        said = f"not run: {missing.message}; {missing.hint}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(said)


@pytest.fixture(scope="session")
def production(official_suite: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`interlock serve`, as anybody starts it: the URL of its MCP endpoint."""
    command = [str(Path(sys.executable).with_name("interlock")), "serve", "--replay", "demo"]
    with served(command, tmp_path_factory.mktemp("production"), CHANGES) as url:
        yield url


@pytest.fixture(scope="session")
def with_fixtures(official_suite: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same app with the fixtures of the suite registered."""
    with served([sys.executable, str(HERE / "served.py")], tmp_path_factory.mktemp("fixtures")) as url:
        yield url


@contextmanager
def served(command: list[str], home: Path, more: str = "") -> Iterator[str]:
    """A server process on a free port, until it is no longer needed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {"INTERLOCK_STATE_DIR": str(home / "state"), "INTERLOCK_CACHE_DIR": str(home / "cache")}
    (home / "interlock.yaml").write_text(OFTEN + more)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--config", str(home / "interlock.yaml"), "--port", str(port)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **places}, cwd=home,
        )  # fmt: skip
    try:
        _wait(port, process, home / "log")
        yield f"http://localhost:{port}/mcp"
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")
