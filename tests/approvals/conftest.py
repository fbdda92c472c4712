"""A stage on the real API server: readers and writers with credentials of their own, and a kubelet played by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from acting.between import Between, between
from acting.stage import Stage, credential, node_of, reader
from cluster.harness import KubeCluster

from interlock.approvals.mutator import HttpMutator
from interlock.approvals.previewer import ClusterPreviewer


@pytest.fixture
def stage(kube_cluster: KubeCluster, kube_namespace: str) -> Iterator[Stage]:
    """A namespace of the test's own, a mutator that may do what the permits say, and no more."""
    endpoint = credential(kube_cluster, kube_namespace)
    with (
        closing(reader(kube_cluster)) as reads,
        closing(HttpMutator(endpoint)) as mutator,
        closing(ClusterPreviewer(endpoint)) as previewer,
    ):
        made = Stage(kube_cluster, kube_namespace, endpoint, reads, mutator, previewer)
        yield made
        made.clear()


@pytest.fixture
def proxy(stage: Stage) -> Iterator[Between]:
    """What stands between the mutator of `wired` and the server."""
    with between(stage.cluster.ports["api"], str(stage.cluster.ca_file)) as running:
        yield running


@pytest.fixture
def wired(stage: Stage, proxy: Between) -> Iterator[HttpMutator]:
    """The stage's mutator, by way of the proxy."""
    with closing(HttpMutator(replace(stage.endpoint, url=proxy.url, ca_file=None), seconds=3)) as mutator:
        yield mutator


@pytest.fixture
def node(stage: Stage) -> Iterator[str]:
    """A node that only pods of the test go to."""
    name = node_of(stage)
    yield name
    stage.cluster.request("DELETE", f"/api/v1/nodes/{name}")
