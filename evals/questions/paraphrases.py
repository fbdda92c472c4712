"""The right answers to the thirty paraphrases, computed like the oracle's own: from the raw files, by plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from interlock.evals.questions.oracle import Expected, Healthy, Suggestion
from interlock.evals.questions.raw import (
    NOW,
    Files,
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
    template_spec,
    uses_secret,
    word,
)

ANSWERS: dict[str, Callable[[Files], Expected]] = {
    "p-count-services": lambda f: len(f.of("services", "search")),
    "p-not-ready-ns": lambda f: sum(
        not is_ready(p) and p["status"]["phase"] != "Succeeded" for p in f.of("pods", "payments")
    ),
    "p-evicted": lambda f: names([p for p in f["pods"] if word(p) == "Evicted"]),
    "p-pods-on": lambda f: sum(p["spec"].get("nodeName") == "worker-01" for p in f["pods"]),
    "p-daemonsets": lambda f: names(f["daemonsets"]),
    "p-limit-gateway": lambda f: {
        "payment-gateway": [
            c["resources"]["limits"]["memory"] for c in containers(f.one("deployments", "payment-gateway"))
        ]
    },
    "p-no-liveness": lambda f: names(
        [d for d in f["deployments"] if any("livenessProbe" not in c for c in containers(d))]
    ),
    "p-no-limit-media": lambda f: names(
        [
            d
            for d in f.of("deployments", "search")
            if any("memory" not in c["resources"].get("limits", {}) for c in containers(d))
        ]
    ),
    "p-redis": lambda f: names([s for s in f["statefulsets"] if "redis:7.2.4" in images(s)]),
    "p-newest-pod": lambda f: {full(max(f.of("pods", "media"), key=born))},
    "p-oldest-deploy": lambda f: full(min(f.of("deployments", "identity"), key=born)),
    "p-unbound": lambda f: names([c for c in f["persistentvolumeclaims"] if c["status"]["phase"] != "Bound"]),
    "p-least-pods": lambda f: Counter(space(p) for p in f["pods"]).most_common(1)[0][0],
    "p-tls": lambda f: len(f["ingresses"]),
    "p-uses-oidc": lambda f: names(
        [d for d in f["deployments"] if uses_secret(template_spec(d), "oidc-signing")]
    ),
    "p-claim-user": lambda f: names(
        [
            p
            for p in f["pods"]
            if refers(p["spec"], "persistentVolumeClaim", "claimName", "data-index-store-1")
        ]
    ),
    "p-grafana": lambda f: {
        "dashboards": [i.rpartition(":")[2] for i in images(f.one("deployments", "dashboards"))]
    },
    "p-before": lambda f: {"storefront": images(replica_sets(f, "storefront", "shop")[-2])},
    "p-scheduled": lambda f: {
        "settlement-export": [f.one("cronjobs", "settlement-export")["spec"]["schedule"]]
    },
    "p-rolled-shop": lambda f: {n for n in owners_since(f, timedelta(minutes=45)) if n.startswith("shop/")},
    "p-crash-ns": lambda f: names([p for p in f.of("pods", "shop") if word(p) == "CrashLoopBackOff"]),
    "p-node-kubelet": lambda f: {
        "gpu-01": [f.one("nodes", "gpu-01")["status"]["nodeInfo"]["kubeletVersion"]]
    },
    "p-where": lambda f: {p["spec"]["nodeName"] for p in f["pods"] if app(p) == "dashboards"},
    "p-hpa-max": lambda f: {
        "storefront": [str(f.one("horizontalpodautoscalers", "storefront")["spec"]["maxReplicas"])]
    },
    "p-active-jobs": lambda f: names(
        [j for j in f["jobs"] if says(j, "Failed") != "True" and says(j, "Complete") != "True"]
    ),
    "p-healthy-ui": lambda f: Healthy(
        "search-ui",
        sum(is_ready(p) for p in f["pods"] if app(p) == "search-ui"),
        f.one("deployments", "search-ui")["spec"]["replicas"],
    ),
    "p-wrong-ns": lambda f: Suggestion("serach", ("search",)),
    "p-wrong-cm": lambda f: Suggestion("fraud-rule", ("payments/fraud-rules",)),
    "p-restart-total": lambda f: sum(restarts(p) for p in f.of("pods", "shop") if app(p) == "checkout-api"),
    "p-label": lambda f: names(
        [d for d in f["deployments"] if d["metadata"]["labels"]["tier"] == "frontend"]
    ),
    "r-total-pods": lambda f: len(f["pods"]),
    "r-nodes-ready": lambda f: sum(says(n, "Ready") == "True" for n in f["nodes"]),
    "r-secrets-shop": lambda f: names(f.of("secrets", "shop")),
    "r-worker6": lambda f: names([n for n in f["nodes"] if n["spec"].get("unschedulable")]),
    "r-imagepull": lambda f: sum(word(p) == "ImagePullBackOff" for p in f["pods"]),
    "r-failed-pods": lambda f: names([p for p in f["pods"] if p["status"]["phase"] == "Failed"]),
    "r-by-node": lambda f: Counter(p["spec"]["nodeName"] for p in f["pods"] if "nodeName" in p["spec"]),
    "r-status-all": lambda f: Counter(word(p) for p in f["pods"]),
    "r-login-image": lambda f: {"login": images(f.one("deployments", "login"))},
    "r-limit-ledger": lambda f: {
        "ledger": [
            c["resources"]["limits"]["memory"] for c in containers(f.one("deployments", "ledger", "payments"))
        ]
    },
    "r-probe-wish": lambda f: {
        "wishlist": ["not set"]
        if "readinessProbe" not in containers(f.one("deployments", "wishlist"))[0]
        else ["set"]
    },
    "r-cm-list": lambda f: len(f.of("configmaps", "shop")),
    "r-restart-max-shop": lambda f: full(max(f.of("pods", "payments"), key=restarts)),
    "r-crash-payments": lambda f: names([p for p in f.of("pods", "search") if word(p) == "CrashLoopBackOff"]),
    "r-media-pods": lambda f: names(f.of("pods", "media")),
    "r-cron-next": lambda f: {
        "settlement-export": [f.one("cronjobs", "settlement-export")["status"]["lastScheduleTime"]]
    },
    "r-hpas": lambda f: names(
        [
            h
            for h in f["horizontalpodautoscalers"]
            if h["status"]["currentReplicas"] == h["spec"]["maxReplicas"]
        ]
    ),
    "r-old-pods": lambda f: names([d for d in f["deployments"] if NOW - born(d) >= timedelta(days=80)]),
    "r-young-deploy": lambda f: names([d for d in f["deployments"] if NOW - born(d) <= timedelta(days=2)]),
    "r-deployed-1h": lambda f: owners_since(f, timedelta(minutes=25)),
    "r-sa": lambda f: names(
        [s for s in f["statefulsets"] if template_spec(s)["serviceAccountName"] == "prometheus"]
    ),
    "r-claim-unused": lambda f: (
        "old-psp-keys",
        any(uses_secret(template_spec(d), "old-psp-keys") for d in f["deployments"]),
    ),
    "r-sched-node": lambda f: f.one("pods", "warehouse-1")["spec"]["nodeName"],
    "r-volumes": lambda f: names(
        [c for c in f["persistentvolumeclaims"] if c["status"]["phase"] == "Pending"]
    ),
    "r-default-sc": lambda f: names(
        [s for s in f["storageclasses"] if "true" in s["metadata"].get("annotations", {}).values()]
    ),
    "r-why-running": lambda f: Suggestion("fraud-rules-sync", ()),
    "r-why-token": lambda f: Healthy(
        "token-minter",
        sum(is_ready(p) for p in f["pods"] if app(p) == "token-minter"),
        f.one("deployments", "token-minter")["spec"]["replicas"],
    ),
    "r-typo": lambda f: Suggestion("warehose-1", ("analytics/warehouse-1",)),
    "r-typo-ns": lambda f: Suggestion("montoring", ("monitoring",)),
    "r-kind": lambda f: Suggestion("session-store", ("identity/session-store",)),
}
