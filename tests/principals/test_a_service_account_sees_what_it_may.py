"""A real API server and its RBAC: what a ServiceAccount may not see is named, and no part is told as the whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from cluster.harness import KubeCluster

from interlock.agent.question import Question
from interlock.agent.runtime import Runtime
from interlock.core.errors import Forbidden
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal

pytestmark = pytest.mark.cluster
Opened = Callable[..., Runtime]
Answered = Callable[..., dict[str, Any]]

MAY = {
    "": ["pods", "pods/log", "events", "services", "configmaps", "endpoints", "persistentvolumeclaims"],
    "apps": ["deployments", "replicasets", "statefulsets", "daemonsets"],
    "batch": ["jobs", "cronjobs"],
}
WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: NS}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: "registry.test/IMAGE:1"
          envFrom: [{secretRef: {name: db}}, {configMapRef: {name: settings}}]
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: NS}
stringData: {password: planted-in-IMAGE}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: NS}
data: {mode: "on"}
"""


@dataclass(frozen=True)
class Shop:
    """Two namespaces that the account `reader` may read, and one that it may not."""

    cluster: KubeCluster
    shop: str
    bank: str
    payments: str

    @property
    def all(self) -> tuple[str, ...]:
        return self.shop, self.bank, self.payments

    def settings(self, account: str = "reader", **more: Any) -> dict[str, Any]:
        return {"kubeconfig": str(self.cluster.service_account_kubeconfig(self.shop, account)), **more}


def bind(cluster: KubeCluster, namespace: str, role: str, subject: dict[str, str]) -> None:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    cluster.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"{role}-{subject['name']}", "namespace": namespace},
            "roleRef": reference,
            "subjects": [subject],
        }
    )


@pytest.fixture(scope="module")
def shop(kube_cluster: KubeCluster) -> Shop:
    rules = [
        {"apiGroups": [group], "resources": held, "verbs": ["get", "list"]} for group, held in MAY.items()
    ]
    kube_cluster.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "some-reads"},
            "rules": rules,
        }
    )
    spaces = [kube_cluster.add_namespace(prefix) for prefix in ("shop", "bank", "payments")]
    for space in spaces:
        kube_cluster.apply(WORKLOAD.replace("NS", space).replace("IMAGE", space.partition("-")[0]))
        kube_cluster.wait_for(lambda space=space: len(kube_cluster.list("v1", "Pod", space)) == 2, "two pods")
    made = Shop(kube_cluster, *spaces)
    for space, account in ((space, account) for space in spaces[:2] for account in ("reader", "lister")):
        bind(
            kube_cluster,
            space,
            "some-reads",
            {"kind": "ServiceAccount", "name": account, "namespace": made.shop},
        )
    return made


def may_list_namespaces(shop: Shop) -> None:
    shop.cluster.apply(
        [
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRole",
                "metadata": {"name": "list-namespaces"},
                "rules": [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]}],
            },
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": f"list-namespaces-{shop.shop}"},
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "ClusterRole",
                    "name": "list-namespaces",
                },
                "subjects": [{"kind": "ServiceAccount", "name": "lister", "namespace": shop.shop}],
            },
        ]
    )


def limits(answer: dict[str, Any]) -> str:
    return "\n".join(answer["limits"])


def test_a_count_of_all_is_told_as_a_count_of_what_may_be_seen(
    shop: Shop, opened: Opened, answered: Answered
) -> None:
    runtime = opened(prod=shop.settings(namespaces=list(shop.all)))
    answer = answered(runtime.ask("how many pods are there?"))
    assert "pods, of those that can be seen: 4" in answer["answer"]
    assert f"you may not list pods in namespace {shop.payments}" in limits(answer)
    assert shop.payments not in answer["answer"].partition("Note:")[0]
    assert all(claim["verified"] for claim in answer["claims"])


def test_namespaces_that_the_server_lists_are_read_one_by_one(shop: Shop, opened: Opened) -> None:
    may_list_namespaces(shop)
    item = opened(prod=shop.settings("lister")).call_tool(
        "kubernetes_list", {"kind": "deployments", "limit": 50}
    )
    rows = {(row["namespace"], row["name"]) for row in item.data["rows"]}  # type: ignore[index,call-overload,union-attr]
    assert rows == {(shop.shop, "api"), (shop.bank, "api")}
    assert any("you may not list deployments in namespace" in limit for limit in item.limits)


