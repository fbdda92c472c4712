"""iac_owner: the code behind an object of a recorded cluster, or by its name where there is no cluster."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from fakes.replays import MakeCalls

from interlock.core.clusters.connect import from_url
from interlock.core.errors import BadInput
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import serve
from interlock.tools.knowledge.library import Folder, Library

API = "kind: Deployment\nmetadata:\n  name: api\n  namespace: shop\n"


def library(folder: Path) -> Library:
    return Library([Folder(folder)], clean=Redactor().clean_text, rules="test", use_shipped_runbooks=False)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """One manifest."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "api.yaml").write_text(API)
    return tmp_path / "code"


def recorded(folder: Path, *objects: dict[str, object]) -> Replay:
    """A replay of Deployments, ReplicaSets and Pods."""
    resources = {
        "Deployment": "deployments.apps",
        "ReplicaSet": "replicasets.apps",
        "Pod": "pods",
        "Namespace": "namespaces",
    }
    for item in objects:
        meta = item["metadata"]
        assert isinstance(meta, dict)
        file = folder / "cluster" / str(meta.get("namespace", "")) / f"{resources[str(item['kind'])]}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        held = json.loads(file.read_text())["items"] if file.exists() else []
        version = "v1" if item["kind"] in ("Pod", "Namespace") else "apps/v1"
        listed = {"apiVersion": version, "kind": f"{item['kind']}List", "metadata": {"resourceVersion": "1"}}
        file.write_text(json.dumps({**listed, "items": [*held, {"apiVersion": version, **item}]}))
    (folder / "replay.yaml").write_text("now: 2026-01-01T00:00:00Z\ncluster: cluster\n")
    return Replay.load(folder)


def thing(
    kind: str, name: str, namespace: str = "shop", owner: tuple[str, str] | None = None
) -> dict[str, object]:
    meta: dict[str, object] = {"name": name, "uid": f"u-{kind}-{name}", "resourceVersion": "1"}
    if namespace:
        meta["namespace"] = namespace
    if owner:
        ref = {"apiVersion": "apps/v1", "kind": owner[0], "name": owner[1], "uid": f"u-{owner[0]}-{owner[1]}"}
        meta["ownerReferences"] = [{**ref, "controller": True}]
    return {"kind": kind, "metadata": meta}


def test_a_pod_leads_to_the_manifest_of_its_deployment(calls: MakeCalls, code: Path, tmp_path: Path) -> None:
    replay = recorded(
        tmp_path,
        thing("Namespace", "shop", ""),
        thing("Deployment", "api"),
        thing("ReplicaSet", "api-1", owner=("Deployment", "api")),
        thing("Pod", "api-1-x", owner=("ReplicaSet", "api-1")),
    )
    with serve(replay) as server, closing(from_url("replay", server.url)) as cluster:
        read = calls(library(code), cluster=cluster).call("iac_owner", {"kind": "pod", "name": "api-1-x"})
    assert read.text.startswith("api.yaml:1-4 is the code of Pod shop/api-1-x, as Deployment shop/api: ")
    assert [str(spot) for spot in read.locators] == ["api.yaml:1-4"]
    assert read.limits == ()


def test_a_name_in_several_namespaces_has_to_be_said_whose(
    calls: MakeCalls, code: Path, tmp_path: Path
) -> None:
    replay = recorded(
        tmp_path,
        thing("Namespace", "a", ""),
        thing("Namespace", "b", ""),
        thing("Deployment", "api", "a"),
        thing("Deployment", "api", "b"),
    )
    with (
        serve(replay) as server,
        closing(from_url("replay", server.url)) as cluster,
        pytest.raises(BadInput, match="several namespaces: a, b"),
    ):
        calls(library(code), cluster=cluster).call("iac_owner", {"kind": "deployment", "name": "api"})


def test_without_a_cluster_the_name_alone_is_matched_and_that_is_a_limit(
    calls: MakeCalls, code: Path
) -> None:
    read = calls(library(code)).call("iac_owner", {"kind": "deployment", "name": "api", "namespace": "shop"})
    assert read.text.startswith("api.yaml:1-4 is the code of ")
    assert "by its name alone" in read.limits[0]


def test_the_absence_of_code_is_a_statement(calls: MakeCalls, code: Path) -> None:
    read = calls(library(code)).call(
        "iac_owner", {"kind": "deployment", "name": "refunds", "namespace": "shop"}
    )
    assert (
        read.text
        == "no code here owns deployment shop/refunds: no manifest, chart or resource of that name was found"
    )


def test_kind_and_name_in_one_are_refused(calls: MakeCalls, code: Path) -> None:
    with pytest.raises(BadInput, match="apart"):
        calls(library(code)).call("iac_owner", {"kind": "deployment", "name": "shop/api"})
