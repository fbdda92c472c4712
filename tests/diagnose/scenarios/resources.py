"""Memory, CPU, disk, quotas and pools that ran out."""

from __future__ import annotations

from dump import Dump, ago, waiting

from scenarios.stage import APP, NS, H, scenario, two_nodes


@scenario("resource_exhaustion", "active", "memory", "Unschedulable")
def pending_memory() -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb")
    d.deployment(APP, NS, 2, 1)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, node="", phase="Pending", age=12,
          conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes are available: 2 Insufficient memory."}])  # fmt: skip
    return d.alert("KubePodPending", NS, APP, "cart is Pending")


@scenario(
    "resource_exhaustion",
    "active",
    "OOMKilled",
    "exit code 137",
    "feature-cache",
    "connection refused",
    roots=("OOMKilled",),
)
def refused_by_a_broken_dependency_elsewhere() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    d.deployment("feature-cache", "ml", 1, 0)
    d.pod("feature-cache-9c9c9c9c9-aaaaa", "ml", "feature-cache", "9c9c9c9c9", restarts=9, state=waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container"),
          last={"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": ago(3)}}, spec={"resources": {"limits": {"memory": "128Mi"}}})  # fmt: skip
    d.service("feature-cache", "ml", {"app": "feature-cache"}, 6379)
    for s in ("aaaaa", "bbbbb"):
        d.log(
            NS,
            f"{APP}-{H}-{s}",
            (
                9,
                "level=error lookup failed upstream=feature-cache.ml.svc:6379 err=dial tcp 10.96.3.3:6379: connect: connection refused",
            ),
            (
                1,
                "level=error lookup failed upstream=feature-cache.ml.svc:6379 err=dial tcp 10.96.3.3:6379: connect: connection refused",
            ),
        )
    d.monitor("cart error rate", "Alert")
    return d.alert("HighErrorRate", NS, APP, "cart 5xx rate 18%")


@scenario("resource_exhaustion", "active", "Secret", "OOMKilled", roots=("Secret", "OOMKilled"))
def two_independent_faults() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.deployment("web", NS, 1, 0)
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        age=9,
        phase="Pending",
        state=waiting("CreateContainerConfigError", 'secret "db-credentials" not found'),
    )
    d.pod(
        "web-5b5b5b5b5-aaaaa",
        NS,
        "web",
        "5b5b5b5b5",
        restarts=5,
        state=waiting("CrashLoopBackOff"),
        last={"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    )
    return d


@scenario("resource_exhaustion", "active", "OOMKilled", "log-shipper", "exit code 137")
def oom_in_a_sidecar() -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb")
    d.deployment(APP, NS, 2, 1)
    sidecar = {
        "name": "log-shipper",
        "ready": False,
        "restartCount": 11,
        "state": waiting("CrashLoopBackOff"),
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    }
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        more=[sidecar],
        conditions=[{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
    )
    return d.alert(
        "KubePodCrashLooping", NS, APP, f"Pod {APP}-{H}-aaaaa is crash looping", pod=f"{APP}-{H}-aaaaa"
    )


@scenario("resource_exhaustion", "active", "Evicted", "ephemeral-storage", "DiskPressure")
def evicted_by_disk_pressure() -> Dump:
    d = Dump().node("node-a", pressure="DiskPressure").node("node-b").well(APP, NS, H, "bbbbb", node="node-b")
    d.deployment(APP, NS, 2, 1)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, phase="Failed", ready=False, age=60, state={"terminated": {"exitCode": 137, "reason": "Error"}},
          status={"reason": "Evicted", "message": "The node was low on resource: ephemeral-storage. Threshold quantity: 10%."})  # fmt: skip
    d.event("Pod", f"{APP}-{H}-aaaaa", NS, "Evicted", "The node was low on resource: ephemeral-storage.", 4)
    return d.alert("KubePodEvicted", NS, APP, "pods of cart are being evicted")


@scenario("resource_exhaustion", "active", "quota", "memory", "namespace store")
def quota_told_by_the_store_only() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb").recorded(NS, "events")
    d.deployment(APP, NS, 4, 2)
    d.store(
        6,
        f'kube-controller-manager: Error creating: pods "{APP}-{H}-zzzzz" is forbidden: exceeded quota: team-quota, requested: requests.memory=1Gi, used: requests.memory=8Gi, limited: requests.memory=8Gi',
        "kube-controller-manager",
        "cp",
        "error",
        f"kube_namespace:{NS}",
        f"kube_deployment:{APP}",
    )
    return d.alert("KubeDeploymentReplicasMismatch", NS, APP, "cart: 2 of 4 replicas ready")


@scenario("resource_exhaustion", "active", "OOMKilled", absent=("ledger", "old-report"))
def distractors_are_not_in_the_chain() -> Dump:
    d = two_nodes().well("ledger", NS, "2e2e2e2e2", "aaaaa", age=30)
    d.deployment(APP, NS, 1, 0)
    d.deployment("ledger", NS, 1)
    d.replicaset("ledger", NS, "1e1e1e1e1", 1, 0, 9000, {"image": "registry.test/ledger:1"})
    d.replicaset("ledger", NS, "2e2e2e2e2", 2, 1, 30, {"image": "registry.test/ledger:2"})
    d.add(
        "Job",
        "jobs",
        "old-report-29000000",
        NS,
        {
            "spec": {},
            "status": {
                "conditions": [
                    {
                        "type": "Failed",
                        "status": "True",
                        "reason": "BackoffLimitExceeded",
                        "lastTransitionTime": ago(400),
                    }
                ]
            },
        },
    )
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        restarts=5,
        state=waiting("CrashLoopBackOff"),
        last={"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    )
    return d.alert("KubePodCrashLooping", NS, APP, "cart is crash looping")


@scenario("resource_exhaustion", "active", "cpu", "Unschedulable")
def pending_for_cpu_beside_a_taint() -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb")
    d.deployment(APP, NS, 2, 1)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, node="", phase="Pending", age=12,
          conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                       "message": "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu."}])  # fmt: skip
    return d.alert("KubePodPending", NS, APP, "cart is Pending")


