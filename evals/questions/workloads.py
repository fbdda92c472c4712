"""The workloads of the questions' cluster, as data: what runs where, in which image, and in which state each pod is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NAMESPACES = {
    "analytics": 90,
    "default": 400,
    "identity": 200,
    "kube-system": 400,
    "legacy": 380,
    "media": 120,
    "monitoring": 300,
    "payments": 210,
    "search": 150,
    "shop": 220,
    "staging": 60,
}
"""Every namespace and its age in days; `legacy` holds no workload."""


@dataclass(frozen=True)
class Workload:
    """One controller and its pods. `states` and `restarts` go by the pod's number; what is not named runs well."""

    namespace: str
    name: str
    replicas: int
    image: str
    before: str = ""
    kind: str = "Deployment"
    cpu: str = "100m"
    memory: str = "256Mi"
    limit: str = "512Mi"
    readiness: bool = True
    liveness: bool = True
    team: str = "core"
    tier: str = "backend"
    hours: float = 1000
    rolled_minutes: float = 6000
    configs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    env_secret: str = ""
    claim: str = ""
    account: str = "default"
    states: Mapping[int, str] = field(default_factory=dict)
    restarts: Mapping[int, int] = field(default_factory=dict)


R = "registry.example"
W = Workload
WORKLOADS = (
    # shop
    W("shop", "checkout-api", 4, f"{R}/shop/checkout-api:3.8.1", f"{R}/shop/checkout-api:3.8.0", team="growth",
      hours=2100, rolled_minutes=38, configs=("shop-settings", "feature-flags"), secrets=("shop-db",),
      states={1: "crash", 3: "crash"}, restarts={1: 14, 3: 11}),
    W("shop", "catalog-api", 3, f"{R}/shop/catalog-api:5.2.0", f"{R}/shop/catalog-api:5.1.4", team="growth",
      hours=1900, rolled_minutes=4000, configs=("shop-settings",), secrets=("shop-db",), restarts={2: 1}),
    W("shop", "cart", 2, f"{R}/shop/cart:1.19.2", f"{R}/shop/cart:1.19.1", team="growth", hours=1700,
      env_secret="cart-redis", limit=""),
    W("shop", "storefront", 5, "nginx:1.25.3", "nginx:1.25.1", tier="frontend", team="web", hours=2200,
      cpu="", configs=("storefront-nginx",), liveness=False),
    W("shop", "recommender", 2, f"{R}/shop/recommender:0.9.7", f"{R}/shop/recommender:0.9.6", team="data", hours=800,
      states={0: "pull", 1: "pull"}, rolled_minutes=21),
    W("shop", "wishlist", 2, f"{R}/shop/wishlist:2.0.3", f"{R}/shop/wishlist:2.0.2", team="growth", hours=500,
      restarts={0: 3}, readiness=False),
    # payments
    W("payments", "payment-gateway", 3, f"{R}/pay/gateway:7.4.2", f"{R}/pay/gateway:7.4.1", team="pay", hours=1800,
      secrets=("db-credentials", "psp-keys"), account="gateway", rolled_minutes=130),
    W("payments", "ledger", 2, f"{R}/pay/ledger:4.4.0", f"{R}/pay/ledger:4.3.9", team="pay", hours=1750,
      env_secret="db-credentials", restarts={0: 6, 1: 2}, states={0: "oomed"}, readiness=False),
    W("payments", "fraud-check", 2, f"{R}/pay/fraud:2.7.5", f"{R}/pay/fraud:2.7.4", team="risk", hours=600,
      configs=("fraud-rules",), states={1: "unready"}),
    W("payments", "refunds", 1, f"{R}/pay/refunds:1.3.3", f"{R}/pay/refunds:1.3.2", team="pay", hours=450,
      env_secret="db-credentials", account="gateway", limit="", liveness=False),
    W("payments", "invoice-renderer", 2, f"{R}/pay/invoice:latest", f"{R}/pay/invoice:0.4.0", team="pay", hours=300,
      readiness=False, claim="invoice-archive"),
    # search
    W("search", "search-ui", 3, "nginx:1.25.3", "nginx:1.24.0", tier="frontend", team="find", hours=900),
    W("search", "query-router", 3, f"{R}/find/router:11.2.0", f"{R}/find/router:11.1.9", team="find", hours=950,
      configs=("router-config",), restarts={1: 27}, states={1: "oomcrash"}),
    W("search", "index-store", 3, f"{R}/find/store:8.11.3", kind="StatefulSet", team="find", hours=980, claim="data",
      restarts={2: 2}),
    W("search", "crawler", 2, f"{R}/find/crawler:latest", f"{R}/find/crawler:1.0.0", team="find", hours=700, cpu="",
      memory="", limit="", states={0: "pending", 1: "pending"}),
    # analytics
    W("analytics", "event-collector", 3, f"{R}/data/collector:2.2.2", f"{R}/data/collector:2.2.1", team="data",
      hours=660, configs=("collector-config",)),
    W("analytics", "warehouse", 2, f"{R}/data/warehouse:15.4", kind="StatefulSet", team="data", hours=640,
      claim="pgdata", env_secret="warehouse-admin"),
    W("analytics", "dashboards", 1, "grafana/grafana:10.2.3", "grafana/grafana:10.1.0", team="data", tier="frontend",
      hours=200, rolled_minutes=52),
    # media
    W("media", "transcoder", 4, f"{R}/media/transcoder:6.0.1", f"{R}/media/transcoder:6.0.0", team="video", hours=400,
      claim="media-scratch", states={2: "evicted", 3: "creating"}, cpu=""),
    W("media", "thumbnailer", 2, f"{R}/media/thumbs:1.8.0", f"{R}/media/thumbs:1.7.9", team="video", hours=390,
      liveness=False),
    W("media", "cdn-purger", 1, f"{R}/media/purger:0.2.1", f"{R}/media/purger:0.2.0", team="video", hours=30,
      restarts={0: 4}, states={0: "config"}),
    # identity
    W("identity", "login", 3, f"{R}/id/login:9.1.0", f"{R}/id/login:9.0.8", team="id", hours=1600,
      secrets=("oidc-signing",), configs=("login-theme",)),
    W("identity", "session-store", 2, "redis:7.2.4", kind="StatefulSet", team="id", hours=1500, claim="session-data"),
    W("identity", "token-minter", 2, f"{R}/id/minter:3.3.0", f"{R}/id/minter:3.2.0", team="id", hours=1400,
      secrets=("oidc-signing",), account="minter"),
    # monitoring
    W("monitoring", "prometheus", 1, "prom/prometheus:2.48.1", kind="StatefulSet", team="sre", hours=2500,
      claim="prom-data", account="prometheus"),
    W("monitoring", "alertmanager", 2, "prom/alertmanager:0.26.0", "prom/alertmanager:0.25.0", team="sre", hours=2490),
    W("monitoring", "node-exporter", 7, "prom/node-exporter:1.7.0", kind="DaemonSet", team="sre", hours=2480,
      limit=""),
    # staging
    W("staging", "checkout-api", 1, f"{R}/shop/checkout-api:3.9.0-rc1", f"{R}/shop/checkout-api:3.8.1", team="growth",
      hours=700, rolled_minutes=17, readiness=False),
    W("staging", "ledger", 1, f"{R}/pay/ledger:4.5.0-rc2", f"{R}/pay/ledger:4.4.0", team="pay", hours=690),
    W("staging", "load-generator", 0, f"{R}/sre/k6:0.48.0", f"{R}/sre/k6:0.47.0", team="sre", hours=100),
    # kube-system
    W("kube-system", "coredns", 2, "registry.k8s.io/coredns:1.11.1", "registry.k8s.io/coredns:1.10.1", team="sre",
      hours=9000, configs=("coredns",), account="coredns"),
    W("kube-system", "kube-proxy", 7, "registry.k8s.io/kube-proxy:1.29.6", kind="DaemonSet", team="sre", hours=9000,
      configs=("kube-proxy",), cpu="", limit="", readiness=False),
)  # fmt: skip

