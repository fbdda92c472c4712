"""The real kubectl on recorded public incidents: the plain dumps of `kubectl cluster-info dump`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from replay.same import Said, kubeconfig_for, kubectl

from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import serve

pytestmark = pytest.mark.shared


class Shell:
    """kubectl on one incident."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig

    def __call__(self, line: str) -> Said:
        return kubectl(self.kubeconfig, *line.split())


def incidents(shared_dir: Path) -> list[Path]:
    return sorted(path.parent for path in (shared_dir / "data/incidents-dev").glob("*/replay.yaml"))


@pytest.fixture(params=range(7))
def folder(request: pytest.FixtureRequest, shared_dir: Path) -> Path:
    return incidents(shared_dir)[request.param]


@pytest.fixture
def shell(folder: Path, tmp_path: Path) -> Iterator[Shell]:
    with serve(Replay.load(folder)) as server:
        yield Shell(kubeconfig_for(server.url, tmp_path / "kubeconfig"))
        assert server.problems == []


def test_everything_recorded_can_be_listed_and_described(shell: Shell) -> None:
    names = shell("api-resources --verbs=list -o name").out.split()
    assert {"pods", "events", "nodes"} <= set(names)
    for name in names:
        for said in (
            shell(f"get {name} -A -o wide"),
            shell(f"get {name} -A -o yaml"),
            shell(f"describe {name} -A"),
        ):
            assert (said.code, said.err) in [(0, ""), (0, "No resources found\n")], name


def test_what_was_not_recorded_is_said_to_be_unknown_and_not_empty(shell: Shell) -> None:
    assert "doesn't have a resource type" in shell("get configmaps -A").err
    assert "were not recorded" in shell("get pods -n kube-system").err


def test_ages_are_those_at_the_time_of_the_incident(shell: Shell, folder: Path) -> None:
    events = shell("get events -A --no-headers").out.splitlines()
    assert not any("<unknown>" in line or line.split()[1].endswith("y") for line in events)


def test_the_log_of_the_crashing_pod_is_served_as_it_was_dumped(shared_dir: Path, tmp_path: Path) -> None:
    dumped = next((shared_dir / "data/incidents-dev").glob("*/cluster/*/*/logs.txt"))
    namespace, pod = dumped.parts[-3:-1]
    with serve(Replay.load(dumped.parents[3])) as server:
        shell = Shell(kubeconfig_for(server.url, tmp_path / "kubeconfig"))
        assert shell(f"logs {pod} -n {namespace}").out == dumped.read_text()
        last = dumped.read_text().splitlines(keepends=True)[-1]
        assert shell(f"logs {pod} -n {namespace} --tail=1 --since=1h").out == last
        assert "were not recorded" in shell(f"logs {pod} -n {namespace} --previous").err