@scenario("resource_exhaustion", "active", "node-b", "SystemOOM")
def node_out_of_memory() -> Dump:
    d = Dump().node("node-a").node("node-b").well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 2, 1)
    d.pod(
        f"{APP}-{H}-bbbbb",
        NS,
        APP,
        H,
        node="node-b",
        restarts=4,
        state=waiting("CrashLoopBackOff"),
        last={"terminated": {"exitCode": 137, "reason": "Error"}},
    )
    d.event("Node", "node-b", "", "SystemOOM", "System OOM encountered, victim process: cart, pid: 4711", 4)
    return d.alert("KubePodCrashLooping", NS, APP, "cart is crash looping")


@scenario("resource_exhaustion", "active", "cpu", "HPA", roots=("cpu",))
def autoscaler_at_its_maximum_told_by_events_and_monitors() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    d.event("HorizontalPodAutoscaler", APP, NS, "SuccessfulRescale",
            "New size: 2; reason: cpu resource utilization (percentage of request) above target", 30, type="Normal")  # fmt: skip
    d.event(
        "HorizontalPodAutoscaler",
        APP,
        NS,
        "ScalingLimited",
        "the desired replica count is more than the maximum replica count",
        1,
    )
    d.monitor("cart CPU utilization", "Alert").monitor("cart latency", "Alert")
    return d.alert("HpaMaxedOut", NS, APP, "cart runs at max replicas (2/2)")


@scenario("resource_exhaustion", "active", "cpu")
def cpu_throttling_told_by_a_monitor_only() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    d.monitor("cart CPU throttling", "Alert").monitor("cart errors")
    return d.alert("CpuThrottling", NS, APP, "cart is throttled on all replicas")


@scenario("resource_exhaustion", "active", "Connection is not available")
def a_pool_of_connections_is_used_up() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    d.store(4, "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.",
            APP, f"{APP}-{H}-aaaaa")  # fmt: skip
    return d.alert("CartErrors", NS, APP, "cart error rate above 5%")
