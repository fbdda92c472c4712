"""The facts of one object, and what is said of a name that nothing has."""

from __future__ import annotations

import pytest
from fakes.replays import Json, Make, MakeCalls, Serve, Tree


@pytest.fixture
def shop(tree: Tree, make_object: Make, make_pod: Make) -> Tree:
    """A Deployment with two revisions and one pod; its image changed."""

    def template(tag: str) -> Json:
        limits = {"resources": {"limits": {"memory": "64Mi"}}}
        labels = {"metadata": {"labels": {"app": "cart"}}}
        return labels | {"spec": {"containers": [{"name": "cart", "image": f"shop/cart:{tag}", **limits}]}}

    owner = {"kind": "Deployment", "name": "cart", "controller": True}

    def replica_set(number: int) -> Json:
        meta = {"annotations": {"deployment.kubernetes.io/revision": str(number)}, "ownerReferences": [owner]}
        meta["creationTimestamp"] = f"2026-03-02T0{number}:00:00Z"
        return make_object(
            "ReplicaSet", f"cart-{number}", metadata=meta, spec={"template": template(f"{number}.0")}
        )

    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "cart"}}, "template": template("2.0")}
    tree.objects(
        "shop", "deployments.apps", make_object("Deployment", "cart", spec=spec, status={"readyReplicas": 1})
    )
    tree.objects("shop", "replicasets.apps", replica_set(1), replica_set(2))
    pod = make_pod("cart-2-x", restartCount=4)
    pod["metadata"] |= {
        "labels": {"app": "cart"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "cart-2", "controller": True}],
    }
    tree.objects("", "namespaces", make_object("Namespace", "shop", ""), make_object("Namespace", "pay", ""))
    return tree.objects("shop", "pods", pod)


def facts(calls: MakeCalls, served: Serve, tree: Tree, **args: object) -> list[str]:
    return calls(cluster=served(tree.replay())).call("kubernetes_facts", args).text.split("\n")


@pytest.mark.parametrize(
    "said",
    [
        "Deployment shop/cart: 1 of 2 replicas ready",
        "Deployment shop/cart: age 2h, created 2026-03-02T10:00:00Z",
        "Deployment shop/cart: image shop/cart:2.0",
        "Deployment shop/cart: tag 2.0",
        "Deployment shop/cart: memory limit of container cart is 64Mi",
        "Deployment shop/cart: readiness probe of container cart is not set",
        "Deployment shop/cart: restarts of its pods together: 4",
        "Deployment shop/cart: pods on node node-1: 1",
        "Deployment shop/cart: last rolled out 2026-03-02T02:00:00Z as revision 2",
        "Deployment shop/cart: image before the last rollout shop/cart:1.0",
    ],
)
def test_each_fact_is_one_statement(said: str, shop: Tree, served: Serve, calls: MakeCalls) -> None:
    assert said in facts(calls, served, shop, name="cart", parts=["pods", "rollouts"])


def test_pods_and_rollouts_are_read_only_when_asked_for(shop: Tree, served: Serve, calls: MakeCalls) -> None:
    said = "\n".join(facts(calls, served, shop, name="cart"))
    assert "restarts" not in said
    assert "rolled out" not in said


def test_a_name_that_nothing_has_is_answered_with_its_neighbours(
    shop: Tree, served: Serve, calls: MakeCalls
) -> None:
    lines = facts(calls, served, shop, name="carts")
    assert lines[0] == "no object of the kinds looked at is named carts"
    assert "a name near carts: Deployment shop/cart" in lines


def test_a_wrong_namespace_leads_to_the_right_one(shop: Tree, served: Serve, calls: MakeCalls) -> None:
    lines = facts(calls, served, shop, name="cart", kind="deployment", namespace="pay")
    assert lines == ["no Deployment is named cart in namespace pay", "Deployment shop/cart has that name"]


def test_a_namespace_that_is_not_there_is_said_as_well(shop: Tree, served: Serve, calls: MakeCalls) -> None:
    lines = facts(calls, served, shop, name="cart", kind="deployment", namespace="shpo")
    assert "no Namespace is named shpo" in lines
    assert "a name near shpo: Namespace shop" in lines


def test_a_wrong_kind_leads_to_the_right_one(
    shop: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    shop.objects("shop", "statefulsets.apps", make_object("StatefulSet", "db"))
    lines = facts(calls, served, shop, name="cart", kind="statefulset")
    assert lines == ["no StatefulSet is named cart", "Deployment shop/cart has that name"]


def test_values_of_secrets_are_not_among_the_facts(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    tree.objects("shop", "secrets", make_object("Secret", "keys", data={"token": "c2VjcmV0LXZhbHVl"}))
    said = "\n".join(facts(calls, served, tree, name="keys", kind="secret"))
    assert "keys token" in said
    assert "c2VjcmV0" not in said
