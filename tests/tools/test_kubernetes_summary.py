"""A namespace or a cluster in exact numbers."""

from __future__ import annotations

import pytest
from fakes.kube_api import KubeApi
from fakes.replays import Make, MakeCalls, Serve, Tree

from interlock.core.errors import NotFound


def test_a_cluster_is_counted_one_statement_a_line(
    tree: Tree, served: Serve, calls: MakeCalls, make_object: Make, make_pod: Make
) -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    tree.objects("shop", "pods", make_pod("api-1", state=waiting, restartCount=8), make_pod("api-2"))
    tree.objects("bank", "pods", make_pod("pay-1", "bank"))
    api = make_object("Deployment", "api", spec={"replicas": 2}, status={"readyReplicas": 1})
    tree.objects("shop", "deployments.apps", api)
    about = {"kind": "Pod", "name": "api-1", "namespace": "shop"}
    backoff = {"type": "Warning", "reason": "BackOff", "count": 8, "involvedObject": about}
    tree.objects(
        "shop", "events", make_object("Event", "e1", **backoff), make_object("Event", "e2", type="Normal")
    )
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    tired = {
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "MemoryPressure", "status": "True"}]
    }
    tree.objects(
        "",
        "nodes",
        make_object("Node", "n-1", "", status=ready),
        make_object("Node", "n-2", "", status=tired),
    )
    evidence = calls(cluster=served(tree.replay())).call("kubernetes_summary", {})
    assert evidence.text.split("\n") == [
        "cluster toy: 3 pods",
        "cluster toy: 1 pods with status CrashLoopBackOff",
        "cluster toy: 2 pods with status Running",
        "Pod shop/api-1: status CrashLoopBackOff, 0/1 containers ready, 8 restarts",
        "namespace bank: 1 pods",
        "namespace shop: 2 pods",
        "cluster toy: 1 deployments",
        "Deployment shop/api: 1/2 replicas ready",
        "cluster toy: 1 Warning events",
        "cluster toy: 1 Warning events with reason BackOff, seen 8 times",
        "nodes: 2/2 Ready",
        "Node n-2: Ready, MemoryPressure",
    ]
    assert evidence.kind == "report"
    assert any(limit.startswith("not looked at, not held here: statefulsets") for limit in evidence.limits)


def test_what_may_not_be_seen_is_a_limit_and_not_a_zero(
    served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    api = KubeApi().serves(
        "", "v1", ("pods", "Pod", True), ("services", "Service", True), ("events", "Event", True)
    )
    api.items("/api/v1/namespaces/shop/pods", make_pod("api-1"))
    api.refuses("/api/v1/namespaces/shop/services", "no").refuses(
        "/api/v1/namespaces/shop/events", "not for you"
    )
    evidence = calls(cluster=served(api)).call("kubernetes_summary", {"namespace": "shop"})
    assert "services" not in evidence.text and "events" not in evidence.text
    assert "you may not list services in namespace shop" in evidence.limits
    assert "events were not looked at: you may not list events in namespace shop" in evidence.limits
    assert evidence.subject == "Namespace shop"


def test_a_namespace_that_does_not_exist_is_an_error(
    served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    api = KubeApi().serves("", "v1", ("namespaces", "Namespace", False))
    api.items("/api/v1/namespaces", make_object("Namespace", "shop", ""))
    with pytest.raises(NotFound, match="no namespace 'shopp'"):
        calls(cluster=served(api)).call("kubernetes_summary", {"namespace": "shopp"})
