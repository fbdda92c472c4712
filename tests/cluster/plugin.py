"""The fixture `kube_cluster`: one real API server for the whole test session, shared by all xdist workers.

The cluster is a process of its own (`run.py`) that watches the session's process. Without the programs tests are
skipped by name; where they must be there (CI), they fail instead.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cluster.binaries import NotHere, Programs, find_programs, locked
from cluster.harness import KubeCluster
from cluster.run import shared_folder

START_SECONDS = 150.0


@pytest.fixture(scope="session")
def kube_programs() -> Programs:
    """The programs of a control plane; without them the test is skipped, or fails where they must be."""
    try:
        return find_programs(os.environ, shared_folder())
    except NotHere as missing:
        (pytest.fail if missing.must_be_here else pytest.skip)(str(missing))


@pytest.fixture(scope="session")
def kube_cluster(kube_programs: Programs) -> Iterator[KubeCluster]:
    """A real kube-apiserver with controller-manager and scheduler, and one node, worker-1, that serves logs."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    yield from _shared(run) if run else own_cluster()


@pytest.fixture
def kube_namespace(kube_cluster: KubeCluster) -> str:
    """A namespace of this test alone, on the session's cluster."""
    return kube_cluster.add_namespace()


def own_cluster() -> Iterator[KubeCluster]:
    """A cluster of the caller's own, where nobody else changes anything meanwhile; it stops with the caller."""
    with tempfile.TemporaryDirectory(prefix="interlock-kube-", ignore_cleanup_errors=True) as folder:
        pid = _start(Path(folder), owner=os.getpid())
        try:
            with closing(_ready(Path(folder), pid)) as cluster:
                yield cluster
        finally:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def _shared(run: str) -> Iterator[KubeCluster]:
    """The first xdist worker starts it; it ends with the workers' parent."""
    root = Path(tempfile.gettempdir()) / f"interlock-kube-{os.getuid()}-{run}"
    root.mkdir(mode=0o700, exist_ok=True)
    with locked(root / "lock"):
        if not (root / "ready").exists():
            _ready(root, _start(root, owner=os.getppid()))
    with closing(KubeCluster(root)) as cluster:
        yield cluster


def _start(root: Path, *, owner: int) -> int:
    script = Path(__file__).with_name("run.py")
    argv = [sys.executable, str(script), "--root", str(root), "--until", str(owner)]
    log = (os.POSIX_SPAWN_OPEN, 1, str(root / "run.log"), os.O_WRONLY | os.O_CREAT, 0o600)
    both = (os.POSIX_SPAWN_DUP2, 1, 2)
    return os.posix_spawn(sys.executable, argv, os.environ, file_actions=[log, both], setsid=True)


def _ready(root: Path, pid: int) -> KubeCluster:
    end = time.monotonic() + START_SECONDS
    while not (root / "ready").exists():
        if os.waitpid(pid, os.WNOHANG)[0]:
            pytest.fail(f"the test cluster did not start: {(root / 'run.log').read_text()[-2000:]}")
        if time.monotonic() > end:
            os.kill(pid, signal.SIGTERM)
            pytest.fail(f"the test cluster is not ready after {START_SECONDS:.0f} s")
        time.sleep(0.05)
    return KubeCluster(root)
