"""Who keeps an object as it is: GitOps, an operator, Helm or code; and what a change by hand would come to."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.kube_api import KubeApi
from fakes.replays import Json, Make, Serve, Tree

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReads
from interlock.core.errors import Forbidden, StoreFailed, Unreachable
from interlock.core.redaction import Redactor
from interlock.core.surroundings import Owner
from interlock.index.code.opened import Code
from interlock.index.git import Remote
from interlock.tools.knowledge.library import Folder, Library
from interlock.tools.surroundings import ClusterSurroundings
from interlock.tools.surroundings.code import code_owner
from interlock.tools.surroundings.owners import CodeOwner

ARGO = {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}
FLUX = {"kustomize.toolkit.fluxcd.io/name": "shop"}
RELEASE = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}
LISTED = {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"}


def owned_by(held: Json, *, version: str = "apps/v1", controller: bool = True, uid: str = "") -> Json:
    meta = held["metadata"]
    ref = {"apiVersion": version, "kind": held["kind"], "name": meta["name"], "uid": uid or meta["uid"]}
    return ref | ({"controller": True} if controller else {})


def owner(cluster: ClusterReads, kind: str, name: str, code: CodeOwner | None = None) -> Owner | None:
    return ClusterSurroundings(lambda _name: cluster, code).owner("toy", cluster.get(kind, name, "shop"))


@pytest.fixture
def chain(tree: Tree, make_object: Make, make_pod: Make) -> Tree:
    """A Deployment, its ReplicaSet and its pod."""
    return chained(tree, make_object, make_pod)


def chained(tree: Tree, make: Make, make_pod: Make, **metadata: object) -> Tree:
    """The same, the Deployment with more metadata."""
    deployment = make("Deployment", "web", metadata=metadata)
    replicaset = make("ReplicaSet", "web-1", metadata={"ownerReferences": [owned_by(deployment)]})
    pod = make_pod("web-1-a")
    pod["metadata"]["ownerReferences"] = [owned_by(replicaset)]
    tree.objects("shop", "deployments.apps", deployment).objects("shop", "replicasets.apps", replicaset)
    return tree.objects("shop", "pods", pod)


def custom(make: Make, kind: str, version: str, name: str, **parts: object) -> Json:
    return make(kind, name, **parts) | {"apiVersion": version}


def application(make: Make, *resources: Json) -> Json:
    return custom(make, "Application", "argoproj.io/v1alpha1", "shop", status={"resources": list(resources)})


def test_an_object_that_nobody_is_known_to_keep_has_no_owner(chain: Tree, served: Serve) -> None:
    cluster = served(chain.replay())
    assert owner(cluster, "deployments", "web") is None
    assert owner(cluster, "pods", "web-1-a") is None


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (
            {"annotations": ARGO},
            Owner("argocd", "shop", "Deployment shop/web has argocd.argoproj.io/tracking-id", reverts=True),
        ),
        (
            {"labels": FLUX},
            Owner("flux", "shop", "Deployment shop/web has kustomize.toolkit.fluxcd.io/name", reverts=True),
        ),
    ],
)
def test_what_gitops_keeps_goes_back_but_its_pods_do_not(
    tree: Tree, served: Serve, make_object: Make, make_pod: Make, metadata: Json, expected: Owner
) -> None:
    cluster = served(chained(tree, make_object, make_pod, **metadata).replay())
    assert owner(cluster, "deployments", "web") == expected
    said = f"Pod shop/web-1-a belongs to Deployment shop/web, and {expected.evidence}"
    assert owner(cluster, "pods", "web-1-a") == Owner(expected.system, "shop", said, reverts=False)


def test_what_argo_cd_tracks_by_a_label_of_helms_is_found_where_argo_cd_lists_it(
    chain: Tree, served: Serve, make_object: Make
) -> None:
    """Before 3.0 Argo CD marked objects with app.kubernetes.io/instance alone, which any chart sets as well."""
    others = [{**LISTED, key: "other"} for key in LISTED]
    chain.objects("argocd", "applications.argoproj.io", application(make_object, *others))
    cluster = served(chain.replay())
    assert owner(cluster, "deployments", "web") is None
    chain.objects("argocd", "applications.argoproj.io", application(make_object, *others, LISTED))
    cluster = served(chain.replay())
    said = "Application shop/shop lists Deployment shop/web in status.resources"
    assert owner(cluster, "deployments", "web") == Owner("argocd", "shop", said, reverts=True)
    found = owner(cluster, "pods", "web-1-a")
    assert found is not None and found.system == "argocd" and not found.reverts


def test_what_an_operator_owns_goes_back_and_its_own_keeper_is_told(
    tree: Tree, served: Serve, make_object: Make, make_pod: Make
) -> None:
    database = custom(make_object, "Postgres", "db.example.org/v1", "orders", metadata={"labels": FLUX})
    held = owned_by(database, version="db.example.org/v1")
    stateful = make_object("StatefulSet", "orders", metadata={"ownerReferences": [held]})
    pod = make_pod("orders-0")
    pod["metadata"]["ownerReferences"] = [owned_by(stateful)]
    tree.objects("shop", "statefulsets.apps", stateful).objects("shop", "pods", pod)
    said = "StatefulSet shop/orders is owned by Postgres shop/orders"
    # The custom object itself is not recorded: that it owns the other is known all the same.
    assert owner(served(tree.replay()), "statefulsets", "orders") == Owner(
        "operator", "Postgres shop/orders", said, reverts=True
    )
    tree.objects("shop", "postgreses.db.example.org", database)
    cluster = served(tree.replay())
    beyond = ", which flux (shop) keeps"
    assert owner(cluster, "statefulsets", "orders") == Owner(
        "operator", "Postgres shop/orders", said + beyond, reverts=True
    )
    below = f"Pod shop/orders-0 belongs to what Postgres shop/orders owns{beyond}"
    assert owner(cluster, "pods", "orders-0") == Owner(
        "operator", "Postgres shop/orders", below, reverts=False
    )


def test_an_operator_that_names_itself_owner_without_controlling_counts(
    tree: Tree, served: Serve, make_object: Make
) -> None:
    database = custom(make_object, "Postgres", "db.example.org/v1", "orders")
    refs = [owned_by(database, version="db.example.org/v1", controller=False)]
    tree.objects(
        "shop", "deployments.apps", make_object("Deployment", "web", metadata={"ownerReferences": refs})
    )
    found = owner(served(tree.replay()), "deployments", "web")
    assert found is not None and found.system == "operator" and found.reverts


def test_what_gitops_keeps_itself_is_gitops_even_where_an_operator_owns_it(
    tree: Tree, served: Serve, make_object: Make
) -> None:
    database = custom(make_object, "Postgres", "db.example.org/v1", "orders")
    refs = [owned_by(database, version="db.example.org/v1")]
    metadata = {"ownerReferences": refs, "labels": FLUX}
    tree.objects("shop", "deployments.apps", make_object("Deployment", "web", metadata=metadata))
    found = owner(served(tree.replay()), "deployments", "web")
    assert found is not None and found.system == "flux" and found.reverts


def test_a_pod_that_an_operator_makes_itself_may_be_replaced(
    tree: Tree, served: Serve, make_object: Make, make_pod: Make
) -> None:
    database = custom(make_object, "Postgres", "db.example.org/v1", "orders")
    pod = make_pod("orders-1")
    pod["metadata"]["ownerReferences"] = [owned_by(database, version="db.example.org/v1")]
    tree.objects("shop", "pods", pod)
    found = owner(served(tree.replay()), "pods", "orders-1")
    assert found is not None and found.system == "operator" and not found.reverts


def test_a_release_of_helm_is_named_and_does_not_go_back_by_itself(
    tree: Tree, served: Serve, make_object: Make, make_pod: Make
) -> None:
    cluster = served(chained(tree, make_object, make_pod, annotations=RELEASE).replay())
    expected = Owner("helm", "shop/web", "Deployment shop/web has meta.helm.sh/release-name", reverts=False)
    assert owner(cluster, "deployments", "web") == expected
    assert owner(cluster, "pods", "web-1-a") == expected


def test_an_owner_that_is_gone_or_of_another_uid_is_not_believed(
    tree: Tree, served: Serve, make_object: Make
) -> None:
    deployment = make_object("Deployment", "web", metadata={"labels": FLUX})
    again = make_object(
        "ReplicaSet", "again", metadata={"ownerReferences": [owned_by(deployment, uid="older")]}
    )
    gone = make_object(
        "ReplicaSet", "gone", metadata={"ownerReferences": [owned_by(make_object("Deployment", "none"))]}
    )
    tree.objects("shop", "deployments.apps", deployment).objects("shop", "replicasets.apps", again, gone)
    cluster = served(tree.replay())
    assert owner(cluster, "replicasets", "again") is None
    assert owner(cluster, "replicasets", "gone") is None


def test_owners_in_a_ring_end(tree: Tree, served: Serve, make_object: Make) -> None:
    one, other = make_object("ReplicaSet", "one"), make_object("ReplicaSet", "other")
    one["metadata"]["ownerReferences"], other["metadata"]["ownerReferences"] = (
        [owned_by(other)],
        [owned_by(one)],
    )
    tree.objects("shop", "replicasets.apps", one, other)
    assert owner(served(tree.replay()), "replicasets", "one") is None


@pytest.fixture
def api(make_object: Make) -> KubeApi:
    """A server that holds one Deployment and the Applications of Argo CD."""
    apps = (("deployments", "Deployment", True), ("replicasets", "ReplicaSet", True))
    made = (
        KubeApi()
        .serves("apps", "v1", *apps)
        .serves("argoproj.io", "v1alpha1", ("applications", "Application", True))
    )
    made.items("/apis/argoproj.io/v1alpha1/applications")
    return made.items("/apis/apps/v1/namespaces/shop/deployments", make_object("Deployment", "web"))


def test_who_may_not_read_what_argo_cd_keeps_cannot_tell_so_nothing_is_changed(
    api: KubeApi, served: Serve
) -> None:
    assert owner(served(api), "deployments", "web") is None
    api.refuses("/apis/argoproj.io/v1alpha1/applications", "applications is forbidden")
    with pytest.raises(Forbidden, match="applications"):
        owner(served(api), "deployments", "web")


def test_an_api_of_argo_cd_that_does_not_answer_is_not_taken_for_none(api: KubeApi, served: Serve) -> None:
    api.json("/apis/argoproj.io/v1alpha1", {"kind": "Status", "message": "no endpoints"}, 503)
    with pytest.raises(Unreachable, match="cannot be told whether Argo CD keeps"):
        owner(served(api), "deployments", "web")


def test_an_owner_that_may_not_be_read_refuses(api: KubeApi, served: Serve, make_object: Make) -> None:
    deployment = make_object("Deployment", "web")
    replicaset = make_object("ReplicaSet", "web-1", metadata={"ownerReferences": [owned_by(deployment)]})
    api.items("/apis/apps/v1/namespaces/shop/replicasets", replicaset)
    api.refuses("/apis/apps/v1/namespaces/shop/deployments/web", "deployments is forbidden")
    with pytest.raises(Forbidden, match="deployments"):
        owner(served(api), "replicasets", "web-1")


def test_an_operators_object_that_may_not_be_read_is_known_by_its_name(
    api: KubeApi, served: Serve, make_object: Make
) -> None:
    database = custom(make_object, "Postgres", "db.example.org/v1", "orders")
    refs = [owned_by(database, version="db.example.org/v1")]
    api.serves("db.example.org", "v1", ("postgreses", "Postgres", True))
    api.refuses("/apis/db.example.org/v1/namespaces/shop/postgreses/orders", "postgreses is forbidden")
    replicaset = make_object("ReplicaSet", "web-1", metadata={"ownerReferences": refs})
    api.items("/apis/apps/v1/namespaces/shop/replicasets", replicaset)
    found = owner(served(api), "replicasets", "web-1")
    assert found is not None and (found.system, found.name) == ("operator", "Postgres shop/orders")


TERRAFORM = """\
resource "kubernetes_deployment" "web" {
  metadata {
    name      = "web"
    namespace = "shop"
  }
}
"""
MANIFEST = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n"


def in_code(folder: Path, *further: Folder, cache_dir: Path | None = None, **files: str) -> CodeOwner:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    library = Library(
        [Folder(folder), *further],
        clean=Redactor().clean_text,
        rules="test",
        use_shipped_runbooks=False,
        cache_dir=cache_dir,
    )
    return code_owner(library.code.now, library.unread)


def test_code_is_named_where_one_place_stands_out(chain: Tree, served: Serve, tmp_path: Path) -> None:
    cluster = served(chain.replay())
    code = tmp_path / "code"
    code.mkdir()
    look = in_code(code, main_tf=TERRAFORM)
    found = owner(cluster, "deployments", "web", look)
    assert found is not None and (found.system, found.reverts) == ("terraform", False)
    assert "main.tf:1-6" in found.evidence
    above = owner(cluster, "pods", "web-1-a", look)
    assert above is not None and "is owned by" in above.evidence


def test_a_manifest_is_code_too_and_two_equal_places_are_not_guessed_between(
    chain: Tree, served: Serve, tmp_path: Path
) -> None:
    cluster = served(chain.replay())
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    found = owner(cluster, "deployments", "web", in_code(one, web_yaml=MANIFEST))
    assert found is not None and (found.system, found.reverts) == ("other", False)
    assert owner(cluster, "deployments", "web", in_code(two, a_yaml=MANIFEST, b_yaml=MANIFEST)) is None


def test_code_that_cannot_be_read_refuses_no_change_and_is_said(chain: Tree, served: Serve) -> None:
    def broken() -> Code:
        raise StoreFailed("the cache is full")

    found = owner(served(chain.replay()), "deployments", "web", code_owner(broken))
    assert found is not None and not found.reverts
    assert found.evidence == "the code could not be read: the cache is full"


@pytest.mark.parametrize("how", ["a folder", "a repository"])
def test_code_that_is_not_there_is_not_taken_for_no_code(
    chain: Tree, served: Serve, tmp_path: Path, how: str
) -> None:
    gone, code = tmp_path / "gone", tmp_path / "code"
    code.mkdir()
    lost = Folder(gone) if how == "a folder" else Folder(Path(), git=Remote(gone.as_uri()))
    cluster, cache = served(chain.replay()), tmp_path / "cache"
    found = owner(cluster, "deployments", "web", in_code(code, lost, cache_dir=cache))
    assert found is not None and (found.name, found.reverts) == ("perhaps code", False)
    assert "the code could not be read: a source was not searched: " in found.evidence
    assert "gone" in found.evidence
    sure = owner(cluster, "deployments", "web", in_code(code, lost, cache_dir=cache, main_tf=TERRAFORM))
    assert sure is not None and sure.system == "terraform"


def test_code_that_was_read_whole_and_names_nothing_keeps_nothing(
    chain: Tree, served: Serve, tmp_path: Path
) -> None:
    assert owner(served(chain.replay()), "deployments", "web", in_code(tmp_path)) is None


def test_what_would_undo_a_change_counts_before_code(
    tree: Tree, served: Serve, make_object: Make, make_pod: Make
) -> None:
    def never(subject: KubeObject, above: object) -> Owner | None:
        pytest.fail("the code is not asked")

    for metadata in ({"labels": FLUX}, {"annotations": RELEASE}):
        cluster = served(chained(tree, make_object, make_pod, **metadata).replay())
        assert owner(cluster, "deployments", "web", never) is not None
