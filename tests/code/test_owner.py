"""Which code owns a live object, and when nothing or too much could be it."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.index.code.codebase import CodeFolder
from interlock.index.code.live import Live
from interlock.index.code.opened import Code, OpenedCode
from interlock.index.code.owner import Owners, owners
from interlock.index.code.settings import settings

HELM = {"app.kubernetes.io/managed-by": "Helm"}


def best(found: Owners) -> str:
    return str(found.candidates[0].place) if found.sure else ""


@pytest.mark.parametrize(
    ("live", "place"),
    [
        (Live("Deployment", "api", "shop"), "manifests/api.yaml:1-20"),
        (Live("ConfigMap", "two", "shop"), "manifests/list.yaml:8-12"),
        (Live("Deployment", "prod-api", "shop"), "manifests/api.yaml:1-20"),
        (Live("Deployment", "order-worker", "orders"), "live/orders/kube.tf:5-10"),
        (
            Live(
                "StatefulSet",
                "cache-master",
                "orders",
                {**HELM, "helm.sh/chart": "redis-17.1.0"},
                {"meta.helm.sh/release-name": "cache"},
            ),
            "live/orders/kube.tf:12-16",
        ),
        (
            Live(
                "Deployment",
                "shopfront",
                "shop",
                {**HELM, "helm.sh/chart": "web-1.4.0"},
                {"meta.helm.sh/release-name": "shopfront"},
            ),
            "charts/web/templates/deployment.yaml:1-14",
        ),
    ],
)
def test_the_code_is_found_by_name_label_or_release(code: Code, live: Live, place: str) -> None:
    assert best(owners(code.base, live)) == place


def test_an_object_of_nobody_has_no_owner(code: Code) -> None:
    assert owners(code.base, Live("Deployment", "refunds", "shop")) == Owners((), False)


def test_the_same_name_in_another_namespace_is_not_the_owner(code: Code) -> None:
    assert owners(code.base, Live("Deployment", "api", "billing")).candidates == ()


def test_a_pod_is_owned_by_the_code_of_what_owns_it(code: Code) -> None:
    found = owners(
        code.base,
        Live("Pod", "api-7d-x", "shop"),
        [Live("ReplicaSet", "api-7d", "shop"), Live("Deployment", "api", "shop")],
    )
    assert best(found) == "manifests/api.yaml:1-20"
    assert "Pod shop/api-7d-x is owned by Deployment shop/api" in found.candidates[0].reasons


def test_two_places_that_say_the_same_are_both_named_and_none_is_chosen(
    write: object, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.yaml").write_text("kind: Service\nmetadata:\n  name: twin\n")
    found = owners(
        OpenedCode([CodeFolder(tmp_path)], clean=str, rules="none").now().base,
        Live("Service", "twin", "shop"),
    )
    assert not found.sure
    assert [c.place.path for c in found.candidates] == ["a/x.yaml", "b/x.yaml"]


def test_what_argo_or_flux_says_it_applied_names_the_owner(tmp_path: Path) -> None:
    (tmp_path / "apps.yaml").write_text(
        "kind: Application\nmetadata:\n  name: shop\nspec:\n  source:\n    path: deploy/shop\n---\n"
        "kind: Kustomization\nmetadata:\n  name: infra\nspec:\n  path: ./infra\n"
    )
    base = OpenedCode([CodeFolder(tmp_path)], clean=str, rules="none").now().base
    argo = owners(
        base,
        Live(
            "Service", "a", "shop", annotations={"argocd.argoproj.io/tracking-id": "shop:v1/Service:shop/a"}
        ),
    )
    flux = owners(base, Live("Service", "a", "shop", {"kustomize.toolkit.fluxcd.io/name": "infra"}))
    assert (best(argo), best(flux)) == ("apps.yaml:1-6", "apps.yaml:8-12")
    assert "it deploys deploy/shop" in argo.candidates[0].reasons


@pytest.mark.parametrize(
    ("name", "where", "place"),
    [
        ("instance_class", "for prod", "grunt/prod/db/terragrunt.hcl:10"),
        ("instance class of the common db", "", "grunt/common/db.hcl:2"),
        ("retention of the orders queue", "", "live/orders/main.tf:8"),
        ("default of the variable retention", "", "modules/queue/variables.tf:3-6"),
        ("replicas of deployment api", "", "manifests/api.yaml:7"),
        ("image of the proxy", "", "manifests/api.yaml:20"),
        ("remote state", "", "grunt/root.hcl:1-3"),
        ("region", "in the release workflow", ".github/workflows/release.yml:9"),
    ],
)
def test_where_a_thing_is_set_is_the_first_that_is_said(
    code: Code, name: str, where: str, place: str
) -> None:
    assert str(settings(code.base, name, where)[0].place) == place


def test_what_is_set_nowhere_is_not_guessed(code: Code) -> None:
    assert settings(code.base, "flux capacitor") == []


def test_a_changed_file_is_read_again_and_a_removed_one_forgotten(world: Path, tmp_path: Path) -> None:
    opened = OpenedCode([CodeFolder(world)], clean=str, rules="none", cache_dir=tmp_path / "cache")
    first = opened.now()
    assert opened.now() is first
    (world / "manifests/api.yaml").write_text("kind: Deployment\nmetadata:\n  name: api2\n")
    (world / "manifests/list.yaml").unlink()
    again = OpenedCode([CodeFolder(world)], clean=str, rules="none", cache_dir=tmp_path / "cache").now().base
    assert opened.now().base.files == again.files
    assert again.files["manifests/api.yaml"].parts[0].name == "Deployment api2"
    assert "manifests/list.yaml" not in again.files


def test_a_damaged_cache_is_read_over(world: Path, tmp_path: Path) -> None:
    before = OpenedCode([CodeFolder(world)], clean=str, rules="none", cache_dir=tmp_path).now().base.files
    for file in tmp_path.glob("code-*.json"):
        file.write_bytes(file.read_bytes()[:-40])
    assert (
        OpenedCode([CodeFolder(world)], clean=str, rules="none", cache_dir=tmp_path).now().base.files
        == before
    )


def test_only_cleaned_text_is_read_and_kept(write: object, tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('variable "p" {\n  default = "hunter2"\n}\n')
    cache = tmp_path / "cache"
    OpenedCode(
        [CodeFolder(tmp_path)],
        clean=lambda text: text.replace("hunter2", "<secret>"),
        rules="r",
        cache_dir=cache,
    ).now()
    kept = b"".join(file.read_bytes() for file in cache.iterdir())
    assert b"<secret>" in kept
    assert b"hunter2" not in kept


def test_what_a_source_leaves_out_is_not_read(world: Path) -> None:
    only = CodeFolder(world, include=("manifests/**",), exclude=("manifests/rules.yaml",))
    assert set(OpenedCode([only], clean=str, rules="none").now().base.files) == {
        "manifests/api.yaml",
        "manifests/list.yaml",
    }
