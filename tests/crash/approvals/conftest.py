"""A bench on either store; the PostgreSQL here is its own, since it is killed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.harness import KubeCluster
from crash.approvals.lane import bench
from crash.approvals.trials import Bench
from database.postgres import NotHere, running


@pytest.fixture(scope="module")
def on_sqlite(kube_cluster: KubeCluster) -> Iterator[Bench]:
    """Changes kept in a file."""
    with bench(kube_cluster, None) as made:
        yield made


@pytest.fixture(scope="module")
def on_postgresql(kube_cluster: KubeCluster) -> Iterator[Bench]:
    """Changes kept by a server that can be killed."""
    with tempfile.TemporaryDirectory(prefix="interlock-pg-", ignore_cleanup_errors=True) as folder:
        try:
            with running(Path(folder)) as server, bench(kube_cluster, server) as made:
                yield made
        except NotHere as missing:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(missing))
