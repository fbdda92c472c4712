"""Opens what the runtime wires together: the store, the clusters, the replay. Each failure gets a name, not a traceback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from interlock.core.clusters.connect import configured, connect, from_url
from interlock.core.clusters.reader import ClusterReader, ClusterReads
from interlock.core.clusters.settings import ClustersSettings
from interlock.core.clusters.snapshot import SnapshotReader
from interlock.core.errors import BadInput, InterlockError, StoreFailed, UnknownName
from interlock.core.identity import Principal, local_principal
from interlock.core.replay.manifest import Replay
from interlock.core.settings import Settings
from interlock.core.store import Store, open_configured

REPLAY_CLUSTER = "replay"


class NoStore(Store):
    """Stands in for a store that could not be opened: every use fails by name, so reads go on and say so."""

    def __init__(self, problem: StoreFailed) -> None:
        self._problem = problem

    def write(self) -> NoReturn:  # type: ignore[override]
        """Fail as opening did."""
        raise StoreFailed(self._problem.message, hint=self._problem.hint)

    read = write  # type: ignore[assignment]

    def close(self) -> None:
        """There is nothing to close."""


def opened_store(settings: Settings, state_dir: Path) -> tuple[Store, str]:
    """The store, or one that fails by name; and the problem, '' when there is none."""
    try:
        return open_configured(settings, state_dir), ""
    except StoreFailed as error:
        return NoStore(error), error.message


@contextmanager
def opened_clusters(
    settings: Settings,
    replay: Replay | None,
    url: str | None,
    environment: Mapping[str, str],
    principal: Principal,
) -> Iterator[Clusters]:
    """The clusters of a replay, of a URL, of the settings or of the kubeconfig, in this order."""
    if replay is not None:
        from interlock.core.replay.server import serve

        if replay.cluster is None:
            yield Clusters({}, "")
            return
        with (
            serve(replay) as server,
            _closing({REPLAY_CLUSTER: from_url(REPLAY_CLUSTER, server.url)}) as readers,
        ):
            yield Clusters(readers, REPLAY_CLUSTER, server.problems)
        return
    section = settings.section(ClustersSettings)
    with _closing(_configured(section, url, environment, principal)) as readers:
        default = section.default if section.default and not url else next(iter(readers), "")
        yield Clusters(readers, default)


class Clusters:
    """The connections of one runtime. `problems` is what of a recording could not be read."""

    def __init__(
        self, readers: Mapping[str, ClusterReader], default: str, problems: list[str] | None = None
    ) -> None:
        if default and default not in readers:
            raise UnknownName("cluster", default, readers)
        self.readers = readers
        self.default = default
        self.problems = problems if problems is not None else []

    def snapshot(self) -> dict[str, ClusterReads]:
        """One question's view of every cluster."""
        return {name: SnapshotReader(reader) for name, reader in self.readers.items()}


def open_cluster(
    settings: Settings, *, name: str = "", url: str | None = None, environment: Mapping[str, str]
) -> ClusterReader:
    """A reader of one cluster: of `url`, of the name in the settings, or of the kubeconfig's current context.

    Raises:
        BadInput: when there is none; the message says what to name.
        UnknownName: for a name that the settings do not have.
    """
    section = settings.section(ClustersSettings)
    readers = _configured(section, url, environment, local_principal())
    if not readers:
        raise BadInput(
            "no cluster is configured", hint="name one in interlock.yaml, or use --cluster-url URL"
        )
    wanted = name or (section.default if not url else "") or next(iter(readers))
    if wanted not in readers:
        raise UnknownName("cluster", wanted, readers)
    for other in readers:
        if other != wanted:
            readers[other].close()
    return readers[wanted]


def _configured(
    section: ClustersSettings, url: str | None, environment: Mapping[str, str], principal: Principal
) -> dict[str, ClusterReader]:
    if url:
        return {"url": from_url("url", url, seconds=section.timeout_seconds)}
    return {
        name: connect(name, one, section, principal=principal, environment=environment)
        for name, one in configured(section, environment).items()
    }


@contextmanager
def _closing(readers: dict[str, ClusterReader]) -> Iterator[dict[str, ClusterReader]]:
    try:
        yield readers
    finally:
        for reader in readers.values():
            try:
                reader.close()
            except InterlockError:
                continue
