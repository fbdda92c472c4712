"""What is right, computed from the raw JSON files by plain Python. Imports nothing of the product.

Every question has one function of its name. Names of namespaced objects are written `namespace/name`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from interlock.evals.questions.raw import (
    ENDED,
    NOW,
    Files,
    Raw,
    app,
    born,
    containers,
    full,
    images,
    is_ready,
    names,
    owners_since,
    refers,
    replica_sets,
    restarts,
    says,
    space,
    strings,
    template_spec,
    uses_config,
    uses_secret,
    word,
)

Expected = Any


@dataclass(frozen=True)
class Healthy:
    """A false premise: the workload is well, with these ready counts."""

    name: str
    ready: int
    wanted: int


@dataclass(frozen=True)
class Suggestion:
    """There is nothing of that name there; what the answer has to offer instead."""

    wrong: str
    offers: tuple[str, ...]


ANSWERS: dict[str, Callable[[Files], Expected]] = {
    "count-running": lambda f: sum(word(p) == "Running" for p in f.of("pods", "payments")),
    "count-nodes": lambda f: len(f["nodes"]),
    "count-deployments": lambda f: len(f.of("deployments", "shop")),
    "count-not-ready": lambda f: sum(
        not is_ready(p) and p["status"]["phase"] != "Succeeded" for p in f["pods"]
    ),
    "count-crashloop": lambda f: sum(word(p) == "CrashLoopBackOff" for p in f["pods"]),
    "count-on-node": lambda f: sum(p["spec"].get("nodeName") == "worker-03" for p in f["pods"]),
    "count-secrets": lambda f: len(f.of("secrets", "identity")),
    "count-cronjobs": lambda f: len(f["cronjobs"]),
    "count-failed-jobs": lambda f: sum(says(j, "Failed") == "True" for j in f["jobs"]),
    "pods-per-namespace": lambda f: Counter(space(p) for p in f["pods"]),
    "status-breakdown": lambda f: Counter(word(p) for p in f.of("pods", "shop")),
    "ready-replicas": lambda f: {"fraud-check": _ready(f, "fraud-check")},
    "namespaces": lambda f: names(f["namespaces"]),
    "statefulsets": lambda f: names(f["statefulsets"]),
    "pending-pods": lambda f: names([p for p in f["pods"] if word(p) == "Pending"]),
    "nodes-not-ready": lambda f: names([n for n in f["nodes"] if says(n, "Ready") != "True"]),
    "cordoned": lambda f: names([n for n in f["nodes"] if n["spec"].get("unschedulable")]),
    "services-payments": lambda f: names(f.of("services", "payments")),
    "pods-of": lambda f: names([p for p in f["pods"] if app(p) == "query-router"]),
    "by-label": lambda f: names([d for d in f["deployments"] if d["metadata"]["labels"]["team"] == "growth"]),
    "ingress-of": lambda f: {
        f"shop/{p['backend']['service']['name']}"
        for r in f.one("ingresses", "shop-web")["spec"]["rules"]
        for p in r["http"]["paths"]
    },
    "old-kubelets": lambda f: names(
        [n for n in f["nodes"] if n["status"]["nodeInfo"]["kubeletVersion"] == "v1.28.11"]
    ),
    "most-restarts": lambda f: full(max(f["pods"], key=restarts)),
    "top-restarts": lambda f: names(sorted(f.of("pods", "shop"), key=restarts)[-3:]),
    "oom-killed": lambda f: names(
        [
            p
            for p in f["pods"]
            if ("reason", "OOMKilled") in set(strings(p["status"].get("containerStatuses", [])))
        ]
    ),
    "restarts-of": lambda f: sum(restarts(p) for p in f.of("pods", "payments") if app(p) == "ledger"),
    "restarted-pods": lambda f: names([p for p in f.of("pods", "payments") if restarts(p)]),
    "image-of": lambda f: {"payment-gateway": images(f.one("deployments", "payment-gateway"))},
    "version-of": lambda f: {
        "catalog-api": [i.rpartition(":")[2] for i in images(f.one("deployments", "catalog-api"))]
    },
    "who-runs-image": lambda f: names([d for d in f["deployments"] if "nginx:1.25.3" in images(d)]),
    "latest-tag": lambda f: names(
        [d for d in f["deployments"] if any(i.endswith(":latest") for i in images(d))]
    ),
    "image-before": lambda f: {"recommender": images(replica_sets(f, "recommender", "shop")[-2])},
    "cannot-pull": lambda f: names([p for p in f["pods"] if word(p) in ("ImagePullBackOff", "ErrImagePull")]),
    "no-memory-limit": lambda f: names(
        [
            d
            for d in f["deployments"]
            if any("memory" not in c["resources"].get("limits", {}) for c in containers(d))
        ]
    ),
    "no-readiness": lambda f: names(
        [d for d in f.of("deployments", "payments") if any("readinessProbe" not in c for c in containers(d))]
    ),
    "no-cpu-request": lambda f: names(
        [
            d
            for d in f["deployments"]
            if any("cpu" not in c["resources"].get("requests", {}) for c in containers(d))
        ]
    ),
    "memory-limit-of": lambda f: {
        "checkout-api": [
            containers(f.one("deployments", "checkout-api", "shop"))[0]["resources"]["limits"]["memory"]
        ]
    },
    "oldest-pod": lambda f: full(min(f.of("pods", "search"), key=born)),
    "newest-deployment": lambda f: full(max(f["deployments"], key=born)),
    "age-of-node": lambda f: {"worker-04": [f"{(NOW - born(f.one('nodes', 'worker-04'))).days}d"]},
    "young-pods": lambda f: names(
        [p for p in f.of("pods", "shop") if born(p) >= NOW - timedelta(minutes=30)]
    ),
    "changed-last-hour": lambda f: (
        owners_since(f, timedelta(hours=1))
        | {
            f"{space(e)}/{e['involvedObject']['name']}"
            for e in f["events"]
            if e["reason"] == "ScalingReplicaSet"
            and datetime.fromisoformat(e["lastTimestamp"]) >= NOW - timedelta(hours=1)
        }
    ),
    "rolled-out": lambda f: owners_since(f, timedelta(hours=3)),
    "when-rolled-out": lambda f: {
        "payment-gateway": [
            replica_sets(f, "payment-gateway", "payments")[-1]["metadata"]["creationTimestamp"]
        ]
    },
    "uses-configmap": lambda f: names(
        [d for d in f.of("deployments", "shop") if uses_config(template_spec(d), "shop-settings")]
    ),
    "uses-secret": lambda f: names(
        [d for d in f["deployments"] if uses_secret(template_spec(d), "db-credentials")]
    ),
    "uses-claim": lambda f: names(
        [p for p in f["pods"] if refers(p["spec"], "persistentVolumeClaim", "claimName", "media-scratch")]
    ),
    "uses-account": lambda f: names(
        [d for d in f["deployments"] if template_spec(d)["serviceAccountName"] == "gateway"]
    ),
    "unused-configmap": lambda f: (
        "old-banner",
        any(uses_config(template_spec(d), "old-banner") for d in f["deployments"])
        or any(uses_config(p["spec"], "old-banner") for p in f["pods"]),
    ),
    "node-of": lambda f: f.one("pods", "prometheus-0")["spec"]["nodeName"],
    # What has ended runs no more; `kubectl describe node` leaves it out too.
    "on-node": lambda f: names(
        [
            p
            for p in f["pods"]
            if p["spec"].get("nodeName") == "worker-05" and p["status"]["phase"] not in ENDED
        ]
    ),
    "fullest-node": lambda f: Counter(p["spec"].get("nodeName", "") for p in f["pods"]).most_common(1)[0][0],
    "no-endpoints": lambda f: names(
        [s for s in f["services"] if not _addresses(f.one("endpoints", s["metadata"]["name"], space(s)))]
    ),
    "suspended": lambda f: names([c for c in f["cronjobs"] if c["spec"]["suspend"]]),
    "last-run": lambda f: {
        "nightly-report": [f.one("cronjobs", "nightly-report")["status"]["lastScheduleTime"]]
    },
    "at-max": lambda f: names(
        [
            h
            for h in f["horizontalpodautoscalers"]
            if h["status"]["currentReplicas"] == h["spec"]["maxReplicas"]
        ]
    ),
    "quota": lambda f: {"staging-quota": _quota(f.one("resourcequotas", "staging-quota"))},
    "false-crash": lambda f: Healthy(
        "catalog-api",
        sum(is_ready(p) for p in f["pods"] if app(p) == "catalog-api"),
        f.one("deployments", "catalog-api")["spec"]["replicas"],
    ),
    "wrong-name": lambda f: Suggestion("chekout-api", ("shop/checkout-api", "staging/checkout-api")),
    "wrong-namespace": lambda f: Suggestion("fraud-check", ("payments/fraud-check",)),
}


def _ready(files: Files, name: str) -> list[str]:
    ready = sum(is_ready(p) for p in files["pods"] if app(p) == name)
    wanted = files.one("deployments", name)["spec"]["replicas"]
    return [f"{ready}/{wanted}", f"{ready} of {wanted}"]


def _addresses(endpoints: Raw) -> int:
    return sum(len(subset.get("addresses", [])) for subset in endpoints["subsets"])


def _quota(item: Raw) -> list[str]:
    used, hard = item["status"]["used"]["requests.memory"], item["status"]["hard"]["requests.memory"]
    return [f"{used}/{hard}", f"{used} of {hard}"]


def universe(files: Files, kind: str) -> set[str]:
    """Every name of a kind."""
    return names(files[kind])


def expected(files: Files) -> dict[str, Expected]:
    """The right answers by question."""
    return {name: answer(files) for name, answer in ANSWERS.items()}
