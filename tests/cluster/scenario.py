"""Act out a scenario on a cluster of its own and write its replay: `python tests/cluster/scenario.py demo OUT`."""

from __future__ import annotations

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(p for p in sys.path if p != str(HERE))]

from cluster.harness import KubeCluster  # noqa: E402  the path is set above
from cluster.run import running  # noqa: E402

from interlock.core.clusters.http import Endpoint, HttpTransport  # noqa: E402
from interlock.core.clusters.reader import ClusterReader  # noqa: E402
from interlock.core.redaction import Redactor  # noqa: E402
from interlock.core.replay.record import Recording  # noqa: E402


def reader_of(cluster: KubeCluster) -> ClusterReader:
    """The product's own reader, as the cluster's administrator."""
    pki = cluster.root / "pki"
    login = (str(pki / "admin.crt"), str(pki / "admin.key"))
    endpoint = Endpoint(cluster.url, ca_file=str(cluster.ca_file), client_cert=login)
    return ClusterReader("test", HttpTransport(endpoint))


def build(name: str, out: Path) -> Recording:
    """Start a cluster without nodes, act, record, stop."""
    scenario = import_module(f"interlock.evals.scenarios.{name}")
    folder = tempfile.TemporaryDirectory(prefix="interlock-scenario-")
    with folder as root, running(Path(root), nodes=0) as cluster:
        recording: Recording = scenario.build(
            cluster, reader_of(cluster), out, redactor=Redactor(), progress=lambda line: None
        )
    return recording


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    made = build(sys.argv[1], Path(sys.argv[2]))
    sys.stdout.write(f"{made.folder}: {made.objects} objects, {made.logs} logs\n")
    sys.exit(os.EX_OK)
