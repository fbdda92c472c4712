"""Recorded trees: what counts as recorded, as empty, as broken."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from replay.trees import Api, pod, refusal, thing, write_tree

from interlock.core.errors import BadInput
from interlock.core.replay.api import ReplayState
from interlock.core.replay.dump import Dump
from interlock.core.replay.manifest import Replay


def account(**changes: Any) -> dict[str, Any]:
    base = {"formatVersion": 1, "version": {"gitVersion": "v1.30.1"}, "resources": [], "namespaces": []}
    return {**base, "notRecorded": [], **changes}


def resource(plural: str, kind: str, group: str = "", **changes: Any) -> dict[str, Any]:
    entry = {"group": group, "version": "v1", "kind": kind, "plural": plural, "singular": kind.lower()}
    return {
        **entry,
        "namespaced": True,
        "shortNames": [],
        "verbs": ["get", "list"],
        "namespaces": None,
        **changes,
    }


def test_the_file_names_of_kubectl_and_our_own_are_both_read(tmp_path: Path) -> None:
    files = {
        "nodes.json": [thing("Node", "n1")],
        "persistentvolumes.json": [],
        "shop/pods.json": [pod("a")],
        "shop/replication-controllers.json": [],
        "shop/deployments.json": [],
        "shop/statefulsets.apps.json": [],
        "shop/gates.rail.example.json": [thing("Gate", "g", "shop", "rail.example/v3")],
    }
    kinds = Dump.open(write_tree(tmp_path, files) / "cluster").kinds
    assert kinds["", "replicationcontrollers"].kind == "ReplicationController"
    assert kinds["apps", "deployments"].kind == "Deployment"
    assert kinds["apps", "statefulsets"].group_version == "apps/v1"
    assert kinds["rail.example", "gates"].version == "v3"
    assert not kinds["", "nodes"].namespaced


def test_the_version_served_is_the_one_recorded(tmp_path: Path) -> None:
    job = thing("CronJob", "c", "shop", "batch/v1beta1")
    api = Api.over(tmp_path, {"shop/cronjobs.batch.json": [job]})
    assert api.names("/apis/batch/v1beta1/namespaces/shop/cronjobs") == ["c"]
    assert api.ask("/apis/batch/v1/namespaces/shop/cronjobs").code == 404


def test_a_resource_without_a_file_is_not_served(tmp_path: Path) -> None:
    api = Api.over(tmp_path, {"shop/pods.json": [pod("a")]})
    assert refusal(api.ask("/api/v1/services")) == (404, "the server could not find the requested resource")
    assert [r["name"] for r in api.json("/api/v1")["resources"]] == ["pods", "pods/log", "pods/status"]


def test_an_empty_list_is_empty_and_an_absent_one_is_not_found(tmp_path: Path) -> None:
    files = {"shop/pods.json": [], "shop/services.json": [], "bank/services.json": []}
    api = Api.over(tmp_path, files)
    assert api.json("/api/v1/namespaces/shop/pods")["items"] == []
    answer = api.ask("/api/v1/namespaces/bank/pods")
    assert refusal(answer) == (404, 'pods in namespace "bank" were not recorded (recorded: shop)')
    assert json.loads(answer.body)["details"]["causes"][0]["reason"] == "NotRecorded"
    assert api.ask("/api/v1/pods").warnings == ("pods were not recorded in these namespaces: bank",)
    assert api.ask("/api/v1/services").warnings == ()


def test_items_may_be_null_as_kubectl_writes_an_empty_list(tmp_path: Path) -> None:
    empty = {"kind": "NodeList", "apiVersion": "v1", "metadata": {"resourceVersion": "3"}, "items": None}
    assert Api.over(tmp_path, {"nodes.json": empty}).json("/api/v1/nodes")["items"] == []


def test_a_namespace_that_does_not_exist_is_empty_where_the_namespaces_were_recorded(tmp_path: Path) -> None:
    files = {"namespaces.json": [thing("Namespace", "shop")], "shop/pods.json": [pod("a")]}
    api = Api.over(tmp_path, files)
    assert api.json("/api/v1/namespaces/nowhere/pods")["items"] == []
    assert api.json("/api/v1/namespaces/shop")["metadata"]["name"] == "shop"


def test_a_file_that_was_lost_from_a_recording_is_not_taken_for_an_empty_list(tmp_path: Path) -> None:
    maps = resource("configmaps", "ConfigMap", namespaces=["shop"])
    api = Api.over(tmp_path, {"recorded.json": account(resources=[maps], namespaces=["shop"])})
    assert api.json("/api/v1/namespaces/shop/configmaps")["code"] == 404
    lost = "shop/configmaps.json was recorded and is not there any more"
    assert Dump.open(tmp_path / "cluster").problems == [lost]


def test_a_pipe_in_a_recording_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "replay.yaml")
    with pytest.raises(BadInput, match="it is no regular file"):
        Replay.load(tmp_path)


def test_what_the_recorder_listed_whole_is_empty_where_there_is_no_file(tmp_path: Path) -> None:
    gates = resource("gates", "Gate", "rail.example")
    maps = resource("configmaps", "ConfigMap", namespaces=["shop"])
    held = {"kind": "ConfigMapList", "apiVersion": "v1", "items": []}
    why = [{"resource": "configmaps", "namespace": "bank", "why": "forbidden"}]
    recorded = account(resources=[gates, maps], namespaces=["shop", "bank"], notRecorded=why)
    api = Api.over(tmp_path, {"recorded.json": recorded, "shop/configmaps.json": held})
    assert api.json("/apis/rail.example/v1/namespaces/bank/gates")["items"] == []
    assert api.json("/api/v1/namespaces/shop/configmaps")["items"] == []
    code, message = refusal(api.ask("/api/v1/namespaces/bank/configmaps"))
    assert (code, message) == (404, 'configmaps in namespace "bank" were not recorded: forbidden')
    assert api.ask("/api/v1/configmaps").warnings == (
        "configmaps were not recorded in these namespaces: bank",
    )
    assert api.json("/version")["gitVersion"] == "v1.30.1"


@pytest.mark.parametrize("value", [account(formatVersion=2), account(resources=[{"group": ""}]), [], "{"])
def test_an_account_of_another_form_is_refused_not_guessed_at(tmp_path: Path, value: object) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    with pytest.raises(BadInput, match=r"recorded\.json"):
        Api.over(tmp_path, {"recorded.json": text})


def test_a_half_written_file_is_named_with_its_byte_and_counts_as_not_recorded(tmp_path: Path) -> None:
    whole = json.dumps({"kind": "List", "apiVersion": "v1", "items": [pod("ä")]}, ensure_ascii=False)
    torn = whole[: len(whole) // 2]
    api = Api.over(tmp_path, {"shop/pods.json": torn, "shop/services.json": []})
    (problem,) = api.state.dump.problems
    assert "shop/pods.json is not whole JSON" in problem
    assert f"of {len(torn.encode())}" in problem
    assert api.ask("/api/v1/pods").code == 404
    assert api.json("/api/v1/services")["items"] == []


def test_a_file_broken_inside_is_found_on_first_need_and_is_not_an_empty_list(tmp_path: Path) -> None:
    api = Api.over(tmp_path, {"shop/pods.json": '{"items": [}', "bank/pods.json": [pod("a", "bank")]})
    code, message = refusal(api.ask("/api/v1/namespaces/shop/pods"))
    assert (code, message) == (404, 'pods in namespace "shop" were not recorded: its file cannot be read')
    assert "at byte 11 of 12" in api.state.dump.problems[0]
    assert api.names("/api/v1/pods") == ["a"]
    assert api.ask("/api/v1/pods").warnings


@pytest.mark.parametrize("item", [{"kind": "Pod"}, "text", None, {"metadata": None}, {"metadata": {}}])
def test_an_item_that_is_no_object_spoils_its_file_and_is_named(tmp_path: Path, item: object) -> None:
    api = Api.over(tmp_path, {"shop/pods.json": {"items": [item]}, "shop/services.json": []})
    assert api.ask("/api/v1/namespaces/shop/pods").code == 404
    assert "not a Pod" in api.state.dump.problems[0]


def test_nothing_readable_at_all_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing in .* can be read: .*nodes\.json is not whole JSON"):
        Api.over(tmp_path, {"shop/pods.json": '{"items": [', "nodes.json": ""})


def test_a_file_that_is_not_utf8_is_named_with_its_byte(tmp_path: Path) -> None:
    folder = write_tree(tmp_path, {"shop/pods.json": [], "shop/services.json": []})
    (folder / "cluster/shop/services.json").write_bytes(b'{"items": "\xff\xfe"}')
    state = ReplayState.open(Replay.load(folder))
    assert Api(state).ask("/api/v1/services").code == 404
    assert "at byte 11 of 15" in state.dump.problems[0]


@pytest.mark.parametrize("link", ["cluster/bank", "cluster/shop/secrets.json", "cluster/nodes.json"])
def test_a_symbolic_link_in_a_dump_is_refused(tmp_path: Path, link: str) -> None:
    folder = write_tree(tmp_path / "replay", {"shop/pods.json": []})
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / link).symlink_to(outside)
    with pytest.raises(BadInput, match="symbolic link"):
        ReplayState.open(Replay.load(folder))


def test_no_value_of_a_secret_is_served_but_its_keys_are(tmp_path: Path) -> None:
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"k":"c2VjcmV0"}}', "a": "b"}
    secret = thing("Secret", "s", "shop", data={"k": "c2VjcmV0"}, metadata={"annotations": annotations})
    api = Api.over(
        tmp_path, {"shop/secrets.json": [secret], "shop/configmaps.json": [{**secret, "kind": "Secret"}]}
    )
    answers = [
        api.ask("/api/v1/secrets"),
        api.ask("/api/v1/namespaces/shop/secrets/s"),
        api.ask("/api/v1/secrets?includeObject=Object", "application/json;as=Table;v=v1;g=meta.k8s.io"),
        api.ask("/api/v1/configmaps"),
    ]
    assert not any(b"c2VjcmV0" in answer.body for answer in answers)
    assert b"".join(api.ask("/api/v1/secrets?watch=1").stream or ()).count(b"c2VjcmV0") == 0
    shown = json.loads(answers[1].body)
    assert shown["data"] == {"k": "UkVEQUNURUQ="}
    assert shown["metadata"]["annotations"]["a"] == "b"


def test_files_that_are_no_kubernetes_lists_are_passed_over(tmp_path: Path) -> None:
    files = {"shop/pods.json": [pod("a")], "alert.json": {"receiver": "x"}, "notes/x.json": {"a": 1}}
    kinds = Dump.open(write_tree(tmp_path, files) / "cluster").kinds
    assert set(kinds) == {("", "pods")}


def test_a_pod_in_deletion_has_a_grace_period_as_on_every_real_server(tmp_path: Path) -> None:
    gone = {"metadata": {"deletionTimestamp": "2026-01-01T23:59:00Z"}}
    pods = [pod("a", **gone), pod("b", spec={"terminationGracePeriodSeconds": 5}, **gone), pod("c")]
    api = Api.over(tmp_path, {"shop/pods.json": pods})
    found = [item["metadata"].get("deletionGracePeriodSeconds") for item in api.json("/api/v1/pods")["items"]]
    assert found == [30, 5, None]
