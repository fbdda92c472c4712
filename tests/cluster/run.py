"""Run a test cluster by hand or for a test session: `python tests/cluster/run.py [--root DIR] [--keep]`.

Stays in the foreground until interrupted or terminated, or until the process named by --until is gone: a test
session owns its cluster that way, and when the session dies, however it dies, the cluster goes with it.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(p for p in sys.path if p != str(HERE))]

from cluster.binaries import NotHere, find_programs  # noqa: E402  the path is set above
from cluster.control_plane import DidNotStart, started  # noqa: E402
from cluster.harness import KubeCluster  # noqa: E402


def shared_folder() -> Path:
    """The optional folder beside the checkout that may hold packed binaries."""
    return Path(os.environ.get("INTERLOCK_SHARED", HERE.parents[2] / "shared"))


@contextmanager
def folder(root: Path | None, *, keep: bool) -> Iterator[Path]:
    """The cluster's folder, removed at the end unless it is to be kept."""
    path = (root or Path(tempfile.mkdtemp(prefix="interlock-kube-"))).resolve()
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    finally:
        if not keep:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(root: Path, *, nodes: int = 1) -> Iterator[KubeCluster]:
    """A ready cluster with nodes worker-1, worker-2, ..."""
    with started(root, find_programs(os.environ, shared_folder())) as plane:
        (root / "cluster.json").write_text(json.dumps(asdict(plane.ports)))
        cluster = KubeCluster(root)
        for number in range(1, nodes + 1):
            cluster.add_node(f"worker-{number}")
        (root / "ready").touch()
        try:
            yield cluster
        finally:
            cluster.close()


def wait_until_gone(pid: int | None) -> None:
    """Return when process `pid` has ended; without one, wait for a signal."""
    if pid is None:
        signal.pause()
        return
    with suppress(ProcessLookupError):
        watched = os.pidfd_open(pid)
        select.select([watched], [], [])
        os.close(watched)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run one cluster until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, help="folder of the cluster (default: a temporary one)")
    parser.add_argument("--keep", action="store_true", help="leave the folder at the end")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--until", type=int, metavar="PID", help="stop when this process has ended")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with folder(args.root, keep=args.keep) as root, running(root, nodes=args.nodes) as cluster:
            sys.stdout.write(f"ready: export KUBECONFIG={cluster.kubeconfig}  (Ctrl-C stops it)\n")
            sys.stdout.flush()
            wait_until_gone(args.until)
    except KeyboardInterrupt:
        return 0
    except (NotHere, DidNotStart) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
