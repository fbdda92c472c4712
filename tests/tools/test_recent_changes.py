"""What changed within a window."""

from __future__ import annotations

import json

import pytest
from fakes.replays import Json, Make, MakeCalls, Serve, Tree

from interlock.core.errors import NotFound

OWNER = {"kind": "Deployment", "name": "cart", "controller": True}


@pytest.fixture
def shop(tree: Tree, make_object: Make) -> Tree:
    """A rollout 20 minutes ago, a scaling 40 minutes ago, an edit two hours ago."""

    def replica_set(number: int, at: str) -> Json:
        meta: Json = {
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "ownerReferences": [OWNER],
        }
        containers = [{"name": "cart", "image": f"shop/cart:{number}"}]
        return make_object(
            "ReplicaSet",
            f"cart-{number}",
            metadata=meta | {"creationTimestamp": at},
            spec={"template": {"spec": {"containers": containers}}},
        )

    tree.objects(
        "shop",
        "replicasets.apps",
        replica_set(1, "2026-03-01T00:00:00Z"),
        replica_set(2, "2026-03-02T11:40:00Z"),
    )
    scaled = {
        "involvedObject": {"kind": "Deployment", "namespace": "shop", "name": "cart"},
        "reason": "ScalingReplicaSet",
    }
    scaled |= {"message": "Scaled up replica set cart-2 to 3 from 2", "lastTimestamp": "2026-03-02T11:20:00Z"}
    tree.objects("shop", "events", make_object("Event", "cart.1", **scaled))
    edit = {"managedFields": [{"manager": "kubectl-edit", "time": "2026-03-02T10:30:00Z"}]}
    edit["creationTimestamp"] = "2026-02-01T00:00:00Z"
    tree.objects("shop", "configmaps", make_object("ConfigMap", "conf", metadata=edit))
    return tree.objects(
        "",
        "namespaces",
        make_object("Namespace", "shop", "", metadata={"creationTimestamp": "2026-01-01T00:00:00Z"}),
    )


def changes(calls: MakeCalls, served: Serve, tree: Tree, **args: object) -> list[str]:
    return calls(cluster=served(tree.replay())).call("recent_changes", args).text.split("\n")


def test_changes_are_told_newest_first_with_their_times(shop: Tree, served: Serve, calls: MakeCalls) -> None:
    assert changes(calls, served, shop, minutes=60) == [
        "changes of any kind since 2026-03-02T11:00:00Z: 2",
        "2026-03-02T11:40:00Z Deployment shop/cart rolled out revision 2: "
        "spec.containers[cart].image: shop/cart:1 -> shop/cart:2",
        "2026-03-02T11:20:00Z Deployment shop/cart ScalingReplicaSet: Scaled up replica set cart-2 to 3 from 2",
    ]


def test_a_wider_window_holds_the_edit(shop: Tree, served: Serve, calls: MakeCalls) -> None:
    lines = changes(calls, served, shop, minutes=120)
    assert lines[-1] == "2026-03-02T10:30:00Z ConfigMap shop/conf edited by kubectl-edit"


def test_only_what_is_asked_for_is_looked_at(shop: Tree, served: Serve, calls: MakeCalls) -> None:
    assert changes(calls, served, shop, minutes=600, what=["scaling"])[0].endswith(": 1")


def test_what_is_not_held_is_a_limit(shop: Tree, served: Serve, calls: MakeCalls) -> None:
    found = calls(cluster=served(shop.replay())).call("recent_changes", {"minutes": 60})
    assert any("nodes" in limit for limit in found.limits)


def test_a_namespace_that_is_not_there_did_not_stay_unchanged(
    shop: Tree, served: Serve, calls: MakeCalls
) -> None:
    with pytest.raises(NotFound, match="no namespace 'pay'"):
        changes(calls, served, shop, namespace="pay")


def test_a_rollback_is_dated_by_its_deployment_and_not_by_the_old_replica_set(
    shop: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    folder = shop.folder / "cluster" / "shop" / "replicasets.apps.json"
    items = json.loads(folder.read_text())["items"]
    items[0]["metadata"]["annotations"] = {
        "deployment.kubernetes.io/revision": "3",
        "deployment.kubernetes.io/revision-history": "1",
    }
    shop.objects("shop", "replicasets.apps", *items)
    done = {"type": "Progressing", "status": "True", "lastUpdateTime": "2026-03-02T11:50:00Z"}
    meta = {"creationTimestamp": "2026-01-01T00:00:00Z"}
    cart = make_object("Deployment", "cart", metadata=meta, status={"conditions": [done]})
    shop.objects("shop", "deployments.apps", cart)
    assert changes(calls, served, shop, minutes=60, what=["rollout"])[1] == (
        "2026-03-02T11:50:00Z Deployment shop/cart went back to an earlier revision as revision 3: "
        "spec.containers[cart].image: shop/cart:2 -> shop/cart:1"
    )
