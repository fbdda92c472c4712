"""Gathered trees (`oc adm must-gather`): the same index, the same answers, the same walls as any recording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from replay.trees import Api, pod, thing

from interlock.core.errors import BadInput
from interlock.core.replay.api import ReplayState
from interlock.core.replay.dump import Dump
from interlock.core.replay.manifest import Replay
from interlock.core.replay.must_gather import tree_in

PODS = {
    "apiVersion": "v1",
    "kind": "PodList",
    "metadata": {"resourceVersion": "9"},
    "items": [pod("a"), pod("b")],
}
DEPLOYMENT = thing("Deployment", "web", "shop", "apps/v1", spec={"replicas": 1})
NODE = """---
apiVersion: v1
kind: Node
metadata:
  name: n1
  creationTimestamp: 2026-01-01T08:00:00Z
status:
  conditions:
  - type: Ready
    status: "True"
    lastHeartbeatTime: "2026-01-01T10:30:00Z"
"""
OPERATOR = thing("ClusterOperator", "dns", None, "config.openshift.io/v1")
SECRET = thing("Secret", "key", "shop", data={"token": "aHVudGVyMg=="})
LOGS = "namespaces/shop/pods/a/app/app/logs"
TREE: Mapping[str, object] = {
    "cluster-scoped-resources/core/nodes/n1.yaml": NODE,
    "cluster-scoped-resources/config.openshift.io/clusteroperators/dns.yaml": OPERATOR,
    "namespaces/shop/shop.yaml": thing("Namespace", "shop"),
    "namespaces/shop/core/pods.yaml": PODS,
    "namespaces/shop/core/secrets/key.yaml": SECRET,
    "namespaces/shop/pods/c/c.yaml": pod("c"),
    "namespaces/shop/apps/deployments.yaml": {
        "apiVersion": "apps/v1",
        "kind": "DeploymentList",
        "items": [DEPLOYMENT],
    },
    "namespaces/shop/networking/networkpolicies.yaml": {"apiVersion": "networking.k8s.io/v1", "items": []},
    "namespaces/bank/core/services.yaml": {"apiVersion": "v1", "kind": "ServiceList", "items": None},
    f"{LOGS}/current.log": "2026-01-01T10:00:00.000000001Z one\n2026-01-01T10:00:01Z two\n",
    f"{LOGS}/previous.log": "2026-01-01T09:00:00Z before\n",
}


def gather(folder: Path, files: Mapping[str, object] = TREE) -> Path:
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else yaml.safe_dump(value))
    return folder


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return Api(ReplayState.open(Replay.load(gather(tmp_path))))


def test_lists_and_single_objects_are_one_resource(api: Api) -> None:
    assert api.names("/api/v1/namespaces/shop/pods") == ["a", "b", "c"]
    assert api.names("/apis/apps/v1/deployments") == ["web"]
    assert api.names("/api/v1/nodes") == ["n1"]
    assert api.names("/apis/config.openshift.io/v1/clusteroperators") == ["dns"]
    assert api.names("/api/v1/namespaces") == ["shop"]


def test_a_short_group_name_means_the_full_one(api: Api) -> None:
    assert api.names("/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies") == []


def test_what_was_not_gathered_is_not_empty(api: Api) -> None:
    assert api.names("/api/v1/namespaces/bank/services") == []
    assert api.ask("/api/v1/namespaces/bank/pods").code == 404
    assert api.ask("/apis/batch/v1/jobs").code == 404


def test_logs_are_served_with_their_times(api: Api) -> None:
    log = "/api/v1/namespaces/shop/pods/a/log"
    assert api.text(log) == "one\ntwo\n"
    assert api.text(f"{log}?timestamps=true&tailLines=1") == "2026-01-01T10:00:01Z two\n"
    assert api.text(f"{log}?previous=true") == "before\n"
    assert api.ask("/api/v1/namespaces/shop/pods/c/log").code == 404


def test_a_log_fetched_without_tls_counts_when_the_other_is_empty(tmp_path: Path) -> None:
    files = {**TREE, f"{LOGS}/current.log": "", f"{LOGS}/current.insecure.log": "2026-01-01T10:00:00Z only\n"}
    found = Api(ReplayState.open(Replay.load(gather(tmp_path, files))))
    assert found.text("/api/v1/namespaces/shop/pods/a/log") == "only\n"


def test_secret_values_are_never_served(api: Api) -> None:
    assert api.json("/api/v1/namespaces/shop/secrets/key")["data"] == {"token": "UkVEQUNURUQ="}


def test_times_stay_text_and_give_the_tree_its_now(api: Api, tmp_path: Path) -> None:
    node = api.json("/api/v1/nodes/n1")
    assert node["metadata"]["creationTimestamp"] == "2026-01-01T08:00:00Z"
    assert Replay.load(tmp_path).now.isoformat() == "2026-01-01T23:00:00+00:00"


def test_the_tree_is_found_in_the_folder_that_is_named_after_the_image(tmp_path: Path) -> None:
    inner = gather(tmp_path / "registry-example-must-gather-sha256-0123")
    (tmp_path / "timestamp").write_text("2026-01-01 10:31:00 +0000 UTC\n")
    assert tree_in(tmp_path) == inner
    assert Api(ReplayState.open(Replay.load(tmp_path))).names("/api/v1/pods") == ["a", "b", "c"]
    gather(tmp_path / "another-image")
    with pytest.raises(BadInput, match="several gathered trees: another-image, registry"):
        tree_in(tmp_path)


def test_a_manifest_may_name_a_gathered_tree(tmp_path: Path) -> None:
    gather(tmp_path / "gathered")
    (tmp_path / "replay.yaml").write_text("now: 2026-01-02T00:00:00Z\ncluster: gathered\n")
    assert Api(ReplayState.open(Replay.load(tmp_path))).names("/api/v1/nodes") == ["n1"]


def test_json_is_read_as_well_as_yaml(tmp_path: Path) -> None:
    files = {
        "namespaces/shop/core/pods.json": '{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"j"}}]}'
    }
    assert Api(ReplayState.open(Replay.load(_with_now(gather(tmp_path, files))))).names("/api/v1/pods") == [
        "j"
    ]


def _with_now(folder: Path) -> Path:
    (folder / "replay.yaml").write_text("now: 2026-01-02T00:00:00Z\ncluster: .\n")
    return folder


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x [1]\nitems: [*x, *x]\n", "aliases are not read"),
        ("items: [", "not whole YAML"),
        ("items: !!python/object:os.system {}\n", "not whole YAML"),
        ("- 1\n", "it holds a YAML list"),
        ("kind: Other\n", "has no items"),
    ],
)
def test_a_file_that_is_no_plain_list_makes_its_resource_unread(
    tmp_path: Path, text: str, problem: str
) -> None:
    dump = Dump.open(gather(tmp_path, {**TREE, "namespaces/shop/core/pods.yaml": text}))
    kind = dump.kinds["", "pods"]
    assert dump.objects(kind, "shop") is None
    assert problem in dump.problems[0]
    assert dump.recorded_in(kind) == frozenset()


def test_text_that_looks_like_an_alias_is_text(tmp_path: Path) -> None:
    note = thing("ConfigMap", "note", "shop", data={"text": "see *this\n and *that\n"})
    files = {"namespaces/shop/core/configmaps.yaml": {"apiVersion": "v1", "items": [note]}}
    dump = Dump.open(gather(tmp_path, files))
    found = dump.objects(dump.kinds["", "configmaps"], "shop")
    assert found is not None
    assert found.items[0]["data"]["text"].startswith("see *this")


def test_links_are_refused(tmp_path: Path) -> None:
    gather(tmp_path)
    (tmp_path / "namespaces/shop/core/events.yaml").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="symbolic link"):
        Dump.open(tmp_path)
