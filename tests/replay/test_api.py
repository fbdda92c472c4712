"""Requests and answers without HTTP: lists in pages, watches, single reads, refusals, reviews."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.trees import TABLE, Api, pod, refusal, thing

METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
FILES = {
    "nodes.json": [thing("Node", "n1")],
    "shop/pods.json": [pod(n, metadata={"labels": {"app": n[0]}}) for n in ("b1", "a1", "a2")],
    "shop-2/pods.json": [pod("z", "shop-2")],
    "shop/deployments.json": [
        thing(
            "Deployment",
            "web",
            "shop",
            "apps/v1",
            spec={"replicas": 3, "selector": {"matchLabels": {"b": "c", "a": "x"}}},
        )
    ],
}


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return Api.over(tmp_path, FILES)


def test_a_list_is_in_the_order_of_the_servers_store(api: Api) -> None:
    assert api.names("/api/v1/namespaces/shop/pods") == ["a1", "a2", "b1"]
    # '-' sorts before '/': the keys are whole paths there
    assert api.names("/api/v1/pods") == ["z", "a1", "a2", "b1"]


def test_a_list_and_its_items_name_their_kind(api: Api) -> None:
    listed = api.json("/apis/apps/v1/deployments")
    assert (listed["kind"], listed["apiVersion"]) == ("DeploymentList", "apps/v1")
    assert listed["metadata"] == {"resourceVersion": "7"}


def test_pages_follow_each_other_without_gap_or_repetition(api: Api) -> None:
    seen: list[str] = []
    token = ""
    while True:
        page = api.json(f"/api/v1/pods?limit=1&continue={token}")
        seen += [item["metadata"]["name"] for item in page["items"]]
        token = page["metadata"].get("continue", "")
        if not token:
            break
        assert page["metadata"]["remainingItemCount"] == 4 - len(seen)
    assert seen == ["z", "a1", "a2", "b1"]


def test_a_page_of_a_selection_counts_only_what_is_selected(api: Api) -> None:
    page = api.json("/api/v1/namespaces/shop/pods?limit=1&labelSelector=app=a")
    assert [i["metadata"]["name"] for i in page["items"]] == ["a1"]
    assert "remainingItemCount" not in page["metadata"]
    token = page["metadata"]["continue"]
    rest = api.names(f"/api/v1/namespaces/shop/pods?limit=1&labelSelector=app=a&continue={token}")
    assert rest == ["a2"]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.from_regex(r"[a-z]{1,3}/[a-z0-9]{1,3}", fullmatch=True), max_size=12, unique=True),
    st.integers(1, 5),
)
def test_pages_of_any_size_together_are_the_whole_list(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], limit: int
) -> None:
    files: dict[str, object] = {"shop/services.json": []}
    for key in keys:
        namespace, _, name = key.partition("/")
        files.setdefault(f"{namespace}/pods.json", [])
        files[f"{namespace}/pods.json"].append(pod(name, namespace))  # type: ignore[attr-defined]
    api = Api.over(tmp_path_factory.mktemp("r"), files if keys else {"shop/pods.json": []})
    seen, token = [], ""
    while True:
        page = api.json(f"/api/v1/pods?limit={limit}&continue={token}")
        seen += [f"{i['metadata']['namespace']}/{i['metadata']['name']}" for i in page["items"]]
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert seen == sorted(keys)


@pytest.mark.parametrize(
    "query",
    [
        "limit=x",
        "continue=foo",
        "continue=%ff",
        "labelSelector=a==b==c",
        "fieldSelector=spec.foo=1",
        "timeoutSeconds=x&watch=1",
    ],
)
def test_a_query_that_the_server_would_refuse_is_refused(api: Api, query: str) -> None:
    assert refusal(api.ask(f"/api/v1/pods?{query}"))[0] == 400


def test_an_object_is_read_by_name_or_not_found_as_the_server_says_it(api: Api) -> None:
    found = api.json("/api/v1/namespaces/shop/pods/a1")
    assert (found["kind"], found["apiVersion"], found["metadata"]["name"]) == ("Pod", "v1", "a1")
    answer = api.ask("/apis/apps/v1/namespaces/shop/deployments/nope")
    assert refusal(answer) == (404, 'deployments.apps "nope" not found')
    assert json.loads(answer.body)["details"] == {"name": "nope", "group": "apps", "kind": "deployments"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/pods/a1",
        "/api/v1/namespaces/shop/nodes",
        "/api/v1/namespaces/shop/pods/a1/nonsense",
        "/api/v1/foos",
        "/apis/foo.io/v1/foos",
        "/apis/foo.io",
        "/apis/apps/v9",
        "/api/v2",
        "/apis/apps/v9/deployments",
        "/nonsense",
        "/",
        "/api/v1/namespaces/%2e%2e/pods/..%2f..%2fx",
        "/openapi/v2",
    ],
)
def test_a_path_that_names_nothing_is_not_found(api: Api, path: str) -> None:
    assert refusal(api.ask(path))[0] == 404


def test_metadata_alone_can_be_asked_for(api: Api) -> None:
    listed = api.json("/api/v1/pods", METADATA)
    assert listed["kind"] == "PartialObjectMetadataList"
    assert set(listed["items"][0]) == {"kind", "apiVersion", "metadata"}
    one = api.json("/api/v1/nodes/n1", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")
    assert set(one) == {"kind", "apiVersion", "metadata"}


def test_what_cannot_be_represented_is_not_acceptable(api: Api) -> None:
    for accept in (
        "text/plain",
        "application/vnd.kubernetes.protobuf",
        "application/json;as=Table;v=v9;g=meta.k8s.io",
    ):
        assert refusal(api.ask("/api/v1/pods", accept))[0] == 406
    assert (
        api.json("/api/v1/pods", "application/vnd.kubernetes.protobuf,application/json")["kind"] == "PodList"
    )
    assert api.json("/api/v1/pods", "application/json;as=Table;v=v9;g=meta.k8s.io,*/*")["kind"] == "PodList"


def test_a_watch_begins_with_what_is_there_unless_the_client_has_it(api: Api) -> None:
    url = "/api/v1/namespaces/shop/pods?watch=true"
    events = [json.loads(line) for line in api.text(url).splitlines()]
    assert [(e["type"], e["object"]["metadata"]["name"]) for e in events] == [
        ("ADDED", n) for n in ("a1", "a2", "b1")
    ]
    assert api.text(f"{url}&resourceVersion=7") == ""
    assert api.text(f"{url}&resourceVersion=0").count("ADDED") == 3
    assert api.text(f"{url}&labelSelector=app=b").count("ADDED") == 1
    assert api.text("/api/v1/watch/namespaces/shop/pods/a1").count("ADDED") == 1
    assert api.ask(f"{url}&timeoutSeconds=9").hold == 9
    assert api.ask(url).hold == 0


def test_a_client_that_lists_by_watching_is_told_where_the_list_ends(api: Api) -> None:
    url = "/api/v1/namespaces/shop/pods?watch=true&sendInitialEvents=true&resourceVersion=5&allowWatchBookmarks=true"
    *added, end = map(json.loads, api.text(url).splitlines())
    assert {event["type"] for event in added} == {"ADDED"}
    assert (end["type"], end["object"]["kind"]) == ("BOOKMARK", "Pod")
    assert end["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_watch_can_be_a_table(api: Api) -> None:
    answer = api.ask("/api/v1/nodes?watch=true", TABLE)
    (event,) = [json.loads(line) for line in b"".join(answer.stream or ()).splitlines()]
    assert event["object"]["kind"] == "Table"
    assert event["object"]["rows"][0]["cells"][0] == "n1"


def test_status_and_scale_are_read_as_subresources(api: Api) -> None:
    assert api.json("/api/v1/namespaces/shop/pods/a1/status")["kind"] == "Pod"
    scale = api.json("/apis/apps/v1/namespaces/shop/deployments/web/scale")
    assert (scale["kind"], scale["spec"]) == ("Scale", {"replicas": 3})
    assert scale["status"] == {"replicas": 0, "selector": "a=x,b=c"}


ONE = "/api/v1/namespaces/shop/pods/a1"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/namespaces/shop/pods"),
        ("PUT", ONE),
        ("PATCH", ONE),
        ("DELETE", ONE),
        ("DELETE", "/api/v1/namespaces/shop/pods"),
        ("POST", f"{ONE}/eviction"),
        ("POST", f"{ONE}/binding"),
        ("POST", f"{ONE}/exec"),
        ("GET", f"{ONE}/exec"),
        ("GET", f"{ONE}/attach"),
        ("GET", f"{ONE}/portforward"),
        ("GET", f"{ONE}/proxy/metrics"),
        ("GET", "/api/v1/nodes/n1/proxy/exec"),
        ("PUT", "/apis/apps/v1/namespaces/shop/deployments/web/scale"),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web/scale"),
        ("PATCH", "/api/v1/nodes/n1/status"),
        ("PUT", "/api/v1/namespaces/shop/finalize"),
        ("POST", "/api/v1/namespaces/shop/serviceaccounts/default/token"),
        ("POST", "/apis/authentication.k8s.io/v1/tokenreviews"),
        ("POST", "/apis/not.recorded/v1/things"),
        ("POST", "/version"),
        ("OPTIONS", "/api/v1/pods"),
        ("PUT", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
        ("BREW", "/api/v1/pods"),
    ],
)
def test_every_write_is_refused_with_a_status(api: Api, method: str, path: str) -> None:
    answer = api.ask(path, method=method, body=b"{}")
    assert answer.code == 405
    assert json.loads(answer.body)["reason"] == "MethodNotAllowed"
    assert "read-only" in refusal(answer)[1]


@pytest.mark.parametrize(
    ("plural", "attributes", "allowed"),
    [
        (
            "selfsubjectaccessreviews",
            {"resourceAttributes": {"verb": "get", "resource": "pods", "subresource": "log"}},
            True,
        ),
        ("selfsubjectaccessreviews", {"resourceAttributes": {"verb": "list", "resource": "pods"}}, True),
        (
            "subjectaccessreviews",
            {"user": "ann", "resourceAttributes": {"verb": "watch", "resource": "pods"}},
            True,
        ),
        (
            "subjectaccessreviews",
            {"user": "ann", "resourceAttributes": {"verb": "delete", "resource": "pods"}},
            False,
        ),
        ("selfsubjectaccessreviews", {"resourceAttributes": {"verb": "get", "subresource": "exec"}}, False),
        ("selfsubjectaccessreviews", {"resourceAttributes": {"verb": "*"}}, False),
        ("selfsubjectaccessreviews", {"nonResourceAttributes": {"verb": "get", "path": "/version"}}, True),
        ("selfsubjectaccessreviews", {}, False),
    ],
)
def test_an_access_review_allows_reads_and_denies_the_rest(
    api: Api, plural: str, attributes: dict[str, object], allowed: bool
) -> None:
    path = f"/apis/authorization.k8s.io/v1/{plural}"
    answer = api.ask(path, method="POST", body=json.dumps({"spec": attributes}).encode())
    assert answer.code == 201
    assert json.loads(answer.body)["status"]["allowed"] is allowed


def test_a_rules_review_says_read_only(api: Api) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    answer = api.ask(path, method="POST", body=b'{"spec": {"namespace": "shop"}}')
    assert json.loads(answer.body)["status"]["resourceRules"][0]["verbs"] == ["get", "list", "watch"]


@settings(deadline=None)
@given(st.binary(max_size=40), st.booleans())
def test_any_body_of_a_review_is_answered(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, envelope: bool
) -> None:
    api = Api.over(tmp_path_factory.mktemp("r"), {"nodes.json": []})
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answer = api.ask(path, method="POST", body=b"k8s\0" * envelope + body)
    assert answer.code in {201, 400}


def test_discovery_lists_what_was_recorded_and_nothing_else(api: Api) -> None:
    assert api.json("/api")["versions"] == ["v1"]
    assert [g["name"] for g in api.json("/apis")["groups"]] == ["apps"]
    assert api.json("/apis/apps")["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}
    resources = {r["name"]: r for r in api.json("/apis/apps/v1")["resources"]}
    assert set(resources) == {"deployments", "deployments/scale", "deployments/status"}
    assert resources["deployments"]["shortNames"] == ["deploy"]
    assert resources["deployments/scale"]["kind"] == "Scale"


def test_discovery_is_in_one_piece_only_where_the_recorded_server_had_it_so(tmp_path: Path) -> None:
    old = Api.over(tmp_path / "old", FILES)
    assert json.loads(old.ask("/apis", AGGREGATED).body)["kind"] == "APIGroupList"
    only = AGGREGATED.removesuffix(",application/json")
    assert old.ask("/apis", only).code == 406  # as 1.20 answers who accepts nothing else
    middle = Api.over(tmp_path / "middle", {**FILES, "recorded.json": _aggregated("v2beta1")})
    assert middle.ask("/apis", only).code == 406
    both = f"{only},{only.replace('v=v2', 'v=v2beta1')}"
    assert json.loads(middle.ask("/apis", both).body)["apiVersion"] == "apidiscovery.k8s.io/v2beta1"


def _aggregated(*versions: str) -> dict[str, object]:
    return {"formatVersion": 1, "discovery": {"aggregated": [*versions]}}


def test_aggregated_discovery_tells_the_same(tmp_path: Path) -> None:
    api = Api.over(tmp_path, {**FILES, "recorded.json": _aggregated("v2", "v2beta1")})
    answer = api.ask("/apis", AGGREGATED)
    assert answer.content_type == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    (group,) = json.loads(answer.body)["items"]
    (resource,) = group["versions"][0]["resources"]
    assert (resource["resource"], resource["scope"]) == ("deployments", "Namespaced")
    assert {s["subresource"] for s in resource["subresources"]} == {"scale", "status"}
    (core,) = json.loads(api.ask("/api", AGGREGATED).body)["items"]
    assert [r["resource"] for r in core["versions"][0]["resources"]] == ["nodes", "pods"]


def test_recorded_discovery_keeps_what_cannot_be_listed_and_drops_what_was_not_recorded(
    tmp_path: Path,
) -> None:
    verbs = ["get", "list"]
    core = [
        {"name": "bindings", "namespaced": True, "kind": "Binding", "verbs": ["create"], "singularName": ""},
        {"name": "pods", "namespaced": True, "kind": "Pod", "verbs": verbs, "singularName": "pod"},
        {"name": "pods/log", "namespaced": True, "kind": "Pod", "verbs": ["get"], "singularName": ""},
        {"name": "secrets", "namespaced": True, "kind": "Secret", "verbs": verbs, "singularName": "secret"},
        {"name": "secrets/x", "namespaced": True, "kind": "Secret", "verbs": ["get"], "singularName": ""},
    ]
    lists = [{"kind": "APIResourceList", "groupVersion": "v1", "resources": core}]
    entry = {
        "group": "",
        "version": "v1",
        "kind": "Pod",
        "plural": "pods",
        "namespaced": True,
        "namespaces": ["shop"],
    }
    account = {"formatVersion": 1, "resources": [entry], "discovery": {"groups": [], "resources": lists}}
    api = Api.over(tmp_path, {"recorded.json": account, "shop/pods.json": []})
    assert [r["name"] for r in api.json("/api/v1")["resources"]] == ["bindings", "pods", "pods/log"]


def test_health_and_version_are_answered(api: Api) -> None:
    assert api.ask("/readyz").body == b"ok"
    assert api.json("/version")["gitVersion"] == "v0.0.0-replay"
