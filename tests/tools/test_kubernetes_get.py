"""One object as evidence."""

from __future__ import annotations

import json

import pytest
from fakes.kube_api import KubeApi
from fakes.replays import Make, MakeCalls, Serve, Tree

from interlock.core.errors import BadInput, Forbidden, NotFound, NotServed, UnknownName
from interlock.core.evidence import ObjectLocator
from interlock.core.store import Store


def test_an_object_comes_as_its_name_and_one_line_a_field(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    tree.objects("shop", "pods", make_pod("api-1", state=waiting, restartCount=8))
    evidence = calls(cluster=served(tree.replay())).call(
        "kubernetes_get", {"kind": "po", "name": "api-1", "namespace": "shop"}
    )
    lines = evidence.text.split("\n")
    assert lines[0] == "Pod shop/api-1"
    assert "status.containerStatuses[api].state.waiting.reason: CrashLoopBackOff" in lines
    assert "status.containerStatuses[api].restartCount: 8" in lines
    assert (evidence.kind, evidence.subject) == ("object", "Pod shop/api-1")
    assert evidence.locators == (
        ObjectLocator(
            cluster="toy",
            resource="pods",
            namespace="shop",
            name="api-1",
            uid="uid-Pod-api-1",
            resource_version="7",
        ),
    )


def test_what_nobody_reads_is_left_out_and_the_rest_stays(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    pod = make_pod("api-1")
    pod["metadata"] |= {
        "managedFields": [{"manager": "kubectl"}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "team": "checkout"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "api", "uid": "u-1", "controller": True}],
    }
    token = {"name": "kube-api-access-x7gr9", "projected": {"sources": []}}
    own = {"name": "kube-api-access-notes", "emptyDir": {}}
    pod["spec"]["volumes"] = [token, own]
    mount = "/var/run/secrets/kubernetes.io/serviceaccount"
    pod["spec"]["containers"][0]["volumeMounts"] = [
        {"name": token["name"], "mountPath": mount},
        {"name": "data", "mountPath": "/d"},
    ]
    tree.objects("shop", "pods", pod)
    text = calls(cluster=served(tree.replay())).call("kubernetes_get", {"kind": "pod", "name": "api-1"}).text
    for noise in ("managedFields", "resourceVersion", "last-applied", "u-1", "x7gr9", mount):
        assert noise not in text
    for kept in (
        "annotations.team: checkout",
        "ownerReferences[api].kind: ReplicaSet",
        "volumeMounts[data].mountPath: /d",
        "kube-api-access-notes",
        "status.phase: Running",
    ):
        assert kept in text


def test_of_a_secret_only_type_and_key_names_are_seen(served: Serve, calls: MakeCalls, store: Store) -> None:
    value = "c3VwZXItc2VjcmV0LXZhbHVl"
    metadata = {
        "name": "db",
        "namespace": "shop",
        "uid": "u",
        "annotations": {
            "note": f"was {value}",
            "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"data": {"password": value}}),
        },
    }
    secret = {
        "metadata": metadata,
        "type": "Opaque",
        "data": {"password": value},
        "stringData": {"user": "admin-of-shop"},
    }
    api = (
        KubeApi()
        .serves("", "v1", ("secrets", "Secret", True))
        .items("/api/v1/namespaces/shop/secrets", secret)
    )
    api.items("/api/v1/secrets", secret)
    door = calls(cluster=served(api))
    one = door.call("kubernetes_get", {"kind": "secret", "name": "db", "namespace": "shop"})
    many = door.call("kubernetes_list", {"kind": "secrets", "namespace": "shop"})
    assert one.text == "Secret shop/db\ntype: Opaque\nkeys[0]: password\nkeys[1]: user"
    assert "password,user" in many.text
    with store.read() as connection:
        dumped = "\n".join(connection.connection.driver_connection.iterdump())
    for hidden in (value, "super-secret-value", "admin-of-shop"):
        assert hidden not in dumped
        assert hidden not in repr((one, many))


def test_a_secret_in_an_environment_variable_is_redacted_by_its_name(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    pod = make_pod("api-1")
    pod["spec"]["containers"][0]["env"] = [
        {"name": "DB_PASSWORD", "value": "hunter-two-22"},
        {"name": "TIER", "value": "gold"},
    ]
    tree.objects("shop", "pods", pod)
    evidence = calls(cluster=served(tree.replay())).call("kubernetes_get", {"kind": "pod", "name": "api-1"})
    assert "hunter-two-22" not in repr(evidence)
    assert "env[TIER].value: gold" in evidence.text


def test_a_value_of_many_lines_cannot_pose_as_another_field(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    config = make_object("ConfigMap", "settings", data={"app.conf": "a=1\nstatus.phase: Failed"})
    tree.objects("shop", "configmaps", config)
    text = (
        calls(cluster=served(tree.replay())).call("kubernetes_get", {"kind": "cm", "name": "settings"}).text
    )
    assert "data.app.conf[1]: status.phase: Failed" in text
    assert "\nstatus.phase" not in text


def test_a_wrong_name_is_answered_with_the_nearest_ones(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-6c4ab5d9c-x7gr9"), make_pod("worker-1"))
    door = calls(cluster=served(tree.replay()))
    for wrong in ("api-6c4ab5d9c-x7gr8", "api"):
        with pytest.raises(NotFound) as caught:
            door.call("kubernetes_get", {"kind": "pod", "name": wrong, "namespace": "shop"})
        assert caught.value.message == f"no Pod '{wrong}' in namespace 'shop'"
        assert "did you mean 'api-6c4ab5d9c-x7gr9'?" in str(caught.value.hint)


def test_a_name_of_another_namespace_says_so(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("worker-1")).objects("bank", "pods", make_pod("api-1", "bank"))
    with pytest.raises(NotFound) as caught:
        calls(cluster=served(tree.replay())).call(
            "kubernetes_get", {"kind": "pod", "name": "api-1", "namespace": "shop"}
        )
    assert "namespace 'bank' has a Pod 'api-1'" in str(caught.value.hint)


def test_nothing_near_means_no_guess(tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    tree.objects("shop", "pods", make_pod("worker-1"))
    with pytest.raises(NotFound) as caught:
        calls(cluster=served(tree.replay())).call(
            "kubernetes_get", {"kind": "pod", "name": "zzz", "namespace": "shop"}
        )
    assert caught.value.hint is None


def test_without_a_namespace_the_only_holder_is_meant_and_several_are_named(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"), make_pod("both")).objects(
        "bank", "pods", make_pod("both", "bank")
    )
    door = calls(cluster=served(tree.replay()))
    assert door.call("kubernetes_get", {"kind": "pod", "name": "api-1"}).subject == "Pod shop/api-1"
    with pytest.raises(BadInput) as caught:
        door.call("kubernetes_get", {"kind": "pod", "name": "both"})
    assert caught.value.hint == "name one of: bank, shop"


def test_a_wrong_namespace_is_named_when_namespaces_can_be_listed(
    served: Serve, calls: MakeCalls, make_pod: Make, make_object: Make
) -> None:
    api = KubeApi().serves("", "v1", ("pods", "Pod", True), ("namespaces", "Namespace", False))
    api.items("/api/v1/namespaces", make_object("Namespace", "payments", ""))
    api.items("/api/v1/namespaces/paymnts/pods")
    with pytest.raises(NotFound) as caught:
        calls(cluster=served(api)).call(
            "kubernetes_get", {"kind": "pod", "name": "api-1", "namespace": "paymnts"}
        )
    assert (caught.value.message, caught.value.hint) == ("no namespace 'paymnts'", "did you mean 'payments'?")


def test_a_refusal_is_named_as_one(served: Serve, calls: MakeCalls) -> None:
    api = KubeApi().serves("", "v1", ("pods", "Pod", True))
    api.refuses("/api/v1/namespaces/shop/pods/api-1", 'pods "api-1" is forbidden: User "ana" cannot get')
    api.refuses("/api/v1/pods", "pods is forbidden at the cluster scope")
    door = calls(cluster=served(api))
    with pytest.raises(Forbidden, match="cannot get"):
        door.call("kubernetes_get", {"kind": "pod", "name": "api-1", "namespace": "shop"})
    with pytest.raises(Forbidden) as caught:
        door.call("kubernetes_get", {"kind": "pod", "name": "api-1"})
    assert "name a namespace" in str(caught.value.hint)


def test_a_kind_that_is_not_held_differs_from_one_that_does_not_exist(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"))
    door = calls(cluster=served(tree.replay()))
    with pytest.raises(NotServed):
        door.call("kubernetes_get", {"kind": "service", "name": "api"})
    with pytest.raises(UnknownName) as caught:
        door.call("kubernetes_get", {"kind": "podz", "name": "api-1"})
    assert "pods" in caught.value.near


@pytest.mark.parametrize("name", ["", "../secrets", "a/b", "a b"])
def test_a_name_that_no_object_can_have_is_refused(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make, name: str
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"))
    with pytest.raises(BadInput):
        calls(cluster=served(tree.replay())).call(
            "kubernetes_get", {"kind": "pod", "name": name, "namespace": "shop"}
        )
