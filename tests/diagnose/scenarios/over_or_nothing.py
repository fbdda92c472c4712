"""What is over, was never wrong, or cannot be told."""

from __future__ import annotations

from dump import Dump, ago, waiting

from scenarios.stage import APP, NS, H, scenario, two_nodes


@scenario("healthy", "recovered", "node-b", "Ready")
def node_recovered() -> Dump:
    d = Dump().node("node-a").node("node-b", since=40)
    d.well(APP, NS, H, "aaaaa").well(APP, NS, H, "bbbbb", node="node-b")
    d.deployment(APP, NS, 2)
    d.event("Node", "node-b", "", "NodeNotReady", "Node node-b status is now: NodeNotReady", 52, count=1)
    return d.monitor("cart errors").alert("KubeNodeNotReady", NS, APP, "Node node-b was not ready")


@scenario("healthy", "recovered", "rolled back")
def rollout_rolled_back() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb", "ccccc", running=45, age=45)
    d.deployment(APP, NS, 3)
    d.replicaset(APP, NS, H, 5, 3, 9000, {})
    d.replicaset(APP, NS, "84b84b84b", 4, 0, 90, {"image": "registry.test/cart:2.0"})
    d.event("Pod", f"{APP}-84b84b84b-ddddd", NS, "BackOff", "Back-off restarting failed container cart", 60)
    d.monitor("cart errors")
    return d.alert("PodCrashLooping", NS, APP, "Pods of cart are crash looping")


@scenario("healthy", "recovered", "rollback")
def rolled_back_told_by_the_log_store() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb", "ccccc")
    d.deployment(APP, NS, 3)
    d.event(
        "Pod",
        f"{APP}-84b84b84b-ddddd",
        NS,
        "Unhealthy",
        "Readiness probe failed: HTTP probe failed with statuscode: 500",
        70,
    )
    d.store(
        55,
        "Deployment cart rollback completed: ReplicaSet cart-6d5f7c9b8 has 3/3 Ready",
        "kube-controller-manager",
        "cp",
        "info",
        f"kube_namespace:{NS}",
        f"kube_deployment:{APP}",
    )
    d.monitor("cart errors")
    return d.alert("KubeDeploymentRolloutStuck", NS, APP, "Deployment cart rollout exceeded its deadline")


@scenario("healthy", "recovered", "could not be scheduled")
def autoscaler_recovered_pending() -> Dump:
    d = (
        two_nodes()
        .node("node-c")
        .well(APP, NS, H, "aaaaa", "bbbbb")
        .well(APP, NS, H, "ccccc", age=50, running=40, node="node-c")
    )
    d.deployment(APP, NS, 3)
    d.event(
        "Pod",
        f"{APP}-{H}-ccccc",
        NS,
        "FailedScheduling",
        "0/2 nodes are available: 2 Insufficient memory.",
        44,
        first=50,
    )
    d.event(
        "Pod",
        f"{APP}-{H}-ccccc",
        NS,
        "TriggeredScaleUp",
        "pod triggered scale-up: [{asg 2->3}]",
        48,
        type="Normal",
    )
    d.monitor("cart pending pods")
    return d.alert(
        "KubernetesPodPending", NS, APP, f"Pod {APP}-{H}-ccccc is Pending", pod=f"{APP}-{H}-ccccc", started=45
    )


@scenario("healthy", "recovered", "restart")
def flapping_now_stable() -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb")
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, restarts=6, running=35)
    d.deployment(APP, NS, 2)
    for minute in (80, 60, 40):
        d.event("Pod", f"{APP}-{H}-aaaaa", NS, "Unhealthy", "Readiness probe failed: timeout", minute)
    d.monitor("cart errors").monitor("cart latency")
    return d.alert("AlertFlapping", NS, APP, "cart readiness flapped 12 times in the last 2 hours")


@scenario("healthy", "healthy", "3 of 3")
def healthy_with_scary_old_events() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb", "ccccc")
    d.deployment(APP, NS, 3)
    d.event(
        "Pod", f"{APP}-{H}-aaaaa", NS, "FailedMount", "MountVolume.SetUp failed for volume: timed out", 4300
    )
    d.event(
        "Pod",
        f"{APP}-{H}-bbbbb",
        NS,
        "Failed",
        'Failed to pull image "registry.test/cart:1.0": manifest unknown',
        4310,
    )
    d.store(2000, "panic: runtime error: index out of range", APP, f"{APP}-{H}-aaaaa")
    d.monitor("cart errors")
    return d.alert("ScheduledCheck", NS, APP, "Periodic check passed.", status="resolved")


@scenario("healthy", "healthy", "monitors are OK")
def firing_with_nothing_wrong() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    d.store(3, "GET /cart 200 12ms", APP, f"{APP}-{H}-aaaaa", "info")
    d.monitor("cart error rate").monitor("cart latency")
    return d.alert("HighErrorRate", NS, APP, "cart 5xx rate is 3%")


@scenario("unknown", "unknown", "cart")
def firing_and_nothing_to_look_at() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    return d.alert("HighErrorRate", NS, APP, "cart 5xx rate is 30%")


@scenario("healthy", "recovered", "flap")
def flap_storm_with_many_old_events() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb", "ccccc")
    d.deployment(APP, NS, 3)
    for s in ("aaaaa", "bbbbb"):
        for minute in (70, 50, 30):
            d.event(
                "Pod",
                f"{APP}-{H}-{s}",
                NS,
                "Unhealthy",
                "Readiness probe failed: Get http://10.1.1.1:8080/ready: context deadline exceeded",
                minute,
                count=6,
            )
    d.store(28, "[cart] readiness restored after 4s", APP, f"{APP}-{H}-aaaaa", "info")
    d.monitor("cart errors").monitor("cart latency").monitor("cart readiness")
    return d.alert(
        "KubernetesReadinessFlapping",
        NS,
        APP,
        "cart readiness flapped 14 times; every flap resolved by itself",
    )


@scenario("healthy", "healthy", "ReplicaSet", "rollout")
def leftover_of_a_rollback_is_terminating() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    d.pod(
        f"{APP}-84b84b84b-ddddd",
        NS,
        APP,
        "84b84b84b",
        age=60,
        ready=False,
        restarts=3,
        state=waiting("CrashLoopBackOff"),
        meta={"deletionTimestamp": ago(30)},
    )
    d.monitor("cart errors")
    return d.alert(
        "KubePodCrashLooping",
        NS,
        APP,
        f"Pod {APP}-84b84b84b-ddddd is in CrashLoopBackOff",
        pod=f"{APP}-84b84b84b-ddddd",
    )


@scenario("unknown", "unknown", "cart checkout rejects")
def a_firing_monitor_is_not_dismissed_for_the_word_replicas() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    d.monitor("cart checkout rejects", "Alert").monitor("cart latency")
    return d.alert("CartTrouble", NS, APP, "all replicas of cart reject checkouts")
