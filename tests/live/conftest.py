"""A quiet real cluster, its recording, and the same door to the tools on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from cluster.binaries import Programs
from cluster.control_plane import client_context
from cluster.plugin import own_cluster
from fakes.recording_proxy import RecordingProxy
from live.stage import Stage, staged

from interlock.agent.backends import open_knowledge
from interlock.core.audit import AuditLog
from interlock.core.clock import FixedClock, SystemClock
from interlock.core.clusters.connect import from_url
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.snapshot import SnapshotReader
from interlock.core.identity import Principal
from interlock.core.policy import LocalReadPolicy
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.record import Recording, record
from interlock.core.replay.server import serve
from interlock.core.settings import Settings
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
        yield staged(next(running), custom=kube_programs.hold_custom_resources)
    finally:
        running.close()


@pytest.fixture
def live(proxy: RecordingProxy) -> Iterator[ClusterReader]:
    """The cluster itself, behind what writes down each request."""
    with closing(from_url(NAME, proxy.url, seconds=30)) as reader:
        yield reader


@pytest.fixture(scope="session")
def proxy(stage: Stage) -> Iterator[RecordingProxy]:
    """What stands between our tools and the cluster and writes down what passes."""
    context = client_context(stage.cluster.root / "pki")
    with RecordingProxy(stage.cluster.ports["api"], context) as running:
        yield running


@pytest.fixture(scope="session")
def recorded(proxy: RecordingProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Its recording, served."""
    folder = tmp_path_factory.mktemp("live") / "recording"
    told = {"redactor": Redactor(), "clock": SystemClock(), "progress": lambda line: None}
    with closing(from_url(NAME, proxy.url, seconds=30)) as reader:
        made = record(reader, folder, logs="all", **told)
    replay = Replay.load(folder)
    with serve(replay) as server:
        yield Recorded(made, replay, server.url)


@pytest.fixture
def replayed(recorded: Recorded) -> Iterator[ClusterReader]:
    """The recording, under the cluster's name."""
    with closing(from_url(NAME, recorded.url)) as reader:
        yield reader


CODE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, tier: front}}
spec:
  template:
    metadata: {labels: {app: web, tier: front}}
    spec: {containers: [{name: web, image: "registry.test/web:1.2"}]}
"""


@pytest.fixture(scope="session")
def door(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The registry's door to the tools, at the instant of the recording, on any reader; the code is the same for all."""
    folder = tmp_path_factory.mktemp("door")
    code = folder / "code"
    code.mkdir()
    (code / "web.yaml").write_text(CODE)
    library = open_knowledge(Settings({}), None, [code], Redactor(), folder / "cache")
    with closing(open_default(folder / "state")) as store:
        clock = FixedClock(recorded.replay.now)

        def open_door(reader: ClusterReader) -> Calls:
            wiring = Wiring(
                policy=LocalReadPolicy(),
                redactor=Redactor(),
                clock=clock,
                clusters={NAME: SnapshotReader(reader)},
                default_cluster=NAME,
                backends=(library,),
                evidence=EvidenceStore(store),
                audit=AuditLog(store, clock),
            )
            return Calls(wiring, Principal("local:ana"), "conversation-1")

        yield open_door
