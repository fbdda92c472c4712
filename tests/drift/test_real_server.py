"""Our own manifests on a real API server: nothing the server does is drift, and everything a person does is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.harness import KubeCluster

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal
from interlock.core.settings import Settings

pytestmark = pytest.mark.cluster
MANIFESTS = Path(__file__).parent / "manifests"
Drift = Callable[..., Evidence]


def product(kube_cluster: KubeCluster, code: Path, home: Path) -> AbstractContextManager[Runtime]:
    """The product on the real server, with a folder as its code."""
    return open_runtime(
        Settings({}),
        principal=Principal("local:ana"),
        replay=None,
        cluster_url=None,
        knowledge=(code,),
        state_dir=home / "state",
        cache_dir=home / "cache",
        environment={"KUBECONFIG": str(kube_cluster.kubeconfig)},
    )


@pytest.fixture(scope="module")
def runtime(kube_cluster: KubeCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The product with our manifests as its code."""
    with product(kube_cluster, MANIFESTS, tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shop(kube_cluster: KubeCluster) -> str:
    """A namespace into which the manifests were applied."""
    name = kube_cluster.add_namespace("shop")
    kube_cluster.kubectl("apply", "-n", name, "-f", str(MANIFESTS), check=True)
    return name


@pytest.fixture
def drift(runtime: Runtime, shop: str) -> Drift:
    """Compares the manifests with the namespace."""
    return lambda **args: runtime.call_tool("iac_drift", {"path": "shop.yaml", "namespace": shop, **args})


@pytest.fixture
def by_hand(kube_cluster: KubeCluster, shop: str) -> Iterator[Callable[..., None]]:
    """Runs kubectl in the namespace; at the end the object is deleted and made again as the code has it."""
    declared = {(d["kind"].lower(), d["metadata"]["name"]): d for d in _documents()}
    touched: set[tuple[str, str]] = set()

    def call(*args: str, of: str) -> None:
        kind, _, name = of.partition("/")
        touched.add((kind, name))
        kube_cluster.kubectl(*args, "-n", shop, check=True)

    yield call
    for key in touched:
        document = declared[key]
        document["metadata"]["namespace"] = shop
        place = kube_cluster.kind(document["apiVersion"], document["kind"])
        path = place.path(shop, key[1])
        kube_cluster.request("DELETE", path)
        kube_cluster.wait_for(lambda path=path: kube_cluster.request("GET", path)[0] == 404, path)
        kube_cluster.apply(document)


def _documents() -> list[Any]:
    return [d for d in yaml.safe_load_all((MANIFESTS / "shop.yaml").read_text()) if d]


def test_what_was_applied_and_left_alone_has_not_drifted(drift: Drift) -> None:
    found = drift()
    assert found.text.splitlines()[0].endswith("0 differ, 0 missing in the cluster, 17 the same"), found.text
    assert found.limits == ("values of Secrets are not read: only the names of their keys are compared",)


def _patch(target: str, patch: Any, how: str = "strategic") -> tuple[str, ...]:
    return ("patch", target, f"--type={how}", "-p", json.dumps(patch))


def _pod(**spec: Any) -> Any:
    return {"spec": {"template": {"spec": spec}}}


CHANGES = {
    "image": ("deployment/api", ("set", "image", "deployment/api", "api=shop/api:2"), "api].image: shop/api:1"),
    "env": ("deployment/api", ("set", "env", "deployment/api", "-c", "api", "MODE=slow"), "env[MODE].value: fast"),
    "secret env": (
        "deployment/api",
        ("set", "env", "deployment/api", "-c", "proxy", "DB_PASSWORD=hunter2hunter2"),
        "containers[proxy].env",
    ),
    "probe": (
        "deployment/api",
        _patch("deployment/api", _pod(containers=[{"name": "api", "readinessProbe": {"httpGet": {"path": "/x"}}}])),
        "readinessProbe.httpGet.path: /ready",
    ),
    "capabilities": (
        "deployment/api",
        _patch("deployment/api", _pod(containers=[{"name": "api", "securityContext": {"runAsUser": 0}}])),
        "securityContext.runAsUser: not in the code",
    ),
    "config": (
        "configmap/api-config",
        _patch("configmap/api-config", {"data": {"app.conf": "threads = 8\ntimeout = 30s\n"}}, "merge"),
        "data[app.conf]: line 1 threads = 4",
    ),
    "secret": (
        "secret/api-login",
        _patch("secret/api-login", {"stringData": {"more": "hunter2hunter2"}}, "merge"),
        "data.more: not in the code",
    ),
    "port": ("service/api", _patch("service/api", {"spec": {"ports": [{"port": 80, "targetPort": 1}]}}), "targetPort: http"),
    "rule": (
        "role/api",
        _patch("role/api", [{"op": "add", "path": "/rules/0/verbs/-", "value": "delete"}], "json"),
        "rules[0].verbs[delete]: not in the code",
    ),
    "storage quota": (
        "resourcequota/shop",
        _patch("resourcequota/shop", {"spec": {"hard": {"pods": "21"}}}, "merge"),
        "hard.pods: 20",
    ),
    "schedule": ("cronjob/report", _patch("cronjob/report", {"spec": {"suspend": True}}), "spec.suspend: false"),
    "policy": (
        "networkpolicy/api",
        _patch("networkpolicy/api", {"spec": {"policyTypes": ["Ingress"]}}, "merge"),
        "policyTypes[Egress]",
    ),
    "autoscaler": ("horizontalpodautoscaler/api", _patch("hpa/api", {"spec": {"maxReplicas": 9}}, "merge"), "maxReplicas: 4"),
    "removed": ("ingress/api", ("delete", "ingress/api"), "is in the code (shop.yaml:"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_person_changed_is_found_alone_at_its_field_and_line(
    change: str, drift: Drift, by_hand: Callable[..., None]
) -> None:
    target, command, said = CHANGES[change]
    by_hand(*command, of=target)
    found = drift()
    counts, *lines = found.text.splitlines()
    assert "16 the same" in counts, found.text
    assert [line for line in lines if said in line and "shop.yaml:" in line], found.text
    assert len(lines) == 1, found.text
    assert "hunter2" not in found.text + json.dumps(found.data)
    text = (MANIFESTS / "shop.yaml").read_text().splitlines()
    for spot in found.locators:
        if spot.kind == "file":
            assert 1 <= spot.start_line <= len(text)


def test_a_restart_and_an_autoscaler_are_no_drift_and_are_said(
    drift: Drift, by_hand: Callable[..., None]
) -> None:
    by_hand("rollout", "restart", "deployment/api", of="deployment/api")
    by_hand("scale", "deployment/api", "--replicas=4", of="deployment/api")
    found = drift()
    assert "17 the same" in found.text
    assert "spec.replicas is set by HorizontalPodAutoscaler api: not drift" in found.text
    assert "by kubectl rollout restart: not drift" in found.text


def test_one_object_can_be_asked_for(drift: Drift) -> None:
    assert drift(kind="deploy", name="api").text.startswith("1 objects of the code compared")


def test_what_is_beside_the_code_is_told_when_asked_by_the_labels_the_code_gives(
    kube_cluster: KubeCluster, shop: str, tmp_path: Path
) -> None:
    labels = {"app.kubernetes.io/instance": "shop"}

    def config(name: str) -> dict[str, Any]:
        meta = {"name": name, "namespace": shop, "labels": labels}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"a": "1"}}

    kube_cluster.apply([config("declared"), config("stray")])
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "one.yaml").write_text(yaml.safe_dump(config("declared")))
    with product(kube_cluster, tmp_path / "code", tmp_path) as opened:
        found = opened.call_tool("iac_drift", {"path": "one.yaml", "beside": True})
    assert found.text.splitlines()[1:] == [f"ConfigMap {shop}/stray is in the cluster and not in the code"]
