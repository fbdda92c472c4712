"""Settings, secrets and rules that are wrong."""

from __future__ import annotations

from dump import Dump, waiting

from scenarios.stage import APP, NS, H, scenario, two_nodes


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
