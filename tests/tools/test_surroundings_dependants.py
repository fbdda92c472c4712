"""Who would feel a change of an object: what routes to it, scales it, names it, reads it, runs on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cluster.harness import KubeCluster
from fakes.kube_api import KubeApi
from fakes.replays import Json, Make, Serve, Tree

import interlock
from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.reader import ClusterReader, ClusterReads
from interlock.core.errors import Forbidden, Unreachable
from interlock.core.replay.manifest import Replay
from interlock.core.surroundings import Surroundings
from interlock.tools.surroundings import ClusterSurroundings

WEB = {"app": "web"}
DEMO = Path(interlock.__file__).parent / "evals" / "replays" / "demo"
EMPTY = {
    "pods": (),
    "services": (),
    "deployments.apps": (),
    "statefulsets.apps": (),
    "daemonsets.apps": (),
    "replicasets.apps": (),
    "jobs.batch": (),
    "cronjobs.batch": (),
    "configmaps": (),
    "ingresses.networking.k8s.io": (),
    "poddisruptionbudgets.policy": (),
    "horizontalpodautoscalers.autoscaling": (),
}


def template(labels: dict[str, str], *env: Json, **spec: object) -> Json:
    container = {"name": "c", "image": "i", "env": list(env)}
    return {"metadata": {"labels": labels}, "spec": {"containers": [container], **spec}}


def workload(
    make: Make, kind: str, name: str, *env: Json, labels: dict[str, str] | None = None, **spec: object
) -> Json:
    made = template(labels or {"app": name}, *env, **spec)
    inner = {"jobTemplate": {"spec": {"template": made}}} if kind == "CronJob" else {"template": made}
    return make(kind, name, spec=inner)


def placed(pod: Json, **metadata: object) -> Json:
    """The pod with more metadata."""
    pod["metadata"] |= metadata
    return pod


def told(cluster: ClusterReads, kind: str, name: str, namespace: str = "shop") -> list[tuple[str, str]]:
    around: Surroundings = ClusterSurroundings(lambda _name: cluster)
    found = around.dependants("toy", cluster.get(kind, name, namespace or None))
    return [(each.subject, each.how) for each in found]


@pytest.fixture
def shop(tree: Tree, make_object: Make, make_pod: Make) -> Tree:
    """A Deployment `web` with one pod, and a recorded (empty) list of everything else."""
    for kind, items in EMPTY.items():
        tree.objects("shop", kind, *items)
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "web-5d9c7b6f4",
        "uid": "rs",
        "controller": True,
    }
    pod = placed(make_pod("web-5d9c7b6f4-abcde"), labels=WEB, ownerReferences=[owner])
    pod["status"]["podIP"] = "10.0.0.7"
    above = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "web",
        "uid": "uid-Deployment-web",
        "controller": True,
    }
    replicaset = make_object(
        "ReplicaSet", "web-5d9c7b6f4", metadata={"uid": "rs", "labels": WEB, "ownerReferences": [above]}
    )
    tree.objects("shop", "pods", pod).objects("shop", "replicasets.apps", replicaset)
    return tree.objects("shop", "deployments.apps", workload(make_object, "Deployment", "web"))


def service(make: Make, name: str, selector: dict[str, str] | None) -> Json:
    return make("Service", name, spec={"selector": selector} if selector else {})


def test_services_budgets_and_scalers_of_a_workload_are_named(
    shop: Tree, served: Serve, make_object: Make
) -> None:
    shop.objects(
        "shop", "services", service(make_object, "web", WEB), service(make_object, "db", {"app": "db"})
    )
    budget = make_object("PodDisruptionBudget", "web", spec={"selector": {"matchLabels": WEB}})
    other = make_object("PodDisruptionBudget", "db", spec={"selector": {"matchLabels": {"app": "db"}}})
    shop.objects("shop", "poddisruptionbudgets.policy", budget, other)
    scaler = make_object(
        "HorizontalPodAutoscaler", "web", spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}}
    )
    wrong = make_object(
        "HorizontalPodAutoscaler", "db", spec={"scaleTargetRef": {"kind": "StatefulSet", "name": "web"}}
    )
    shop.objects("shop", "horizontalpodautoscalers.autoscaling", scaler, wrong)
    expected = [
        ("Service shop/web", "selects its pods"),
        ("PodDisruptionBudget shop/web", "limits its disruptions"),
        ("HorizontalPodAutoscaler shop/web", "scales it"),
    ]
    cluster = served(shop.replay())
    for kind, name in (
        ("deployments", "web"),
        ("replicasets", "web-5d9c7b6f4"),
        ("pods", "web-5d9c7b6f4-abcde"),
    ):
        assert told(cluster, kind, name) == expected


def test_a_workload_without_pods_is_known_by_its_template(
    shop: Tree, served: Serve, make_object: Make
) -> None:
    shop.objects("shop", "pods").objects("shop", "replicasets.apps")
    shop.objects("shop", "services", service(make_object, "web", WEB))
    shop.objects(
        "shop",
        "poddisruptionbudgets.policy",
        make_object("PodDisruptionBudget", "web", spec={"selector": {"matchLabels": WEB}}),
    )
    assert told(served(shop.replay()), "deployments", "web") == [
        ("Service shop/web", "selects its pods"),
        ("PodDisruptionBudget shop/web", "limits its disruptions"),
    ]


@pytest.mark.parametrize("form", ["endpoints", "endpointslices"])
def test_a_service_whose_addresses_are_written_by_hand_counts(
    shop: Tree, served: Serve, make_object: Make, form: str
) -> None:
    shop.objects(
        "shop", "services", service(make_object, "by-hand", None), service(make_object, "else", None)
    )
    if form == "endpoints":
        held = [
            make_object("Endpoints", n, subsets=[{"addresses": [{"ip": ip}]}])
            for n, ip in (("by-hand", "10.0.0.7"), ("else", "10.9.9.9"))
        ]
        shop.objects("shop", "endpoints", *held)
    else:
        of = {"labels": {"kubernetes.io/service-name": "by-hand"}}
        shop.objects(
            "shop",
            "endpointslices.discovery.k8s.io",
            make_object("EndpointSlice", "x", metadata=of, endpoints=[{"addresses": ["10.0.0.7"]}]),
        )
    cluster = served(shop.replay())
    assert ("Service shop/by-hand", "has the addresses of its pods") in told(cluster, "deployments", "web")
    assert ("Service shop/by-hand", "has the addresses of its pods") in told(
        cluster, "pods", "web-5d9c7b6f4-abcde"
    )
    assert "Service shop/else" not in dict(told(cluster, "deployments", "web"))


INGRESS = {
    "v1": lambda name: {"service": {"name": name}},
    "v1beta1": lambda name: {"serviceName": name},
}


@pytest.mark.parametrize("version", INGRESS)
def test_what_routes_to_it_is_named_with_its_hosts(
    shop: Tree, served: Serve, make_object: Make, version: str
) -> None:
    backend = INGRESS[version]
    shop.objects("shop", "services", service(make_object, "web", WEB))
    rules = [
        {
            "host": "shop.example.org",
            "http": {"paths": [{"backend": backend("web")}, {"backend": backend("db")}]},
        },
        {"http": {"paths": [{"backend": backend("web")}]}},
    ]
    default = {"defaultBackend" if version == "v1" else "backend": backend("web")}
    shop.objects(
        "shop",
        "ingresses.networking.k8s.io",
        make_object("Ingress", "front", spec={"rules": rules, **default}),
    )
    said = (
        "Ingress shop/front",
        "routes what no rule names, shop.example.org, every host to Service shop/web",
    )
    cluster = served(shop.replay())
    assert said in told(cluster, "deployments", "web")
    assert said in told(cluster, "services", "web")


def test_routes_of_the_gateway_api_count_where_there_are_any(
    shop: Tree, served: Serve, make_object: Make
) -> None:
    shop.objects("shop", "services", service(make_object, "web", WEB))
    backends = [{"name": "web"}, {"name": "db"}]
    route = make_object(
        "HTTPRoute", "front", spec={"hostnames": ["shop.example.org"], "rules": [{"backendRefs": backends}]}
    )
    away = make_object(
        "HTTPRoute",
        "away",
        spec={
            "rules": [
                {"backendRefs": [{"name": "web", "namespace": "else"}, {"name": "web", "kind": "Bucket"}]}
            ]
        },
    )
    every = make_object(
        "HTTPRoute", "every", spec={"rules": [{"backendRefs": [{"name": "web", "kind": "Service"}]}]}
    )
    for each in (route, away, every):
        each["apiVersion"] = "gateway.networking.k8s.io/v1"
    shop.objects("shop", "httproutes.gateway.networking.k8s.io", route, away, every)
    assert told(served(shop.replay()), "services", "web") == [
        ("HTTPRoute shop/every", "routes every host to Service shop/web"),
        ("HTTPRoute shop/front", "routes shop.example.org to Service shop/web"),
    ]


def env(name: str, value: str) -> Json:
    return {"name": name, "value": value}


def test_workloads_that_name_its_service_are_named_and_itself_is_not(
    shop: Tree, served: Serve, make_object: Make
) -> None:
    shop.objects("shop", "services", service(make_object, "web", WEB))
    shop.objects(
        "shop",
        "deployments.apps",
        workload(make_object, "Deployment", "web", env("SELF", "http://web:80")),
        workload(
            make_object, "Deployment", "cart", env("SHOP", "http://web.shop.svc.cluster.local:8080/api")
        ),
        workload(make_object, "Deployment", "bare", env("WEB_HOST", "web")),
        workload(make_object, "Deployment", "colour", env("FLAVOUR", "web")),
        workload(
            make_object,
            "Deployment",
            "away",
            env("SHOP", "http://web.other.svc:80"),
            env("URL", "https://web.example.org"),
        ),
        workload(
            make_object, "Deployment", "reader", envFrom=[], volumes=[{"configMap": {"name": "settings"}}]
        ),
    )
    shop.objects(
        "shop", "cronjobs.batch", workload(make_object, "CronJob", "nightly", env("URL", "http://web:80"))
    )
    maps = make_object("ConfigMap", "settings", data={"app.yaml": "backend: http://web.shop:80\n", "x": "y"})
    shop.objects("shop", "configmaps", maps, make_object("ConfigMap", "plain", data={"colour": "web"}))
    callers = [
        ("Deployment shop/bare", "names Service shop/web in its environment or arguments"),
        ("Deployment shop/cart", "names Service shop/web in its environment or arguments"),
        ("Deployment shop/reader", "reads ConfigMap settings, which names Service shop/web"),
        ("CronJob shop/nightly", "names Service shop/web in its environment or arguments"),
    ]
    cluster = served(shop.replay())
    assert told(cluster, "deployments", "web") == [("Service shop/web", "selects its pods"), *callers]
    assert told(cluster, "services", "web") == callers


def test_workloads_of_other_namespaces_are_counted_and_not_named(
    shop: Tree, served: Serve, make_object: Make
) -> None:
    shop.objects("shop", "services", service(make_object, "web", WEB))
    callers = [
        workload(make_object, "Deployment", name, env("U", "http://web.shop:80"))
        for name in ("vault", "hidden")
    ]
    for each in callers:
        each["metadata"]["namespace"] = "secretive"
    shop.objects("secretive", "deployments.apps", *callers)
    found = told(served(shop.replay()), "services", "web")
    assert found == [("2 workloads of other namespaces", "named Service web by address")]
    shop.objects("secretive", "deployments.apps", callers[0])
    assert told(served(shop.replay()), "services", "web") == [
        ("1 workload of other namespaces", "named Service web by address")
    ]


@pytest.mark.parametrize(
    ("kind", "resource", "spec", "how"),
    [
        ("ConfigMap", "configmaps", {"volumes": [{"configMap": {"name": "it"}}]}, "uses it as a volume"),
        ("Secret", "secrets", {"imagePullSecrets": [{"name": "it"}]}, "uses it to pull images"),
        ("ServiceAccount", "serviceaccounts", {"serviceAccountName": "it"}, "uses it to run under"),
        (
            "PersistentVolumeClaim",
            "persistentvolumeclaims",
            {"volumes": [{"persistentVolumeClaim": {"claimName": "it"}}]},
            "uses it as a volume",
        ),
    ],
)
def test_what_reads_a_configuration_is_named_once_for_its_pods(
    shop: Tree,
    served: Serve,
    make_object: Make,
    make_pod: Make,
    kind: str,
    resource: str,
    spec: Json,
    how: str,
) -> None:
    shop.objects("shop", resource, make_object(kind, "it"))
    shop.objects("shop", "statefulsets.apps", workload(make_object, "StatefulSet", "db", **spec))
    owner = {"kind": "StatefulSet", "name": "db", "controller": True}
    pods = [placed(make_pod("db-0"), ownerReferences=[owner]), make_pod("lonely")]
    for pod in pods:
        pod["spec"] |= spec
    shop.objects("shop", "pods", *pods)
    expected = [("StatefulSet shop/db", how), ("Pod shop/lonely", how)]
    if kind == "Secret":
        shop.objects(
            "shop",
            "ingresses.networking.k8s.io",
            make_object("Ingress", "front", spec={"tls": [{"secretName": "it"}]}),
        )
        expected.append(("Ingress shop/front", "uses it for TLS"))
    assert told(served(shop.replay()), resource, "it") == expected


def test_a_node_is_felt_by_the_workloads_that_run_on_it_but_not_by_daemonsets(
    shop: Tree, served: Serve, make_object: Make, make_pod: Make
) -> None:
    def owned(name: str, kind: str, by: str, node: str = "node-1", **labels: str) -> Json:
        refs = [{"kind": kind, "name": by, "controller": True}]
        pod = placed(make_pod(name), ownerReferences=refs, labels=labels)
        pod["spec"]["nodeName"] = node
        return pod

    shop.objects("", "nodes", make_object("Node", "node-1", ""))
    shop.objects(
        "shop",
        "pods",
        owned("web-5d9c7b6f4-aaaaa", "ReplicaSet", "web-5d9c7b6f4", **{"pod-template-hash": "5d9c7b6f4"}),
        owned("web-5d9c7b6f4-bbbbb", "ReplicaSet", "web-5d9c7b6f4", **{"pod-template-hash": "5d9c7b6f4"}),
        owned("db-0", "StatefulSet", "db"),
        owned("agent-xyz", "DaemonSet", "agent"),
        owned("away-0", "StatefulSet", "away", node="node-2"),
        make_pod("alone"),
    )
    assert told(served(shop.replay()), "nodes", "node-1", "") == [
        ("Deployment shop/web", "runs 2 pods on it"),
        ("Pod shop/alone", "runs 1 pod on it"),
        ("StatefulSet shop/db", "runs 1 pod on it"),
    ]


def test_what_a_scaler_or_gitops_keeps_is_named(shop: Tree, served: Serve, make_object: Make) -> None:
    scaler = make_object(
        "HorizontalPodAutoscaler", "web", spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}}
    )
    shop.objects("shop", "horizontalpodautoscalers.autoscaling", scaler)
    application = make_object(
        "Application",
        "shop",
        status={"resources": [{"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"}]},
    )
    application["apiVersion"] = "argoproj.io/v1alpha1"
    entries = [
        {"id": "shop_web_apps_Deployment", "v": "v1"},
        {"id": "_a__b_rbac.authorization.k8s.io_ClusterRole", "v": "v1"},
    ]
    applied = make_object("Kustomization", "shop", status={"inventory": {"entries": entries}})
    applied["apiVersion"] = "kustomize.toolkit.fluxcd.io/v1"
    shop.objects("shop", "applications.argoproj.io", application)
    shop.objects("shop", "kustomizations.kustomize.toolkit.fluxcd.io", applied)
    cluster = served(shop.replay())
    assert told(cluster, "horizontalpodautoscalers", "web") == [("Deployment shop/web", "is scaled by it")]
    assert told(cluster, "applications.argoproj.io", "shop") == [("Deployment shop/web", "is kept by it")]
    assert told(cluster, "kustomizations.kustomize.toolkit.fluxcd.io", "shop") == [
        ("Deployment shop/web", "is kept by it"),
        ("ClusterRole a__b", "is kept by it"),
    ]


def test_of_very_many_dependants_the_rest_is_counted(shop: Tree, served: Serve, make_object: Make) -> None:
    listed = [{"group": "", "kind": "ConfigMap", "namespace": "shop", "name": f"m{i}"} for i in range(45)]
    application = make_object("Application", "shop", status={"resources": listed})
    application["apiVersion"] = "argoproj.io/v1alpha1"
    shop.objects("shop", "applications.argoproj.io", application)
    found = told(served(shop.replay()), "applications.argoproj.io", "shop")
    assert len(found) == 41 and found[-1] == ("5 more", "are not named here")


def test_a_kind_that_nothing_depends_on_and_no_object_at_all_have_none(
    shop: Tree, served: Serve, make_object: Make
) -> None:
    shop.objects("shop", "networkpolicies.networking.k8s.io", make_object("NetworkPolicy", "deny"))
    cluster = served(shop.replay())
    assert told(cluster, "networkpolicies", "deny") == []
    around = ClusterSurroundings(lambda _name: pytest.fail("nothing is read for no object"))
    assert around.dependants("toy", KubeObject({})) == ()
    assert around.owner("toy", KubeObject({})) is None


def test_what_the_server_does_not_hold_is_said(tree: Tree, served: Serve, make_object: Make) -> None:
    tree.objects("shop", "deployments.apps", workload(make_object, "Deployment", "web"))
    found = told(served(tree.replay()), "deployments", "web")
    assert ("services", "are not held here, so nothing is known of them") in found
    assert ("poddisruptionbudgets", "are not held here, so nothing is known of them") in found
    assert not [subject for subject, _ in found if "httproutes" in subject]


APPS = (
    ("deployments", "Deployment", True),
    ("replicasets", "ReplicaSet", True),
    ("statefulsets", "StatefulSet", True),
    ("daemonsets", "DaemonSet", True),
)
CORE = (("pods", "Pod", True), ("services", "Service", True), ("configmaps", "ConfigMap", True))


@pytest.fixture
def api(make_object: Make) -> KubeApi:
    """A server that holds `web` and its Service, and empty lists of all else."""
    made = KubeApi().serves("", "v1", *CORE).serves("apps", "v1", *APPS)
    for plural, _, _ in APPS:
        made.items(f"/apis/apps/v1/namespaces/shop/{plural}").items(f"/apis/apps/v1/{plural}")
    for plural, _, _ in CORE:
        made.items(f"/api/v1/namespaces/shop/{plural}")
    made.items("/apis/apps/v1/namespaces/shop/deployments", workload(make_object, "Deployment", "web"))
    return made.items("/api/v1/namespaces/shop/services", service(make_object, "web", WEB))


@pytest.mark.parametrize("kind", ["services", "pods", "configmaps"])
def test_what_may_not_be_read_refuses_rather_than_hides(api: KubeApi, served: Serve, kind: str) -> None:
    api.refuses(f"/api/v1/namespaces/shop/{kind}", f"{kind} is forbidden")
    with pytest.raises(Forbidden, match=kind):
        told(served(api), "deployments", "web")


def test_a_server_of_few_kinds_is_read_as_far_as_it_goes(api: KubeApi, served: Serve) -> None:
    found = dict(told(served(api), "deployments", "web"))
    assert found.pop("Service shop/web") == "selects its pods"
    assert set(found) == {"jobs", "cronjobs", "poddisruptionbudgets", "horizontalpodautoscalers", "ingresses"}


def test_a_server_that_fails_refuses(api: KubeApi, served: Serve) -> None:
    api.json("/api/v1/namespaces/shop/services", {"kind": "Status", "message": "etcd is gone"}, 500)
    with pytest.raises(Unreachable):
        told(served(api), "deployments", "web")


def test_other_namespaces_that_may_not_be_read_are_said_and_refuse_nothing(
    api: KubeApi, served: Serve
) -> None:
    api.refuses("/apis/apps/v1/deployments", "deployments is forbidden at the cluster scope")
    found = dict(told(served(api), "deployments", "web"))
    assert "not looked at: " in found["other namespaces"] and "forbidden" in found["other namespaces"]
    assert found["Service shop/web"] == "selects its pods"


def test_the_demo_cluster_tells_who_would_feel_a_restart(served: Serve) -> None:
    cluster = served(Replay.load(DEMO))
    first = cluster.list("deployments").objects[0]
    assert told(cluster, "deployments", first.name, first.namespace)


def test_on_a_real_server_everything_around_a_workload_is_found(
    kube_cluster: KubeCluster, kube_namespace: str
) -> None:
    space = kube_namespace

    def apply(version: str, kind: str, name: str, **parts: object) -> None:
        kube_cluster.apply(
            {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": space}, **parts}
        )

    def deployment(name: str, *variables: Json) -> None:
        spec = {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": template({"app": name}, *variables),
        }
        apply("apps/v1", "Deployment", name, spec=spec)

    deployment("web")
    deployment("cart", env("SHOP", f"http://web.{space}.svc:80"))
    apply("v1", "Service", "web", spec={"selector": WEB, "ports": [{"port": 80}]})
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {
        "host": "shop.example.org",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
    }
    apply("networking.k8s.io/v1", "Ingress", "front", spec={"rules": [rule]})
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    apply(
        "autoscaling/v1", "HorizontalPodAutoscaler", "web", spec={"scaleTargetRef": target, "maxReplicas": 3}
    )
    apply(
        "policy/v1beta1",
        "PodDisruptionBudget",
        "web",
        spec={"minAvailable": 1, "selector": {"matchLabels": WEB}},
    )
    pki = kube_cluster.root / "pki"
    login = (str(pki / "admin.crt"), str(pki / "admin.key"))
    endpoint = Endpoint(kube_cluster.url, ca_file=str(kube_cluster.ca_file), client_cert=login)
    cluster = ClusterReader("test", HttpTransport(endpoint))
    try:
        found = told(cluster, "deployments", "web", space)
    finally:
        cluster.close()
    assert found == [
        (f"Service {space}/web", "selects its pods"),
        (f"PodDisruptionBudget {space}/web", "limits its disruptions"),
        (f"HorizontalPodAutoscaler {space}/web", "scales it"),
        (f"Ingress {space}/front", f"routes shop.example.org to Service {space}/web"),
        (f"Deployment {space}/cart", f"names Service {space}/web in its environment or arguments"),
    ]
