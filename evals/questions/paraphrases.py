"""The right answers to the thirty paraphrases, computed like the oracle's own: from the raw files, by plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from interlock.evals.questions.oracle import (
    Expected,
    Files,
    Healthy,
    Suggestion,
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
}