NODES = (
    # name, kubelet, days, zone, state
    ("control-01", "v1.29.6", 390, "a", "control"),
    ("worker-01", "v1.29.6", 210, "a", ""),
    ("worker-02", "v1.29.6", 210, "b", ""),
    ("worker-03", "v1.29.6", 180, "c", ""),
    ("worker-04", "v1.28.11", 41, "a", ""),
    ("worker-05", "v1.29.6", 41, "b", "notready"),
    ("worker-06", "v1.29.6", 12, "c", "cordoned"),
    ("gpu-01", "v1.28.11", 5, "a", "tainted"),
)
PLACED = ("worker-01", "worker-02", "worker-03", "worker-04", "worker-05", "worker-06")

CRON_JOBS = (
    # namespace, name, schedule, suspended, image, minutes since the last run, how it ended
    ("analytics", "nightly-report", "0 2 * * *", False, f"{R}/data/report:1.4.0", 480, "Complete"),
    ("analytics", "partition-cleanup", "0 * * * *", False, f"{R}/data/cleanup:1.0.2", 60, "Failed"),
    ("payments", "settlement-export", "30 3 * * *", False, f"{R}/pay/export:2.1.1", 390, "Failed"),
    ("search", "reindex", "0 4 * * 0", True, f"{R}/find/reindex:8.0.0", 10000, "Complete"),
    ("shop", "sitemap", "*/30 * * * *", False, f"{R}/shop/sitemap:1.1.0", 30, "Complete"),
    ("staging", "seed-data", "0 6 * * 1", True, f"{R}/shop/seed:0.3.0", 20000, "Complete"),
)
ONE_OFF_JOBS = (
    ("identity", "rotate-signing-key", f"{R}/id/rotate:1.0.0", 2000, "Complete"),
    ("payments", "migrate-ledger-44", f"{R}/pay/ledger:4.4.0", 4400, "Complete"),
    ("shop", "backfill-prices", f"{R}/shop/backfill:0.1.0", 25, "Running"),
)
CONFIG_MAPS = {
    "shop": ("shop-settings", "feature-flags", "storefront-nginx", "old-banner"),
    "payments": ("fraud-rules", "psp-endpoints"),
    "search": ("router-config",),
    "analytics": ("collector-config",),
    "identity": ("login-theme",),
    "kube-system": ("coredns", "kube-proxy"),
    "staging": ("shop-settings",),
}
SECRETS = {
    "shop": (("shop-db", "username password"), ("cart-redis", "url"), ("tls-shop", "tls.crt tls.key")),
    "payments": (
        ("db-credentials", "username password"),
        ("psp-keys", "public private"),
        ("old-psp-keys", "private"),
    ),
    "identity": (
        ("oidc-signing", "jwk"),
        ("smtp", "password"),
        ("tls-login", "tls.crt tls.key"),
        ("backup", "key"),
    ),
    "analytics": (("warehouse-admin", "password"),),
}
CLAIMS = (
    # namespace, name, size, class, bound
    ("payments", "invoice-archive", "50Gi", "standard", True),
    ("media", "media-scratch", "200Gi", "fast", True),
    ("media", "media-archive", "2Ti", "cold", False),
    ("staging", "test-data", "10Gi", "gold", False),
)
STORAGE_CLASSES = (("standard", True), ("fast", False), ("cold", False))
SERVICES = (
    # namespace, name, workload it selects ('' for one that selects nothing there is)
    ("shop", "checkout-api", "checkout-api"), ("shop", "catalog-api", "catalog-api"), ("shop", "cart", "cart"),
    ("shop", "storefront", "storefront"), ("shop", "recommender", "recommender"), ("shop", "wishlist", "wishlist"),
    ("payments", "payment-gateway", "payment-gateway"), ("payments", "ledger", "ledger"),
    ("payments", "fraud-check", "fraud-check"), ("payments", "chargebacks", ""),
    ("search", "search-ui", "search-ui"), ("search", "query-router", "query-router"),
    ("search", "index-store", "index-store"), ("search", "crawler", "crawler"),
    ("analytics", "event-collector", "event-collector"), ("analytics", "warehouse", "warehouse"),
    ("analytics", "dashboards", "dashboards"), ("identity", "login", "login"),
    ("identity", "session-store", "session-store"), ("monitoring", "prometheus", "prometheus"),
    ("monitoring", "alertmanager", "alertmanager"), ("kube-system", "kube-dns", "coredns"),
    ("staging", "checkout-api", "checkout-api"), ("staging", "load-generator", "load-generator"),
)  # fmt: skip
AUTOSCALERS = (
    # namespace, name (and Deployment), min, max, current, desired
    ("shop", "checkout-api", 2, 4, 4, 4),
    ("shop", "storefront", 3, 12, 5, 5),
    ("payments", "payment-gateway", 3, 8, 3, 3),
    ("search", "query-router", 2, 3, 3, 3),
    ("media", "transcoder", 1, 6, 4, 4),
)
INGRESSES = (
    ("shop", "shop-web", "shop.example", "storefront"),
    ("search", "search-web", "search.example", "search-ui"),
    ("identity", "login-web", "login.example", "login"),
)
QUOTAS = (
    (
        "staging",
        "staging-quota",
        {"requests.cpu": ("700m", "2"), "requests.memory": ("3Gi", "4Gi"), "pods": ("2", "10")},
    ),
    ("media", "media-quota", {"requests.memory": ("6Gi", "32Gi"), "pods": ("7", "40")}),
)
SCALED = (("media", "transcoder", 3, 4, 12), ("shop", "storefront", 4, 5, 95))
"""Deployments whose ReplicaSet was scaled: from, to, minutes ago."""
CHANGED_BY_HAND = (("shop", "feature-flags", 44),)
"""ConfigMaps that were written to: minutes ago."""
