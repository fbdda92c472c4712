"""Which version each kind is read in, on servers from 1.20 to 1.36, and how few requests that takes."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cluster.harness import KubeCluster
from fakes.scripted_api import Answer, Request, discovered, scripted

from interlock.core.clusters.connect import from_url
from interlock.core.clusters.discovery import KEPT_SECONDS, Discovery
from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.reader import ClusterReader
from interlock.core.errors import NotServed, UnknownName

SAME = {
    "pods": "v1", "events": "v1", "nodes": "v1", "services": "v1", "namespaces": "v1", "secrets": "v1",
    "configmaps": "v1", "serviceaccounts": "v1", "resourcequotas": "v1", "limitranges": "v1", "endpoints": "v1",
    "persistentvolumes": "v1", "persistentvolumeclaims": "v1", "replicationcontrollers": "v1",
    "deployments.apps": "v1", "replicasets.apps": "v1", "statefulsets.apps": "v1", "daemonsets.apps": "v1",
    "controllerrevisions.apps": "v1", "jobs.batch": "v1", "ingresses.networking.k8s.io": "v1",
    "networkpolicies.networking.k8s.io": "v1", "storageclasses.storage.k8s.io": "v1", "events.events.k8s.io": "v1",
}  # fmt: skip
"""Kinds that are read alike on every server from 1.20 on."""
DIFFERENT = {
    "cronjobs.batch": ("v1beta1", "v1"),
    "horizontalpodautoscalers.autoscaling": ("v2beta2", "v2"),
    "poddisruptionbudgets.policy": ("v1beta1", "v1"),
    "endpointslices.discovery.k8s.io": ("v1beta1", "v1"),
}
"""The version on 1.20, and on 1.36."""


def documents_of(shared_dir: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_dir / "data" / "discovery-1.36.json").read_text())
    return found


@pytest.mark.shared
@pytest.mark.parametrize("aggregated", [True, False])
def test_each_kind_of_a_1_36_server_is_read_in_the_version_it_is_served_in(
    shared_dir: Path, *, aggregated: bool
) -> None:
    right = {**SAME, **{kind: new for kind, (_, new) in DIFFERENT.items()}}
    with (
        scripted(discovered(documents_of(shared_dir), aggregated=aggregated)) as (url, _),
        closing(from_url("new", url)) as reader,
    ):
        assert {kind: reader.discovery.resolve(kind).version for kind in right} == right


@pytest.mark.cluster
def test_each_kind_of_a_real_1_20_server_is_read_in_the_version_that_tells_most(
    kube_cluster: KubeCluster,
) -> None:
    right = {**SAME, **{kind: old for kind, (old, _) in DIFFERENT.items()}}
    with closing(reader_of(kube_cluster)) as reader:
        assert reader.version().startswith("v1.20")
        assert {kind: reader.discovery.resolve(kind).version for kind in right} == right


@pytest.mark.shared
def test_a_server_that_tells_all_at_once_is_asked_twice_and_no_more(shared_dir: Path) -> None:
    with (
        scripted(discovered(documents_of(shared_dir), aggregated=True)) as (url, asked),
        closing(from_url("new", url)) as reader,
    ):
        kinds = reader.discovery.all()
        assert reader.discovery.resolve("hpa").version == "v2"
        with pytest.raises(UnknownName):
            reader.discovery.resolve("spaceship")
        assert sorted(request.path for request in asked) == ["/api", "/apis"]
    assert len(kinds) > 50
    assert kinds[0].group == ""


@pytest.mark.shared
def test_both_ways_of_asking_tell_the_same_kinds(shared_dir: Path) -> None:
    found = []
    for aggregated in (True, False):
        serves = discovered(documents_of(shared_dir), aggregated=aggregated)
        with scripted(serves) as (url, _), closing(from_url("new", url)) as reader:
            found.append(
                [(t.full_name, t.version, t.kind, t.namespaced, t.verbs) for t in reader.discovery.all()]
            )
    assert found[0] == found[1]


@pytest.mark.parametrize("aggregated", [True, False])
def test_an_autoscaler_is_read_in_the_version_with_conditions_even_where_another_is_preferred(
    *, aggregated: bool
) -> None:
    hpa = {
        "name": "horizontalpodautoscalers",
        "kind": "HorizontalPodAutoscaler",
        "namespaced": True,
        "verbs": ["list"],
    }
    versions = [{"groupVersion": f"autoscaling/{v}", "version": v} for v in ("v1", "v2beta1", "v2beta2")]
    group = {"name": "autoscaling", "versions": versions, "preferredVersion": versions[0]}
    documents = core_only("pods") | {"/apis": {"kind": "APIGroupList", "groups": [group]}}
    documents |= {f"/apis/{v['groupVersion']}": {"resources": [hpa]} for v in versions}
    with (
        scripted(discovered(documents, aggregated=aggregated)) as (url, _),
        closing(from_url("old", url)) as reader,
    ):
        assert reader.discovery.resolve("horizontalpodautoscaler").version == "v2beta2"


def core_only(*names: str) -> dict[str, Any]:
    resources = [{"name": n, "kind": n.title(), "namespaced": True, "verbs": ["list"]} for n in names]
    return {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/api/v1": {"kind": "APIResourceList", "resources": resources},
        "/apis": {"kind": "APIGroupList", "groups": []},
    }


def test_an_older_server_is_asked_only_for_the_group_that_is_needed() -> None:
    with (
        scripted(discovered(core_only("pods"), aggregated=False)) as (url, asked),
        closing(from_url("old", url)) as reader,
    ):
        reader.discovery.resolve("pods")
        reader.discovery.resolve("pods")
        assert [request.path for request in asked] == ["/api", "/api/v1"]


def test_what_was_discovered_is_believed_for_minutes_and_then_asked_again() -> None:
    now = [0.0]
    documents = core_only("pods")
    with (
        scripted(discovered(documents, aggregated=False)) as (url, asked),
        closing(HttpTransport(Endpoint(url))) as transport,
    ):
        discovery = Discovery(transport, lambda: now[0])
        discovery.resolve("pods")
        before = len(asked)
        now[0] = KEPT_SECONDS
        discovery.resolve("pods")
        assert len(asked) == before
        now[0] += 1
        documents["/api/v1"] = core_only("widgets")["/api/v1"]
        assert discovery.resolve("widgets").kind == "Widgets"
        with pytest.raises(NotServed):
            discovery.resolve("pods")


def test_a_group_behind_a_broken_service_hides_no_other_kind() -> None:
    documents = core_only("pods")
    version = {"groupVersion": "metrics.k8s.io/v1", "version": "v1"}
    documents["/apis"]["groups"] = [
        {"name": "metrics.k8s.io", "versions": [version], "preferredVersion": version}
    ]
    known = discovered(documents, aggregated=False)

    def answer(request: Request) -> Answer:
        return Answer({}, 503) if request.path == "/apis/metrics.k8s.io/v1" else known(request)

    with scripted(answer) as (url, _), closing(from_url("old", url)) as reader:
        assert [kind.plural for kind in reader.discovery.all()] == ["pods"]
        assert reader.discovery.problems == ["metrics.k8s.io: the cluster answered 503"]


def reader_of(cluster: KubeCluster) -> ClusterReader:
    pki = cluster.root / "pki"
    login = (str(pki / "admin.crt"), str(pki / "admin.key"))
    return ClusterReader(
        "test", HttpTransport(Endpoint(cluster.url, ca_file=str(cluster.ca_file), client_cert=login))
    )
