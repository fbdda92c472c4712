"""Lists as tables."""

from __future__ import annotations

import pytest
from fakes.kube_api import KubeApi
from fakes.replays import NOW, Make, MakeCalls, Serve, Tree

from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import Forbidden, NotFound, UnknownName
from interlock.core.evidence import Evidence
from interlock.tools.kubernetes import columns
from interlock.tools.kubernetes.tables import table, table_text


def rows(evidence: Evidence) -> list[list[str]]:
    return [line.split() for line in evidence.text.split("\n")]


def test_pods_are_listed_with_what_kubectl_shows(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    tree.objects("shop", "pods", make_pod("api-1", state=waiting, restartCount=8), make_pod("api-2"))
    evidence = calls(cluster=served(tree.replay())).call("kubernetes_list", {"kind": "pods"})
    assert rows(evidence) == [
        ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE", "IMAGES"],
        ["shop", "api-1", "0/1", "CrashLoopBackOff", "8", "2h", "node-1", "shop/api:1.4"],
        ["shop", "api-2", "1/1", "Running", "0", "2h", "node-1", "shop/api:1.4"],
    ]
    assert evidence.kind == "table"
    assert evidence.data["rows"][0]["restarts"] == 8
    assert [locator.kind for locator in evidence.locators] == ["query", "object", "object"]


def test_nodes_show_readiness_roles_and_pressure(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    conditions = [{"type": "Ready", "status": "False"}, {"type": "DiskPressure", "status": "True"}]
    node = make_object(
        "Node",
        "n-1",
        "",
        spec={"unschedulable": True},
        status={"conditions": conditions, "nodeInfo": {"kubeletVersion": "v1.30.1"}},
    )
    node["metadata"]["labels"] = {"node-role.kubernetes.io/worker": ""}
    tree.objects("", "nodes", node)
    header, row = rows(calls(cluster=served(tree.replay())).call("kubernetes_list", {"kind": "node"}))
    assert header == ["NAME", "STATUS", "ROLES", "VERSION", "PRESSURE", "AGE", "TAINTS"]
    assert row == ["n-1", "NotReady,SchedulingDisabled", "worker", "v1.30.1", "DiskPressure", "2h", "-"]


def test_what_a_limit_cut_is_said(tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    tree.objects("shop", "pods", *(make_pod(f"api-{n}") for n in range(5)))
    evidence = calls(cluster=served(tree.replay())).call("kubernetes_list", {"kind": "pods", "limit": 2})
    assert evidence.limits == ("only the first 2 pods were read, 3 more were left out by the limit",)
    assert (evidence.data["complete"], evidence.data["remaining"]) == (False, 3)
    assert len(evidence.data["rows"]) == 2


def test_selectors_choose_and_no_match_is_an_answer(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"))
    door = calls(cluster=served(tree.replay()))
    assert "api-1" in door.call("kubernetes_list", {"kind": "pods", "fields": "status.phase=Running"}).text
    empty = door.call("kubernetes_list", {"kind": "pods", "namespace": "shop", "labels": "app=other"})
    assert empty.text == "0 found: pods in namespace shop with labels app=other"
    assert empty.limits == ()


def test_an_empty_list_of_a_namespace_that_does_not_exist_is_an_error(
    served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    api = KubeApi().serves("", "v1", ("pods", "Pod", True), ("namespaces", "Namespace", False))
    api.items("/api/v1/namespaces", make_object("Namespace", "shop", ""))
    api.items("/api/v1/namespaces/shop/pods").items("/api/v1/namespaces/shopp/pods")
    door = calls(cluster=served(api))
    assert door.call("kubernetes_list", {"kind": "pods", "namespace": "shop"}).text.startswith("0 found")
    with pytest.raises(NotFound, match="no namespace 'shopp'"):
        door.call("kubernetes_list", {"kind": "pods", "namespace": "shopp"})


def test_a_refused_list_is_an_error_and_not_an_empty_table(served: Serve, calls: MakeCalls) -> None:
    api = KubeApi().serves("", "v1", ("pods", "Pod", True)).refuses("/api/v1/pods", "pods is forbidden")
    with pytest.raises(Forbidden, match="pods is forbidden"):
        calls(cluster=served(api)).call("kubernetes_list", {"kind": "pods"})


def test_an_argument_that_does_not_exist_is_refused_with_the_nearest(calls: MakeCalls) -> None:
    with pytest.raises(UnknownName) as caught:
        calls().call("kubernetes_list", {"kind": "pods", "namespaces": "shop"})
    assert "namespace" in caught.value.near


@pytest.mark.parametrize("resource", [*columns._KINDS, "widgets.example.com"])
def test_every_kind_makes_a_row_of_an_object_that_says_nothing(resource: str) -> None:
    sparse = KubeObject({"metadata": {"name": "x", "namespace": "shop"}}, resource)
    names, found = columns.columns_and_rows(resource, (sparse,), NOW)
    header, row = table_text(table(names, found, "")).split("\n")
    assert header.split()[:2] == ["NAMESPACE", "NAME"]
    assert row.split()[:2] == ["shop", "x"]


def test_a_cell_cannot_make_a_line_or_a_column_of_its_own() -> None:
    text = table_text(table(["name", "message"], [{"name": "a", "message": "one\ntwo  three\tfour"}], ""))
    assert text.split("\n")[1] == "a     one two three four"


def test_kinds_are_listed_as_the_server_serves_them(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"))
    evidence = calls(cluster=served(tree.replay())).call("kubernetes_kinds", {})
    assert ["pods", "Pod", "v1", "true", "po"] in rows(evidence)
