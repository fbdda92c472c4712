"""Incidents of our own, each with what a good diagnosis says. Fields are left out as people's recordings leave them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dump import Dump, ago, waiting


@dataclass(frozen=True)
class Expected:
    """What the diagnosis must come to. `words` stand in summary or chain; `roots` in the first sentence of each chain."""

    category: str
    state: str
    words: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


SCENARIOS: dict[str, tuple[Callable[[], Dump], Expected]] = {}
NS, APP, H = "store", "cart", "6d5f7c9b8"


def scenario(
    category: str, state: str, *words: str, roots: tuple[str, ...] = (), absent: tuple[str, ...] = ()
) -> Callable[[Callable[[], Dump]], Callable[[], Dump]]:
    """Register a scenario."""

    def keep(build: Callable[[], Dump]) -> Callable[[], Dump]:
        SCENARIOS[build.__name__] = (build, Expected(category, state, words, roots, absent))
        return build

    return keep


def two_nodes() -> Dump:
    return Dump().node("node-a").node("node-b")


@scenario(
    "configuration_error",
    "active",
    "ImagePullBackOff",
    "registry.test/cart:9.9-bad",
    "manifest",
    roots=("image",),
)
def image_manifest_unknown() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 3, 2)
    d.pod(f"{APP}-7c7c7c7c7-ccccc", NS, APP, "7c7c7c7c7", age=15, phase="Pending", image="registry.test/cart:9.9-bad",
          state=waiting("ImagePullBackOff", 'Back-off pulling image "registry.test/cart:9.9-bad"'))  # fmt: skip
    d.event("Pod", f"{APP}-7c7c7c7c7-ccccc", NS, "Failed",
            'Failed to pull image "registry.test/cart:9.9-bad": rpc error: code = NotFound desc = manifest unknown')  # fmt: skip
    d.event("Pod", f"{APP}-7c7c7c7c7-ccccc", NS, "Failed", "Error: ImagePullBackOff")
    return d.alert("PodImagePull", NS, APP, f"Pod {APP}-7c7c7c7c7-ccccc cannot pull its image.")


@scenario("configuration_error", "active", "ErrImagePull", "unauthorized")
def image_unauthorized_status_only() -> Dump:
    d = Dump().recorded(NS, "events")
    d.deployment(APP, NS, 1, 0)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, age=9, phase="Pending",
          state=waiting("ErrImagePull", "pull access denied: unauthorized: authentication required"))  # fmt: skip
    return d.alert("KubePodNotReady", NS, APP, f"{APP} has no ready pod")


@scenario("dependency_failure", "active", "registry.test", "timeout")
def image_registry_unreachable() -> Dump:
    d = Dump()
    d.deployment(APP, NS, 1, 0)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, age=9, phase="Pending", state=waiting("ImagePullBackOff"))
    d.event("Pod", f"{APP}-{H}-aaaaa", NS, "Failed",
            'Failed to pull image "registry.test/cart:1.0": dial tcp 203.0.113.9:443: i/o timeout')  # fmt: skip
    return d.alert("KubePodNotReady", NS, APP, "cart is waiting")


@scenario(
    "configuration_error",
    "active",
    "liveness",
    "probe",
    f"{APP}-{H}-aaaaa",
    absent=("OOMKilled",),
    roots=("liveness",),
)
def liveness_kill() -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb", "ccccc")
    d.deployment(APP, NS, 3, 3)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, restarts=7, state=waiting("CrashLoopBackOff", "back-off 2m40s restarting failed container"),
          last={"terminated": {"exitCode": 137, "reason": "Error"}})  # fmt: skip
    d.event(
        "Pod",
        f"{APP}-{H}-aaaaa",
        NS,
        "Unhealthy",
        "Liveness probe failed: HTTP probe failed with statuscode: 503",
        2,
        count=21,
    )
    d.event(
        "Pod",
        f"{APP}-{H}-aaaaa",
        NS,
        "Killing",
        f"Container {APP} failed liveness probe, will be restarted",
        2,
        count=7,
        type="Normal",
    )
    d.monitor("cart latency", "OK")
    return d.alert(
        "PodCrashLooping", NS, APP, f"Pod {APP}-{H}-aaaaa restarted 7 times", pod=f"{APP}-{H}-aaaaa"
    )


@scenario("configuration_error", "active", "liveness", "exit code 143")
def liveness_kill_told_by_the_message_only() -> Dump:
    d = Dump().recorded(NS, "events")
    d.deployment(APP, NS, 1, 1)
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        restarts=5,
        state=waiting("CrashLoopBackOff", "last terminated: reason=Error, exit_code=143"),
    )
    d.store(
        6,
        f"[kubelet] Liveness probe failed for pod {APP}-{H}-aaaaa: Get http://10.0.0.9:8080/healthz: context deadline exceeded",
        "kubelet",
        "node-a",
        "warn",
    )
    return d.alert(
        "PodCrashLooping", NS, APP, f"Pod {APP}-{H}-aaaaa restarted 5 times", pod=f"{APP}-{H}-aaaaa"
    )


@scenario("configuration_error", "active", "readiness", "404")
def readiness_failing() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 2, 0)
    for s in ("aaaaa", "bbbbb"):
        d.pod(f"{APP}-{H}-{s}", NS, APP, H, ready=False)
        d.event(
            "Pod",
            f"{APP}-{H}-{s}",
            NS,
            "Unhealthy",
            "Readiness probe failed: HTTP probe failed with statuscode: 404",
            1,
            count=90,
        )
    return d.alert("KubeDeploymentReplicasMismatch", NS, APP, "cart has 0 of 2 ready replicas")


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


@scenario("healthy", "recovered", "node-b", "Ready")
def node_recovered() -> Dump:
    d = Dump().node("node-a").node("node-b", since=40)
    d.well(APP, NS, H, "aaaaa").well(APP, NS, H, "bbbbb", node="node-b")
    d.deployment(APP, NS, 2)
    d.event("Node", "node-b", "", "NodeNotReady", "Node node-b status is now: NodeNotReady", 52, count=1)
    return d.monitor("cart errors").alert("KubeNodeNotReady", NS, APP, "Node node-b was not ready")


@scenario("configuration_error", "active", "ProgressDeadlineExceeded", "rollout", "readiness")
def rollout_stuck_on_readiness() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb", "ccccc")
    d.deployment(APP, NS, 3, 3, conditions=[{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                 "message": 'ReplicaSet "cart-84b84b84b" has timed out progressing.'}])  # fmt: skip
    d.pod(f"{APP}-84b84b84b-ddddd", NS, APP, "84b84b84b", age=25, ready=False, image="registry.test/cart:2.0")
    d.event(
        "Pod",
        f"{APP}-84b84b84b-ddddd",
        NS,
        "Unhealthy",
        "Readiness probe failed: connection refused",
        1,
        count=80,
    )
    return d.alert("KubeDeploymentRolloutStuck", NS, APP, "rollout of cart does not progress")


@scenario("configuration_error", "active", "ProgressDeadlineExceeded")
def rollout_stuck_told_by_event_only() -> Dump:
    d = Dump().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 3, 2)
    d.pod(f"{APP}-84b84b84b-ddddd", NS, APP, "84b84b84b", age=25, ready=False)
    d.event(
        "Deployment",
        APP,
        NS,
        "ProgressDeadlineExceeded",
        'ReplicaSet "cart-84b84b84b" has timed out progressing.',
        4,
    )
    return d.alert("KubeDeploymentRolloutStuck", NS, APP, "rollout of cart stuck")


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


@scenario("configuration_error", "active", "Secret", "db-credentials", "not found")
def missing_secret() -> Dump:
    d = Dump()
    d.deployment(APP, NS, 1, 0)
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        age=9,
        phase="Pending",
        state=waiting("CreateContainerConfigError", 'secret "db-credentials" not found'),
    )
    return d.alert("KubePodNotReady", NS, APP, "cart is not ready")


@scenario("configuration_error", "active", "feature.json", "ConfigMap", "cart-settings")
def missing_configmap_key() -> Dump:
    d = Dump()
    d.deployment(APP, NS, 1, 0)
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        age=9,
        phase="Pending",
        state=waiting(
            "CreateContainerConfigError", "couldn't find key feature.json in ConfigMap store/cart-settings"
        ),
    )
    return d.alert("KubePodNotReady", NS, APP, "cart is not ready")


@scenario("configuration_error", "active", "PersistentVolumeClaim", "fast-disk")
def pvc_pending_class_missing() -> Dump:
    d = two_nodes()
    d.add(
        "StatefulSet",
        "statefulsets",
        "db",
        NS,
        {"spec": {"replicas": 1}, "status": {"replicas": 1, "readyReplicas": 0}},
    )
    d.pod("db-0", NS, "db", "", owner_kind="StatefulSet", node="", phase="Pending", age=12,
          pod_spec={"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}]},
          conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                       "message": "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."}])  # fmt: skip
    d.add(
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        "data-db-0",
        NS,
        {"spec": {"storageClassName": "fast-disk"}, "status": {"phase": "Pending"}},
    )
    d.event(
        "PersistentVolumeClaim",
        "data-db-0",
        NS,
        "ProvisioningFailed",
        'storageclass.storage.k8s.io "fast-disk" not found',
    )
    return d.alert("KubePodPending", NS, "db", "Pod db-0 is Pending")


@scenario("configuration_error", "active", "taint")
def taints() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, node="", phase="Pending", age=12,
          conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                       "message": "0/2 nodes are available: 2 node(s) had untolerated taint {dedicated: gpu}."}])  # fmt: skip
    return d.alert("KubePodPending", NS, APP, "cart is Pending")


@scenario("configuration_error", "active", "affinity")
def selector_mismatch() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, node="", phase="Pending", age=12)
    d.event(
        "Pod",
        f"{APP}-{H}-aaaaa",
        NS,
        "FailedScheduling",
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
    )
    return d.alert("KubePodPending", NS, APP, "cart is Pending")


@scenario("resource_exhaustion", "active", "memory", "Unschedulable")
def pending_memory() -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb")
    d.deployment(APP, NS, 2, 1)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, node="", phase="Pending", age=12,
          conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes are available: 2 Insufficient memory."}])  # fmt: skip
    return d.alert("KubePodPending", NS, APP, "cart is Pending")


@scenario("configuration_error", "active", "Service store/cart", "selector", roots=("Service store/cart",))
def service_selects_nothing() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb").well("web", NS, "5b5b5b5b5", "aaaaa")
    d.deployment(APP, NS, 2)
    d.deployment("web", NS, 1)
    d.service(APP, NS, {"app": "cart-v2"}, ip="10.96.7.7")
    d.service("web", NS, {"app": "web"})
    d.store(
        3,
        'level=error msg="upstream failed" url=http://cart.store.svc:80 err="dial tcp 10.96.7.7:80: connect: connection refused"',
        "web",
        "web-5b5b5b5b5-aaaaa",
    )
    d.store(
        2,
        'level=error msg="upstream failed" url=http://cart.store.svc:80 err="dial tcp 10.96.7.7:80: connect: connection refused"',
        "web",
        "web-5b5b5b5b5-aaaaa",
    )
    return d.alert("HighErrorRate", NS, "web", "web 5xx rate 12%")


@scenario("code_defect", "active", "failed", "BackoffLimitExceeded", "exit code 1")
def failed_job() -> Dump:
    d = Dump()
    d.add("Job", "jobs", "nightly-report", NS, {"spec": {}, "status": {"failed": 4, "conditions": [
        {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit",
         "lastTransitionTime": ago(30)}]}})  # fmt: skip
    d.pod("nightly-report-x7x7x", NS, "nightly-report", "", owner_kind="Job", phase="Failed", age=40, ready=False,
          state={"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": ago(31)}})  # fmt: skip
    return d.alert("KubeJobFailed", NS, "nightly-report", "Job nightly-report failed")


@scenario("code_defect", "active", "NoneType", "image", "exit code 1", roots=("changed",))
def exception_after_rollout() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 2, 0)
    d.replicaset(APP, NS, "5d5d5d5d5", 3, 0, 9000, {"image": "registry.test/cart:1.9"})
    d.replicaset(APP, NS, H, 4, 2, 25, {"image": "registry.test/cart:2.0"})
    for s in ("aaaaa", "bbbbb"):
        d.pod(
            f"{APP}-{H}-{s}",
            NS,
            APP,
            H,
            age=24,
            restarts=6,
            state=waiting("CrashLoopBackOff"),
            last={"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": ago(2)}},
        )
        d.log(
            NS,
            f"{APP}-{H}-{s}",
            (2.2, "INFO starting"),
            (2.1, "Traceback (most recent call last):"),
            (2.1, '  File "/app/main.py", line 12, in <module>'),
            (2.1, "AttributeError: 'NoneType' object has no attribute 'get'"),
        )
    return d.alert("KubePodCrashLooping", NS, APP, "cart is crash looping")


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


@scenario("configuration_error", "active", "MIGRATION_DSN", "Init container")
def init_container_failing() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    init = {
        "name": "migrate",
        "ready": False,
        "restartCount": 4,
        "state": waiting("CrashLoopBackOff"),
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
    }
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        age=14,
        phase="Pending",
        state=waiting("PodInitializing"),
        status={"initContainerStatuses": [init]},
    )
    d.store(3, "ERROR required environment variable MIGRATION_DSN is not set", "migrate", f"{APP}-{H}-aaaaa")
    return d.alert("KubePodNotReady", NS, APP, "cart is not ready")


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


@scenario("configuration_error", "active", "LimitRange", "maximum cpu")
def limit_range() -> Dump:
    d = Dump()
    d.deployment(APP, NS, 1, 0)
    d.recorded(NS, "pods")
    d.event(
        "ReplicaSet",
        f"{APP}-{H}",
        NS,
        "FailedCreate",
        f'Error creating: pods "{APP}-{H}-zzzzz" is forbidden: maximum cpu usage per Container is 2, but limit is 4',
    )
    return d.alert("KubeDeploymentReplicasMismatch", NS, APP, "cart: 0 of 1 replicas ready")


@scenario("configuration_error", "active", "webhook", "not signed")
def webhook_denied() -> Dump:
    d = Dump().recorded(NS, "pods")
    d.deployment(APP, NS, 1, 0)
    d.event(
        "ReplicaSet",
        f"{APP}-{H}",
        NS,
        "FailedCreate",
        'Error creating: admission webhook "policy.guard.test" denied the request: image is not signed',
    )
    return d.alert("KubeDeploymentReplicasMismatch", NS, APP, "cart: 0 of 1 replicas ready")


@scenario("configuration_error", "active", "DNS", "api.partner.test")
def dns_of_an_external_host() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    for m in (7, 5, 1):
        d.store(
            m,
            'level=error err="Post https://api.partner.test/v1: dial tcp: lookup api.partner.test on 10.96.0.10:53: no such host"',
            APP,
            f"{APP}-{H}-aaaaa",
        )
    return d.monitor("cart errors", "Alert").alert("HighErrorRate", NS, APP, "cart 5xx rate is 40%")


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


@scenario("configuration_error", "active", "certificate has expired", "auth.store.svc")
def tls_expired() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    for m in (7, 5, 1):
        d.store(
            m,
            "ERROR call to auth.store.svc:8443 failed: x509: certificate has expired or is not yet valid",
            APP,
            f"{APP}-{H}-aaaaa",
        )
    return d.alert("HighErrorRate", NS, APP, "cart 5xx rate is 40%")


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


@scenario("data_quality", "active", "schema")
def bad_input() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    for m in (7, 5, 1):
        d.store(
            m,
            "ERROR record 8841 rejected: schema mismatch, missing required field price",
            APP,
            f"{APP}-{H}-aaaaa",
        )
    return d.alert("IngestErrors", NS, APP, "cart import error rate is 40%")


@scenario("configuration_error", "active", "/app/srv", "exec")
def command_not_found() -> Dump:
    d = Dump()
    d.deployment(APP, NS, 1, 0)
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        age=5,
        restarts=3,
        state=waiting(
            "RunContainerError",
            'failed to create containerd task: exec: "/app/srv": stat /app/srv: no such file or directory',
        ),
    )
    return d.alert("KubePodNotReady", NS, APP, "cart is not ready")


@scenario("configuration_error", "active", "liveness", roots=("liveness",), absent=("OOM",))
def liveness_kill_while_running_again() -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb", "ccccc")
    d.deployment(APP, NS, 3)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, restarts=6, running=2)
    d.event(
        "Pod",
        f"{APP}-{H}-aaaaa",
        NS,
        "Unhealthy",
        "Liveness probe failed: HTTP probe failed with statuscode: 500",
        3,
        count=18,
    )
    d.event(
        "Pod",
        f"{APP}-{H}-aaaaa",
        NS,
        "Killing",
        f"Container {APP} failed liveness probe, will be restarted",
        3,
        count=6,
    )
    d.store(
        4,
        "WARN /healthz handler took 5.2s, longer than the probe's timeoutSeconds=1",
        APP,
        f"{APP}-{H}-aaaaa",
        "warn",
    )
    return d.alert(
        "KubernetesPodRestarting",
        NS,
        APP,
        f"Pod {APP}-{H}-aaaaa restarted 6 times in 30 minutes",
        pod=f"{APP}-{H}-aaaaa",
    )


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


@scenario("configuration_error", "active", "ProgressDeadlineExceeded", "rollout")
def rollout_stuck_without_a_probe_event() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 3, 2, conditions=[{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "False",
                 "reason": "ProgressDeadlineExceeded", "message": 'ReplicaSet "cart-84b84b84b" has timed out progressing.'}])  # fmt: skip
    d.pod(f"{APP}-84b84b84b-ddddd", NS, APP, "84b84b84b", age=25, ready=False, image="registry.test/cart:2.0")
    d.store(
        5, "[cart] waiting for warmup, readiness endpoint returns 503", APP, f"{APP}-84b84b84b-ddddd", "warn"
    )
    return d.alert(
        "KubernetesDeploymentRolloutStuck", NS, APP, "rollout of cart exceeded its progress deadline"
    )


@scenario("configuration_error", "active", "CART_DB_URL", "exit code 1")
def crash_for_a_missing_variable() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        restarts=8,
        state=waiting("CrashLoopBackOff"),
        last={"terminated": {"exitCode": 1, "reason": "Error"}},
    )
    d.log(
        NS,
        f"{APP}-{H}-aaaaa",
        (3, "INFO boot"),
        (3, "FATAL missing required environment variable CART_DB_URL"),
    )
    return d.alert("KubePodCrashLooping", NS, APP, "cart is crash looping")


@scenario("code_defect", "active", "CrashLoopBackOff", "exit code 1")
def crash_without_any_log() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        restarts=8,
        state=waiting(
            "CrashLoopBackOff",
            "back-off 5m0s restarting failed container; last terminated: reason=Error, exit_code=1",
        ),
    )
    return d.alert("KubePodCrashLooping", NS, APP, "cart is crash looping")


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


@scenario("resource_exhaustion", "active", "cpu", "Unschedulable")
def pending_for_cpu_beside_a_taint() -> Dump:
    d = two_nodes().well(APP, NS, H, "bbbbb")
    d.deployment(APP, NS, 2, 1)
    d.pod(f"{APP}-{H}-aaaaa", NS, APP, H, node="", phase="Pending", age=12,
          conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                       "message": "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu."}])  # fmt: skip
    return d.alert("KubePodPending", NS, APP, "cart is Pending")


@scenario("code_defect", "active", "exit code 1", "restarting failed container")
def crash_told_by_events_only() -> Dump:
    d = two_nodes()
    d.deployment(APP, NS, 1, 0)
    d.pod(
        f"{APP}-{H}-aaaaa",
        NS,
        APP,
        H,
        node="",
        phase="Running",
        conditions=[{"type": "Ready", "status": "False"}],
    )
    d.event(
        "Pod",
        f"{APP}-{H}-aaaaa",
        NS,
        "BackOff",
        f"Back-off restarting failed container {APP} in pod {APP}-{H}-aaaaa (reason: Error, exit code: 1)",
        2,
        count=12,
    )
    return d.alert("KubePodCrashLooping", NS, APP, "cart is crash looping")


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


@scenario("unknown", "unknown", "cart checkout rejects")
def a_firing_monitor_is_not_dismissed_for_the_word_replicas() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa", "bbbbb")
    d.deployment(APP, NS, 2)
    d.monitor("cart checkout rejects", "Alert").monitor("cart latency")
    return d.alert("CartTrouble", NS, APP, "all replicas of cart reject checkouts")


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


@scenario("resource_exhaustion", "active", "Connection is not available")
def a_pool_of_connections_is_used_up() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    d.store(4, "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.",
            APP, f"{APP}-{H}-aaaaa")  # fmt: skip
    return d.alert("CartErrors", NS, APP, "cart error rate above 5%")


@scenario("data_quality", "active", "unit_price", "schema")
def input_of_another_schema() -> Dump:
    d = two_nodes().well(APP, NS, H, "aaaaa")
    d.deployment(APP, NS, 1)
    d.store(
        20,
        'SchemaValidationError: file=carts.csv row 12: field "unit_price" expected integer, got string "free"',
        APP,
        f"{APP}-{H}-aaaaa",
    )
    d.store(3, "batch 7 rejected: 41 of 50 records failed to parse", APP, f"{APP}-{H}-aaaaa")
    return d.alert("CartImport", NS, APP, "cart import makes no progress")
