"""Nodes, DNS and what workloads call."""

from __future__ import annotations

from dump import Dump, waiting

from scenarios.stage import APP, NS, H, scenario, two_nodes


@scenario("dependency_failure", "active", "registry.test", "timeout")
def image_registry_unreachable() -> Dump:
    d = Dump()
    d.deployment(APP, NS, 1, 0)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, age=9, phase="Pending", state=waiting("ImagePullBackOff"))
    d.event("Pod", f"{APP}-{H}-aaaaa", NS, "Failed",
            'Failed to pull image "registry.test/cart:1.0": dial tcp 203.0.113.9:443: i/o timeout')  # fmt: skip
    return d.alert("KubePodNotReady", NS, APP, "cart is waiting")


@scenario("infrastructure", "active", "node-b", "NotReady", roots=("Node node-b",))
def node_not_ready_pods_unknown() -> Dump:
    d = (
        Dump()
        .node("node-a")
        .node("node-b", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.", since=18)
    )
    d.well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 2, 1)
    d.pod(f"{APP}-{H}-bbbbb", NS, APP, H, node="node-b", phase="Unknown", ready=False,
          conditions=[{"type": "Ready", "status": "False"}], status={"reason": "NodeLost"})  # fmt: skip
    d.event("Pod", f"{APP}-{H}-bbbbb", NS, "NodeNotReady", "Node is not ready", 17)
    return d.alert("KubeDeploymentReplicasMismatch", NS, APP, "cart: 1 of 2 replicas ready")


@scenario("infrastructure", "active", "node-b", "NotReady")
def node_not_ready_alert_on_node() -> Dump:
    d = Dump().node("node-a").node("node-b", "False", "KubeletNotReady", "container runtime is down")
    d.well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 2, 2)
    d.pod(f"{APP}-{H}-bbbbb", NS, APP, H, node="node-b", ready=False)
    d.alert("KubeNodeNotReady", NS, APP, "Node node-b is NotReady")
    return d


@scenario("dependency_failure", "active", "connection refused", "payments-gw")
def refused_by_something_not_recorded() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    for m in (8, 5, 2):
        d.store(
            m,
            "Error: connect ECONNREFUSED payments-gw.partner.svc.cluster.local:8443 connection refused",
            APP,
            f"{APP}-{H}-aaaaa",
        )
    d.monitor("cart error rate", "Alert")
    return d.alert("HighErrorRate", NS, APP, "cart 5xx rate 18%")


@scenario("infrastructure", "active", "DNS", "coredns")
def dns_because_coredns_is_down() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    d.deployment("coredns", "kube-system", 2, 0)
    d.pod("coredns-5c5c5c5c5-aaaaa", "kube-system", "coredns", "5c5c5c5c5", ready=False)
    d.service("kube-dns", "kube-system", {"app": "coredns"}, 53)
    for m in (7, 5, 1):
        d.store(m, "Error: getaddrinfo EAI_AGAIN ledger.store.svc.cluster.local", APP, f"{APP}-{H}-aaaaa")
    return d.alert("HighErrorRate", NS, APP, "cart 5xx rate is 40%")


@scenario("infrastructure", "active", "node-b", "NotReady", roots=("Node node-b",))
def node_lost_with_complete_looking_deployment() -> Dump:
    d = (
        Dump()
        .node("node-a")
        .node("node-b", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    )
    d.well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 2)
    d.pod(
        f"{APP}-{H}-bbbbb",
        NS,
        APP,
        H,
        node="node-b",
        ready=False,
        conditions=[{"type": "Ready", "status": "Unknown", "reason": "NodeLost"}],
    )
    d.event("Node", "node-b", NS, "NodeNotReady", "Node node-b status is now: NodeNotReady", 12)
    d.event(
        "Pod",
        f"{APP}-{H}-bbbbb",
        NS,
        "TaintManagerEviction",
        f"Marking for deletion Pod {NS}/{APP}-{H}-bbbbb",
        8,
        type="Normal",
    )
    d.store(
        11,
        "[node-controller] node node-b not heartbeating for 40s, marking Unknown",
        "node-controller",
        "cp",
        "error",
    )
    return d.alert("KubernetesNodeNotReady", NS, APP, "Node node-b has been unready for 10 minutes.")


@scenario("dependency_failure", "active", "orders-db.internal.test:5432", "timed out")
def database_outside_times_out() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    for m in (9, 6, 3, 1):
        d.store(
            m,
            "ERROR could not connect to server: Connection timed out. Is the server running on host orders-db.internal.test:5432?",
            APP,
            f"{APP}-{H}-aaaaa",
        )
    return d.monitor("cart error rate", "Alert").alert("HighErrorRate", NS, APP, "cart 5xx rate 55%")


@scenario("dependency_failure", "active", "503 Service Unavailable")
def upstream_answers_503() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    for m in (9, 6, 3, 1):
        d.store(
            m,
            "ERROR GET http://inventory.partner.test/stock failed: 503 Service Unavailable",
            APP,
            f"{APP}-{H}-aaaaa",
        )
    return d.monitor("cart error rate", "Alert").alert("HighErrorRate", NS, APP, "cart 5xx rate 55%")


@scenario("infrastructure", "active", "node-b")
def node_lost_and_nodes_not_recorded() -> Dump:
    d = Dump().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 2, 1)
    d.pod(
        f"{APP}-{H}-bbbbb",
        NS,
        APP,
        H,
        node="node-b",
        ready=False,
        conditions=[{"type": "Ready", "status": "False"}],
    )
    d.event("Pod", f"{APP}-{H}-bbbbb", NS, "NodeNotReady", "Node is not ready", 6)
    return d.alert("KubeDeploymentReplicasMismatch", NS, APP, "cart: 1 of 2 replicas ready")


@scenario("dependency_failure", "active", "cannot reach api.ledger.test:443")
def a_client_exception_names_its_host() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    d.log(NS, f"{APP}-{H}-aaaaa", *((m, "ERROR requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='api.ledger.test', port=443)"
          ": Max retries exceeded") for m in (9, 6, 3)))  # fmt: skip
    return d.alert("CartErrors", NS, APP, "cart error rate above 5%")


@scenario("dependency_failure", "active", "stream-1.broker.svc", absent=("org.apache", "code"))
def a_broker_that_is_away() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    d.store(
        8,
        "org.apache.kafka.common.errors.TimeoutException: Topic carts not present in metadata after 60000 ms.",
        APP,
        f"{APP}-{H}-aaaaa",
    )
    d.store(4, "Connection to node 1 (stream-1.broker.svc/10.9.8.7:9092) could not be established. Broker may not be available.",
            APP, f"{APP}-{H}-aaaaa", "warn")  # fmt: skip
    return d.alert("CartErrors", NS, APP, "cart error rate above 5%")
