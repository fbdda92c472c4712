"""Code that crashes, and input it cannot read."""

from __future__ import annotations

from dump import Dump, ago, waiting

from scenarios.stage import APP, NS, H, scenario, two_nodes


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
