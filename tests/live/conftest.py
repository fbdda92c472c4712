"""A quiet real cluster, its recording, and the same door to the tools on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from cluster.binaries import Programs
from cluster.plugin import own_cluster
from live.stage import Stage, staged

from interlock.core.audit import AuditLog
from interlock.core.clock import FixedClock, SystemClock
from interlock.core.clusters.connect import from_url
from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.snapshot import SnapshotReader
from interlock.core.identity import Principal
from interlock.core.policy import LocalReadPolicy
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.record import Recording, record
from interlock.core.replay.server import serve
from interlock.core.store import open_default
from interlock.core.store.evidence import EvidenceStore
from interlock.tools.registry import Calls, Wiring

NAME = "stage"
Door = Callable[[ClusterReader], Calls]


@dataclass(frozen=True)
class Recorded:
    """The recording of the stage, as it was made and as it is served."""

    made: Recording
    replay: Replay
    url: str


@pytest.fixture(scope="session")
def stage(kube_programs: Programs) -> Iterator[Stage]:
    """A control plane of its own: what is compared over the whole cluster must not change meanwhile."""
    running = own_cluster()
    try:
        yield staged(next(running))
    finally:
        running.close()


@pytest.fixture(scope="session")
def live(stage: Stage) -> Iterator[ClusterReader]:
    """The cluster itself."""
    pki = stage.cluster.root / "pki"
    login = (str(pki / "admin.crt"), str(pki / "admin.key"))
    endpoint = Endpoint(stage.cluster.url, ca_file=str(stage.cluster.ca_file), client_cert=login)
    with closing(ClusterReader(NAME, HttpTransport(endpoint))) as reader:
        yield reader


@pytest.fixture(scope="session")
def recorded(live: ClusterReader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Its recording, served."""
    folder = tmp_path_factory.mktemp("live") / "recording"
    made = record(
        live, folder, logs="all", redactor=Redactor(), clock=SystemClock(), progress=lambda line: None
    )
    replay = Replay.load(folder)
    with serve(replay) as server:
        yield Recorded(made, replay, server.url)


@pytest.fixture(scope="session")
def replayed(recorded: Recorded) -> Iterator[ClusterReader]:
    """The recording, under the cluster's name."""
    with closing(from_url(NAME, recorded.url)) as reader:
        yield reader


@pytest.fixture
def door(recorded: Recorded, tmp_path: Path) -> Iterator[Door]:
    """The registry's door to the tools, at the instant of the recording, on any reader."""
    with closing(open_default(tmp_path / "state")) as store:
        clock = FixedClock(recorded.replay.now)

        def open_door(reader: ClusterReader) -> Calls:
            wiring = Wiring(
                policy=LocalReadPolicy(),
                redactor=Redactor(),
                clock=clock,
                clusters={NAME: SnapshotReader(reader)},
                default_cluster=NAME,
                backends=(),
                evidence=EvidenceStore(store),
                audit=AuditLog(store, clock),
            )
            return Calls(wiring, Principal("local:ana"), "conversation-1")

        yield open_door
