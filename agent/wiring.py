"""Opens what the runtime wires together: the store, the clusters, the replay. Each failure gets a name, not a traceback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn

from interlock.core.clusters.connect import configured, connect, from_url, unknown_cluster
from interlock.core.clusters.policed import wall_for
from interlock.core.clusters.reader import ClusterReader, ClusterReads
from interlock.core.clusters.settings import ClusterSettings, ClustersSettings
from interlock.core.clusters.snapshot import SnapshotReader
from interlock.core.errors import BadInput, Forbidden, NotFound, NotServed, StoreFailed
from interlock.core.identity import Principal, local_principal
from interlock.core.policy import LocalReadPolicy, Policy
from interlock.core.replay.manifest import Replay
from interlock.core.settings import Settings
from interlock.core.store import Store, open_configured

REPLAY_CLUSTER, URL_CLUSTER = "replay", "url"
Connect = Callable[[Principal], ClusterReader]
Sees = tuple[str, tuple[str, ...]]


class NoStore(Store):
    """Stands in for a store that could not be opened: every use fails by name, so reads go on and say so."""

    def __init__(self, problem: StoreFailed) -> None:
        self._problem = problem

    def write(self) -> NoReturn:
        """Fail as opening did."""
        raise StoreFailed(self._problem.message, hint=self._problem.hint)

    read = write

    def close(self) -> None:
        """There is nothing to close."""


def opened_store(settings: Settings, state_dir: Path) -> tuple[Store, str]:
    """The store, or one that fails by name; and the problem, '' when there is none."""
    try:
        return open_configured(settings, state_dir), ""
    except StoreFailed as error:
        return NoStore(error), error.message


class Clusters:
    """The connections of one runtime, made when first used and kept under who sees through them: id and groups.

    Threat: one person is answered through another's connection. Mechanism: nothing that a cluster told is kept outside
    a reader, and no reader is found without the principal it was made for. `problems` is what of a recording could not
    be read.
    """

    def __init__(
        self, connect: Mapping[str, Connect], default: str, problems: list[str] | None = None
    ) -> None:
        if default and default not in connect:
            raise unknown_cluster(default, connect.keys())
        self._connect = connect
        self._lock = threading.Lock()
        self._readers: dict[tuple[str, Sees], _Slot] = {}
        self.default = default
        self.problems = problems if problems is not None else []

    @property
    def names(self) -> tuple[str, ...]:
        """The clusters by name."""
        return tuple(self._connect)

    def reader(self, name: str, principal: Principal) -> ClusterReader:
        """A cluster as this principal may see it.

        Raises:
            UnknownName: for a cluster that is not configured.
            BadInput, Refused, Unreachable: when its settings, kubeconfig or credentials cannot be used.
        """
        if name not in self._connect:
            raise unknown_cluster(name, self._connect.keys())
        with self._lock:
            slot = self._readers.setdefault((name, principal.sees_as), _Slot())
        # Connecting may start a credential plugin: others who wait for another cluster do not wait for it.
        with slot.lock:
            slot.reader = slot.reader or self._connect[name](principal)
            return slot.reader

    def snapshot(self, principal: Principal) -> Mapping[str, ClusterReads]:
        """One question's view of every cluster, each connected when it is first looked at."""
        return _Views(self, principal)

    def check(self, principal: Principal, name: str = "") -> None:
        """Ask a cluster, the default one when none is named, for a sign of life.

        Raises:
            Unreachable: when it gives none.
        """
        with suppress(Forbidden, NotFound, NotServed):
            if name or self.default:
                self.reader(name or self.default, principal).version()

    def close(self) -> None:
        """Close the connections."""
        for slot in self._readers.values():
            if slot.reader:
                slot.reader.close()


@dataclass
class _Slot:
    """Where one principal's reader of one cluster is kept."""

    reader: ClusterReader | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Views(Mapping[str, ClusterReads]):
    """The snapshots of one question, made as they are asked for: a cluster that cannot be reached costs only itself."""

    def __init__(self, clusters: Clusters, principal: Principal) -> None:
        self._clusters = clusters
        self._principal = principal
        self._made: dict[str, ClusterReads] = {}

    def __getitem__(self, name: str) -> ClusterReads:
        if name not in self._made:
            self._made[name] = SnapshotReader(self._clusters.reader(name, self._principal))
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._clusters.names

    def __iter__(self) -> Iterator[str]:
        return iter(self._clusters.names)

    def __len__(self) -> int:
        return len(self._clusters.names)


@contextmanager
def opened_clusters(
    settings: Settings, replay: Replay | None, url: str | None, environment: Mapping[str, str], policy: Policy
) -> Iterator[Clusters]:
    """The clusters of a replay, of a URL, of the settings or of the kubeconfig, in this order, behind the policy."""
    if replay is None:
        section = settings.section(ClustersSettings)
        with closing(Clusters(*_configured(section, url, environment, policy))) as clusters:
            yield clusters
    elif replay.cluster is None:
        yield Clusters({}, "")
    else:
        from interlock.core.replay.server import serve

        with serve(replay) as server:
            known: dict[str, Connect] = {
                REPLAY_CLUSTER: partial(_from_url, REPLAY_CLUSTER, server.url, 10.0, policy)
            }
            with closing(Clusters(known, REPLAY_CLUSTER, server.problems)) as clusters:
                yield clusters


def open_cluster(
    settings: Settings,
    *,
    name: str = "",
    url: str | None = None,
    principal: Principal | None = None,
    environment: Mapping[str, str],
) -> ClusterReader:
    """A reader of one cluster: of `url`, of the name in the settings, or of the kubeconfig's current context.

    Raises:
        BadInput: when there is none; the message says what to name.
        UnknownName: for a name that the settings do not have.
    """
    known, default = _configured(settings.section(ClustersSettings), url, environment, LocalReadPolicy())
    if not known:
        raise BadInput(
            "no cluster is configured", hint="name one in interlock.yaml, or use --cluster-url URL"
        )
    wanted = name or default
    if wanted not in known:
        raise unknown_cluster(wanted, known.keys())
    return known[wanted](principal or local_principal())


def _configured(
    section: ClustersSettings, url: str | None, environment: Mapping[str, str], policy: Policy
) -> tuple[dict[str, Connect], str]:
    """How to connect to each cluster, and the default one."""
    if url:
        return {
            URL_CLUSTER: partial(_from_url, URL_CLUSTER, url, section.timeout_seconds, policy)
        }, URL_CLUSTER
    found = {
        name: partial(_connected, name, one, section, environment, policy)
        for name, one in configured(section, environment).items()
    }
    return dict(found), section.default or next(iter(found), "")


def _connected(
    name: str,
    one: ClusterSettings,
    section: ClustersSettings,
    environment: Mapping[str, str],
    policy: Policy,
    principal: Principal,
) -> ClusterReader:
    wall = wall_for(policy, name, principal)
    return connect(name, one, section, principal=principal, environment=environment, wall=wall)


def _from_url(name: str, url: str, seconds: float, policy: Policy, principal: Principal) -> ClusterReader:
    return from_url(name, url, seconds=seconds, wall=wall_for(policy, name, principal))
