"""The clusters that changes may be made on, with their credentials: to look and preview here, to write in the executor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from interlock.approvals.alertmanager import AlertmanagerReads
from interlock.approvals.doors import Door
from interlock.approvals.previewer import ClusterPreviewer
from interlock.approvals.rights import PolicyAlone, Reviewed, Rights
from interlock.approvals.settings import ApprovalsSettings, ChangesCluster, CredentialSettings
from interlock.approvals.sight import Sight, SilenceReads
from interlock.core.clock import Clock
from interlock.core.clusters.connect import endpoint_of
from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.permitted import PermittedTransport
from interlock.core.clusters.reader import ClusterReader, ClusterReads
from interlock.core.clusters.settings import ClusterSettings, ClustersSettings
from interlock.core.errors import BadInput, UnknownName
from interlock.core.surroundings import Surroundings

SurroundingsOf = Callable[[Callable[[str], ClusterReads]], Surroundings]
"""Makes the surroundings from a way to read a cluster by its name."""


@dataclass
class Reach:
    """Opens the doors, once each."""

    settings: ApprovalsSettings
    clusters: ClustersSettings
    environment: Mapping[str, str]
    clock: Clock
    surroundings: SurroundingsOf
    recordings: Mapping[str, Callable[[], ClusterReads]] = field(default_factory=dict)
    """Replays by name: what is previewed on them never runs."""

    def __post_init__(self) -> None:
        """Nothing is opened yet."""
        self._lock = threading.Lock()
        self._opened: dict[str, tuple[ClusterReader, ClusterPreviewer, HttpTransport]] = {}

    def open(self, cluster: str) -> Door:
        """See `Doors`."""
        around = self.surroundings(self._reads)
        if cluster in self.recordings:
            sight = Sight(self.clock, around, self.recordings[cluster]())
            return Door(sight, PolicyAlone(), None)
        reads, previewer, transport = self._at(cluster)
        sight = Sight(self.clock, around, reads, self._silences())
        return Door(sight, self._rights(cluster, transport), previewer)

    def endpoint(self, cluster: str) -> Endpoint:
        """Where the executor writes.

        Raises:
            BadInput: when there is no credential for writing.
        """
        write = self._configured(cluster).write
        if write is None:
            raise BadInput(
                f"{cluster} has no credential for changes", hint=f"set approvals.clusters.{cluster}.write"
            )
        return self._endpoint(cluster, write)

    def alertmanager(self) -> Endpoint | None:
        """Where the executor makes silences."""
        named = self.settings.alertmanager
        token = named.token.get_secret_value() if named and named.token else None
        return Endpoint(named.url, token=token) if named else None

    def close(self) -> None:
        """Close the connections."""
        for reads, previewer, transport in self._opened.values():
            reads.close()
            previewer.close()
            transport.close()

    def _configured(self, cluster: str) -> ChangesCluster:
        known = self.settings.clusters
        if cluster not in known:
            error = UnknownName("cluster for changes", cluster, known)
            error.hint = error.hint or f"set approvals.clusters.{cluster}"
            raise error
        return known[cluster]

    def _at(self, cluster: str) -> tuple[ClusterReader, ClusterPreviewer, HttpTransport]:
        with self._lock:
            if cluster not in self._opened:
                one = self._configured(cluster)
                preview = one.preview or one.write
                read = one.read or preview
                assert preview is not None
                assert read is not None
                previewing = self._endpoint(cluster, preview)
                looking = self._endpoint(cluster, read)
                seconds = self.clusters.timeout_seconds
                reader = ClusterReader(cluster, PermittedTransport(HttpTransport(looking, seconds=seconds)))
                self._opened[cluster] = (
                    reader,
                    ClusterPreviewer(previewing),
                    HttpTransport(looking, seconds=seconds),
                )
            return self._opened[cluster]

    def _reads(self, cluster: str) -> ClusterReads:
        if cluster in self.recordings:
            return self.recordings[cluster]()
        return self._at(cluster)[0]

    def _rights(self, cluster: str, transport: HttpTransport) -> Rights:
        if self._configured(cluster).rights == "policy":
            return PolicyAlone()
        named = self.clusters.named.get(cluster)
        return Reviewed(transport.review, named.users if named else {})

    def _silences(self) -> SilenceReads | None:
        named = self.settings.alertmanager
        if named is None:
            return None
        headers = {"authorization": f"Bearer {named.token.get_secret_value()}"} if named.token else {}
        return AlertmanagerReads(named.url, headers=headers)

    def _endpoint(self, cluster: str, held: CredentialSettings) -> Endpoint:
        one = ClusterSettings(**held.model_dump())
        return endpoint_of(cluster, one, self.clusters.exec_plugins, self.environment)[0]
