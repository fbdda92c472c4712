"""What refers to an object, in every way a pod template can."""

from __future__ import annotations

import pytest
from fakes.replays import Json, Make, MakeCalls, Serve, Tree

from interlock.core.errors import NotFound

CONTAINER: Json = {"name": "api", "image": "shop/api:1"}
WAYS = {
    "volume": ({"volumes": [{"name": "v", "configMap": {"name": "conf"}}]}, {}),
    "projected": (
        {"volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "conf"}}]}}]},
        {},
    ),
    "env": ({}, {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "a"}}}]}),
    "env-from": ({}, {"envFrom": [{"configMapRef": {"name": "conf"}}]}),
}


def deployment(make: Make, name: str, spec: Json, container: Json) -> Json:
    template = {"spec": {"containers": [{**CONTAINER, **container}], **spec}}
    return make("Deployment", name, spec={"template": template})


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_use_is_found(
    way: str, tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    tree.objects("shop", "configmaps", make_object("ConfigMap", "conf"), make_object("ConfigMap", "conf-2"))
    tree.objects("shop", "deployments.apps", deployment(make_object, "api", *WAYS[way]))
    door = calls(cluster=served(tree.replay()))
    found = door.call("kubernetes_uses", {"kind": "configmap", "name": "conf", "namespace": "shop"})
    head, line = found.text.split("\n")
    assert head == "ConfigMap shop/conf is used by 1 workloads"
    assert line.startswith("Deployment shop/api uses ConfigMap shop/conf ")
    other = door.call("kubernetes_uses", {"kind": "configmap", "name": "conf-2", "namespace": "shop"})
    assert other.text == "ConfigMap shop/conf-2 is not used by any workload"


def test_a_pod_of_a_workload_is_not_named_beside_it_but_a_bare_pod_is(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make, make_pod: Make
) -> None:
    volumes = {"volumes": [{"name": "v", "secret": {"secretName": "keys"}}]}
    owned, bare = make_pod("api-7f9-abc"), make_pod("debug")
    owned["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "api-7f9", "controller": True}]
    for pod in (owned, bare):
        pod["spec"] |= volumes
    tree.objects("shop", "secrets", make_object("Secret", "keys"))
    tree.objects("shop", "deployments.apps", deployment(make_object, "api", volumes, {}))
    tree.objects("shop", "pods", owned, bare)
    door = calls(cluster=served(tree.replay()))
    lines = door.call("kubernetes_uses", {"kind": "secret", "name": "keys"}).text.split("\n")
    assert [line.partition(" uses ")[0] for line in lines[1:]] == ["Deployment shop/api", "Pod shop/debug"]
    pods = door.call("kubernetes_uses", {"kind": "secret", "name": "keys", "by": "pods"}).text.split("\n")
    assert [line.partition(" uses ")[0] for line in pods[1:]] == ["Pod shop/api-7f9-abc", "Pod shop/debug"]


def test_what_could_not_be_looked_at_is_a_limit_and_not_an_absence(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    tree.objects("shop", "secrets", make_object("Secret", "keys"))
    found = calls(cluster=served(tree.replay())).call("kubernetes_uses", {"kind": "secret", "name": "keys"})
    assert any(limit.startswith("not looked at:") and "deployments" in limit for limit in found.limits)


def test_an_object_that_is_not_there_is_not_said_to_be_unused(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    tree.objects("shop", "secrets", make_object("Secret", "db-keys"))
    with pytest.raises(NotFound, match="no Secret 'db-key'") as caught:
        calls(cluster=served(tree.replay())).call("kubernetes_uses", {"kind": "secret", "name": "db-key"})
    assert "db-keys" in str(caught.value.hint)
