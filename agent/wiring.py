"""Opens what the runtime wires together: the store, the clusters, the replay. Each failure gets a name, not a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

from interlock.core.clusters.connect import configured, connect, from_url
from interlock.core.clusters.reader import ClusterReader, ClusterReads
from interlock.core.clusters.settings import ClusterSettings, ClustersSettings
from interlock.core.clusters.snapshot import SnapshotReader
from interlock.core.errors import BadInput, Forbidden, NotFound, NotServed, StoreFailed, UnknownName
from interlock.core.identity import Principal, local_principal
from interlock.core.replay.manifest import Replay
from interlock.core.settings import Settings
from interlock.core.store import Store, open_configured

REPLAY_CLUSTER, URL_CLUSTER = "replay", "url"
Connect = Callable[[Principal], ClusterReader]


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
    """The connections of one runtime, made when first used and kept per principal, since a cluster may impersonate.

    `problems` is what of a recording could not be read.
    """

    def __init__(
        self, connect: Mapping[str, Connect], default: str, problems: list[str] | None = None
    ) -> None:
        if default and default not in connect:
            raise UnknownName("cluster", default, connect)
        self._connect = connect
        self._readers: dict[tuple[str, str], ClusterReader] = {}
        self.default = default
        self.problems = problems if problems is not None else []

    @property
    def names(self) -> tuple[str, ...]:
        """The clusters by name."""
        return tuple(self._connect)

    def reader(self, name: str, principal: Principal) -> ClusterReader:
        """A cluster as this principal may see it.

        Raises:
            BadInput, Refused: when its settings or kubeconfig cannot be used.
        """
        key = (name, principal.id)
        if key not in self._readers:
            self._readers[key] = self._connect[name](principal)
        return self._readers[key]

    def snapshot(self, principal: Principal) -> dict[str, ClusterReads]:
        """One question's view of every cluster."""
        return {name: SnapshotReader(self.reader(name, principal)) for name in self._connect}

    def check(self, principal: Principal) -> None:
        """Ask the default cluster, when there is one, for a sign of life.

        Raises:
            Unreachable: when it gives none.
        """
        with suppress(Forbidden, NotFound, NotServed):
            if self.default:
                self.reader(self.default, principal).version()

    def close(self) -> None:
        """Close the connections."""
        for reader in self._readers.values():
            reader.close()


@contextmanager
def opened_clusters(
    settings: Settings, replay: Replay | None, url: str | None, environment: Mapping[str, str]
) -> Iterator[Clusters]:
    """The clusters of a replay, of a URL, of the settings or of the kubeconfig, in this order."""
    if replay is None:
        section = settings.section(ClustersSettings)
        with closing(Clusters(*_configured(section, url, environment))) as clusters:
            yield clusters
    elif replay.cluster is None:
        yield Clusters({}, "")
    else:
        from interlock.core.replay.server import serve

        with serve(replay) as server:
            known: dict[str, Connect] = {REPLAY_CLUSTER: lambda _: from_url(REPLAY_CLUSTER, server.url)}
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
    known, default = _configured(settings.section(ClustersSettings), url, environment)
    if not known:
        raise BadInput(
            "no cluster is configured", hint="name one in interlock.yaml, or use --cluster-url URL"
        )
    wanted = name or default
    if wanted not in known:
        raise UnknownName("cluster", wanted, known)
    return known[wanted](principal or local_principal())


def _configured(
    section: ClustersSettings, url: str | None, environment: Mapping[str, str]
) -> tuple[dict[str, Connect], str]:
    """How to connect to each cluster, and the default one."""
    if url:
        return {
            URL_CLUSTER: lambda _: from_url(URL_CLUSTER, url, seconds=section.timeout_seconds)
        }, URL_CLUSTER
    found = {
        name: partial(_connected, name, one, section, environment)
        for name, one in configured(section, environment).items()
    }
    return dict(found), section.default or next(iter(found), "")


def _connected(
    name: str,
    one: ClusterSettings,
    section: ClustersSettings,
    environment: Mapping[str, str],
    principal: Principal,
) -> ClusterReader:
    return connect(name, one, section, principal=principal, environment=environment)
