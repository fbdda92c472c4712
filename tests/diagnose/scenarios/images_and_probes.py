"""Images, probes and rollouts that are wrong."""

from __future__ import annotations

from dump import Dump, waiting

from scenarios.stage import APP, NS, H, scenario, two_nodes


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
