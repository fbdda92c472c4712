"""What each rollout changed."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.kube_api import KubeApi
from fakes.replays import Json, Make, MakeCalls, Serve, Tree

from interlock.core.errors import BadInput, NotFound
from interlock.tools.changes.history import history

OWNER = [{"kind": "Deployment", "name": "api", "uid": "uid-Deployment-api", "controller": True}]


def template(image: str = "api:1", memory: str = "512Mi", secret: str = "") -> Json:
    one: Json = {"name": "api", "image": image, "resources": {"limits": {"memory": memory}}}
    if secret:
        one["env"] = [{"name": "DB_PASSWORD", "value": secret}]
    return {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [one]}}


def revision(make: Make, number: int, body: Json, at: str, **parts: Any) -> Json:
    annotations = {"deployment.kubernetes.io/revision": str(number), **parts.pop("annotations", {})}
    metadata = {
        "annotations": annotations,
        "ownerReferences": parts.pop("owners", OWNER),
        "creationTimestamp": at,
    }
    spec = {"replicas": parts.pop("replicas", 0), "template": body}
    return make("ReplicaSet", f"api-{number}", spec=spec, metadata=metadata)


def shop(tree: Tree, make: Make, *revisions: Json) -> Tree:
    tree.objects("shop", "deployments.apps", make("Deployment", "api", spec={"replicas": 3}))
    return tree.objects("shop", "replicasets.apps", *revisions)


def test_each_revision_says_what_it_changed(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    cause = {"kubernetes.io/change-cause": "lower memory"}
    shop(
        tree,
        make_object,
        revision(
            make_object, 2, template(memory="128Mi"), "2026-03-02T11:41:00Z", replicas=3, annotations=cause
        ),
        revision(make_object, 1, template(), "2026-03-01T09:00:00Z"),
        revision(make_object, 9, template("other:1"), "2026-03-01T09:00:00Z", owners=[]),
    )
    evidence = calls(cluster=served(tree.replay())).call(
        "rollout_history", {"name": "api", "namespace": "shop"}
    )
    first, second = (
        f"revision {n} ({at}, ReplicaSet shop/api-{n}): "
        for n, at in ((1, "2026-03-01T09:00:00Z"), (2, "2026-03-02T11:41:00Z"))
    )
    assert evidence.text.split("\n") == [
        "Deployment shop/api: 2 revisions can be seen",
        f"{first}images api:1",
        f"{first}0 replicas wanted",
        f"{first}the oldest revision that can be seen, nothing to compare with",
        f"{second}images api:1",
        f"{second}3 replicas wanted",
        f"{second}change-cause: lower memory",
        f"{second}spec.containers[api].resources.limits.memory: 512Mi -> 128Mi",
    ]
    assert [str(locator) for locator in evidence.locators] == [
        "deployments.apps shop/api",
        "replicasets.apps shop/api-1",
        "replicasets.apps shop/api-2",
    ]


def test_a_rollback_is_seen_as_one(tree: Tree, served: Serve, calls: MakeCalls, make_object: Make) -> None:
    back = {"deployment.kubernetes.io/revision-history": "1"}
    shop(
        tree,
        make_object,
        revision(make_object, 3, template("api:1"), "2026-03-01T09:00:00Z", annotations=back),
        revision(make_object, 2, template("api:2"), "2026-03-02T09:00:00Z"),
    )
    text = calls(cluster=served(tree.replay())).call("rollout_history", {"name": "api"}).text
    assert "ReplicaSet shop/api-3): was revision 1 before, so it was rolled back to" in text
    assert "ReplicaSet shop/api-3): spec.containers[api].image: api:2 -> api:1" in text


def test_a_secret_that_changed_shows_neither_old_nor_new(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    shop(
        tree,
        make_object,
        revision(make_object, 1, template(secret="hunter-two-22"), "2026-03-01T09:00:00Z"),
        revision(make_object, 2, template(secret="correct-horse-9"), "2026-03-02T09:00:00Z"),
    )
    evidence = calls(cluster=served(tree.replay())).call("rollout_history", {"name": "api"})
    assert "hunter-two" not in repr(evidence) and "correct-horse" not in repr(evidence)
    assert "spec.containers[api].env[DB_PASSWORD].value: <secret:" in evidence.text


def test_the_diagnosis_of_a_rollout_shows_no_secret_either(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make, make_pod: Make
) -> None:
    shop(
        tree,
        make_object,
        revision(make_object, 1, template(secret="hunter-two-22"), "2026-03-01T09:00:00Z"),
        revision(make_object, 2, template(secret="correct-horse-9"), "2026-03-02T11:50:00Z", replicas=3),
    )
    pod = make_pod("api-2-x", state={"waiting": {"reason": "CrashLoopBackOff"}}, restartCount=8)
    pod["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "api-2", "controller": True}]
    pod["spec"] |= template(secret="correct-horse-9")["spec"]
    tree.objects("shop", "pods", pod)
    evidence = calls(cluster=served(tree.replay())).call("diagnose", {"namespace": "shop"})
    assert "env[DB_PASSWORD].value" in evidence.text
    assert "hunter-two" not in repr(evidence) and "correct-horse" not in repr(evidence)


def test_revisions_of_a_stateful_set_are_its_controller_revisions(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    owner = [{"kind": "StatefulSet", "name": "db", "controller": True}]
    for_db = [
        make_object(
            "ControllerRevision",
            f"db-{n}",
            revision=n,
            data={"spec": {"template": {**template(image), "$patch": "replace"}}},
            metadata={"ownerReferences": owner},
        )
        for n, image in ((1, "db:1"), (2, "db:2"))
    ]
    tree.objects("shop", "statefulsets.apps", make_object("StatefulSet", "db")).objects(
        "shop", "controllerrevisions.apps", *for_db
    )
    text = calls(cluster=served(tree.replay())).call("rollout_history", {"name": "db", "kind": "sts"}).text
    assert "ControllerRevision shop/db-2): spec.containers[api].image: db:1 -> db:2" in text
    assert "$patch" not in text


def test_revisions_that_were_not_recorded_are_a_limit(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    tree.objects("shop", "deployments.apps", make_object("Deployment", "api"))
    evidence = calls(cluster=served(tree.replay())).call(
        "rollout_history", {"name": "api", "namespace": "shop"}
    )
    assert evidence.text == "Deployment shop/api: 0 revisions can be seen"
    assert len(evidence.limits) == 1
    assert evidence.limits[0].startswith("earlier revisions were not looked at: replicasets cannot be seen")


def test_a_refused_workload_still_shows_its_revisions(
    served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    kinds = (("deployments", "Deployment", True), ("replicasets", "ReplicaSet", True))
    api = KubeApi().serves("apps", "v1", *kinds)
    api.refuses("/apis/apps/v1/namespaces/shop/deployments/api", "not for you")
    api.items(
        "/apis/apps/v1/namespaces/shop/replicasets",
        revision(make_object, 1, template(), "2026-03-01T09:00:00Z"),
    )
    evidence = calls(cluster=served(api)).call("rollout_history", {"name": "api", "namespace": "shop"})
    assert "images api:1" in evidence.text
    assert evidence.limits == (
        "Deployment shop/api itself was not looked at: you may not get deployments in namespace shop",
    )


def test_a_workload_made_anew_does_not_inherit_the_revisions_of_its_namesake(
    tree: Tree, served: Serve, make_object: Make
) -> None:
    stale = [{**OWNER[0], "uid": "another"}]
    shop(
        tree,
        make_object,
        revision(make_object, 1, template(), "2026-03-01T09:00:00Z", owners=stale),
        revision(make_object, 2, template("api:2"), "2026-03-02T09:00:00Z"),
    )
    found = history(served(tree.replay()), "shop", "deployment", "api")
    assert [r.number for r in found.revisions] == [2]
    assert found.changes(found.revisions[0]) is None
    assert found.revisions[0].images == ("api:2",)


def test_a_wrong_name_and_a_kind_without_rollouts_are_errors(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    door = calls(cluster=served(shop(tree, make_object).replay()))
    with pytest.raises(NotFound) as caught:
        door.call("rollout_history", {"name": "apy", "namespace": "shop"})
    assert caught.value.hint == "did you mean 'api'?"
    with pytest.raises(BadInput, match="a pod has no rollouts"):
        door.call("rollout_history", {"name": "api", "kind": "pod"})