def test_where_the_api_tells_no_namespace_a_list_of_all_stays_refused(shop: Shop, opened: Opened) -> None:
    with pytest.raises(Forbidden, match="you may not list pods in all namespaces"):
        opened(prod=shop.settings()).call_tool("kubernetes_list", {"kind": "pods"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("how many nodes are there?", "you may not list nodes"),
        ("how many secrets are in namespace SHOP?", "you may not list secrets in namespace SHOP"),
        ("how many pods are in namespace PAYMENTS?", "you may not list pods in namespace PAYMENTS"),
        ("list the pods in namespace PAYMENTS", "you may not list pods in namespace PAYMENTS"),
        (
            "what uses configmap settings in namespace PAYMENTS?",
            "you may not list configmaps in namespace PAYMENTS",
        ),
        ("give me an overview of the cluster", "you may not list nodes"),
        ("give me an overview of the cluster", "you may not list pods in namespace PAYMENTS"),
        ("why is deployment api in namespace SHOP not ready?", "you may not list nodes"),
        ("what is wrong in the cluster?", "you may not list pods in namespace PAYMENTS"),
    ],
)
def test_an_answer_names_what_could_not_be_seen(
    shop: Shop, opened: Opened, answered: Answered, text: str, said: str
) -> None:
    runtime = opened(prod=shop.settings(namespaces=list(shop.all)))
    text, said = (
        words.replace("SHOP", shop.shop).replace("PAYMENTS", shop.payments) for words in (text, said)
    )
    answer = answered(runtime.ask(text))
    assert said in limits(answer)
    assert "planted-in" not in json.dumps(answer)


def test_a_refused_read_does_not_fail_the_rest(shop: Shop, opened: Opened, answered: Answered) -> None:
    runtime = opened(prod=shop.settings(namespaces=list(shop.all)))
    found = runtime.call_tool("diagnose", {"namespace": shop.shop, "kind": "deployment", "name": "api"})
    assert "api: 0 of 2" in found.text or f"{shop.shop}/api" in found.text
    assert any("you may not list nodes" in limit for limit in found.limits)
    uses = runtime.call_tool(
        "kubernetes_uses", {"kind": "configmap", "name": "settings", "namespace": shop.shop}
    )
    assert "is used by 1 workloads" in uses.text


def test_triage_names_what_could_not_be_seen(shop: Shop, opened: Opened, answered: Answered) -> None:
    runtime = opened(prod=shop.settings(namespaces=list(shop.all)))
    alert = {
        "status": "firing",
        "alerts": [
            {
                "status": "firing",
                "labels": {
                    "alertname": "KubeDeploymentReplicasMismatch",
                    "namespace": shop.shop,
                    "deployment": "api",
                },
                "annotations": {"summary": "api has not the replicas it wants"},
            }
        ],
    }
    answer = answered(runtime.triage(alert))
    assert "you may not list nodes" in limits(answer)


def test_a_hundred_calls_of_two_people_through_impersonation_do_not_meet(
    shop: Shop, opened: Opened, ana: Principal, bo: Principal
) -> None:
    for space, user in ((shop.shop, "ana-user"), (shop.bank, "bo-user")):
        bind(
            shop.cluster,
            space,
            "some-reads",
            {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"},
        )
    users = {ana.id: "ana-user", bo.id: "bo-user"}
    runtime = opened(
        prod={
            "kubeconfig": str(shop.cluster.kubeconfig),
            "impersonate": True,
            "users": users,
            "namespaces": list(shop.all),
        }
    )
    calls = (
        ("kubernetes_list", {"kind": "pods"}),
        ("kubernetes_query", {"kind": "deployments"}),
        ("kubernetes_summary", {}),
    )

    def call(n: int) -> Evidence:
        name, args = calls[n // 2 % len(calls)]
        return runtime.calls((ana, bo)[n % 2], "").call(name, args)

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(call, range(100)))
    for n, item in enumerate(found):
        own, other = ((shop.shop, shop.bank), (shop.bank, shop.shop))[n % 2]
        assert f"{own}/api" in item.text or own in item.text
        assert other not in item.text
        assert any(other in limit for limit in item.limits)
        assert "you may not" in json.dumps(asdict(item), default=str)


def test_a_question_by_one_person_shows_nothing_of_the_others_namespace(
    shop: Shop, opened: Opened, answered: Answered, ana: Principal
) -> None:
    bind(
        shop.cluster,
        shop.shop,
        "some-reads",
        {"kind": "User", "name": "ana-user", "apiGroup": "rbac.authorization.k8s.io"},
    )
    runtime = opened(
        prod={
            "kubeconfig": str(shop.cluster.kubeconfig),
            "impersonate": True,
            "users": {ana.id: "ana-user"},
            "namespaces": list(shop.all),
        }
    )
    answer = answered(runtime.ask(Question("which deployments are there?", ana)))
    assert f"{shop.shop}/api" in answer["answer"]
    assert f"{shop.bank}/api" not in json.dumps(answer)
