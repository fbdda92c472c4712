"""Split mode on a real API server with RBAC: what the chat process holds is refused every write by the server itself.

No code of ours stands between: requests are made by hand with the accounts' own tokens, each as a dry run, so that a
hole would show and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cluster.harness import KubeCluster

from interlock.agent.runtime import open_runtime
from interlock.approvals.errors import Answered
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.permits import PERMITS, Permit
from interlock.approvals.previewer import ClusterPreviewer
from interlock.core.clusters.connect import endpoint_of
from interlock.core.clusters.settings import ClusterSettings
from interlock.core.identity import Principal
from interlock.core.settings import Settings

if TYPE_CHECKING:
    from .conftest import Held, Manifests

pytestmark = pytest.mark.cluster
Json = dict[str, Any]
Credential = Callable[[str], "Held"]
Configured = Callable[[str], str]
CHAT, APPROVALS = "interlock-chat", "interlock-approvals"
DRY = "?dryRun=All"
METHODS = {
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "deletecollection": "DELETE",
}
CHANNELS = {"exec", "attach", "portforward", "proxy"}
# What every signed-in account may ask of itself: reads, although they are posted.
OWN_REVIEWS = {"selfsubjectaccessreviews", "selfsubjectrulesreviews"}
READER = {"Impersonate-User": "interlock-reader:ana"}


@dataclass(frozen=True)
class Attempt:
    """One verb on one resource of the server."""

    group: str
    resource: str
    verb: str
    path: str

    @property
    def method(self) -> str:
        return METHODS.get(self.verb, "GET")

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}.{self.group}"


def attempts(cluster: KubeCluster, namespace: str) -> list[Attempt]:
    """Every write and every channel that this server has, by its own discovery."""
    groups = cluster.must("GET", "/apis")["groups"]
    versions = ["v1", *(version["groupVersion"] for group in groups for version in group["versions"])]
    return [one for version in versions for one in _of(cluster, version, namespace)]


def _of(cluster: KubeCluster, version: str, namespace: str) -> Iterator[Attempt]:
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    for found in cluster.must("GET", base)["resources"]:
        plural, _, sub = found["name"].partition("/")
        space = f"/namespaces/{namespace}" if found["namespaced"] else ""
        collection = f"{base}{space}/{plural}"
        whole = f"{collection}/nobody{f'/{sub}' if sub else ''}"
        for verb in found["verbs"]:
            if verb in METHODS or (verb == "get" and sub in CHANNELS):
                on_collection = not sub and verb in ("create", "deletecollection")
                group = version.rpartition("/")[0]
                yield Attempt(group, found["name"], verb, collection if on_collection else whole)


def of_permit(each: Permit, namespace: str) -> Attempt:
    """The request that a permit allows, on an object that is not there."""
    plural, _, group = each.kind.partition(".")
    versions = {"apps": "v1", "batch": "v1", "autoscaling": "v1", "argoproj.io": "v1alpha1"}
    base = f"/apis/{group}/{versions.get(group, 'v1')}" if group else "/api/v1"
    if each.kind == "cronjobs.batch":
        base = "/apis/batch/v1beta1"  # all that this server has
    space = "" if each.kind == "nodes" else f"/namespaces/{namespace}"
    tail = {"create": "", "evict": "/nobody/eviction"}.get(each.verb, "/nobody")
    verb = "create" if each.verb == "evict" else each.verb
    name = f"{plural}/eviction" if each.verb == "evict" else plural
    return Attempt(group, name, verb, f"{base}{space}/{plural}{tail}")


def refused(status: int, said: Json) -> bool:
    """Refused by the authorizer: not missing, not malformed."""
    return status == 403 and said.get("reason") == "Forbidden"


@pytest.fixture(scope="module")
def namespace(installed: KubeCluster) -> str:
    """A namespace with one Deployment."""
    name = installed.add_namespace("split")
    pod = {"containers": [{"name": "api", "image": "registry.test/api:1"}]}
    template = {"metadata": {"labels": {"app": "api"}}, "spec": pod}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "api"}}, "template": template}
    meta = {"name": "api", "namespace": name}
    installed.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})
    return name


@pytest.mark.parametrize("each", PERMITS, ids=lambda each: f"{each.verb} {each.kind}")
@pytest.mark.parametrize("headers", [{}, READER], ids=["itself", "as a person it may name"])
def test_the_chat_may_nothing_that_the_permits_list(
    held: Credential, namespace: str, each: Permit, headers: dict[str, str]
) -> None:
    one = of_permit(each, namespace)
    status, said = held(CHAT).send(one.method, one.path + DRY, {}, headers=headers)
    assert refused(status, said), (status, said)


def test_the_chat_may_no_write_and_no_channel_that_this_server_has(
    held: Credential, installed: KubeCluster, namespace: str
) -> None:
    credential, every = held(CHAT), attempts(installed, namespace)
    let = [
        str(one)
        for one in every
        if one.resource not in OWN_REVIEWS and not refused(*credential.send(one.method, one.path + DRY, {}))
    ]
    assert let == []
    assert len(every) > 250


@pytest.mark.parametrize(
    "headers",
    [
        {"Impersonate-User": "ana@example.org"},
        {"Impersonate-User": "system:admin"},
        {"Impersonate-User": "system:serviceaccount:interlock:interlock-approvals"},
        {"Impersonate-User": "interlock-reader:ana", "Impersonate-Group": "system:masters"},
        {"Impersonate-User": "interlock-reader:eve"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_the_chat_may_be_nobody_else(held: Credential, namespace: str, headers: dict[str, str]) -> None:
    status, said = held(CHAT).send("GET", f"/api/v1/namespaces/{namespace}/pods", headers=headers)
    assert refused(status, said), (status, said)
    assert "cannot impersonate" in said["message"]


def test_the_chat_reads_but_no_secret(held: Credential, namespace: str) -> None:
    credential = held(CHAT)
    for headers in ({}, READER):
        assert credential.send("GET", f"/api/v1/namespaces/{namespace}/pods", headers=headers)[0] == 200
        assert refused(*credential.send("GET", f"/api/v1/namespaces/{namespace}/secrets", headers=headers))


@pytest.mark.parametrize("each", PERMITS, ids=lambda each: f"{each.verb} {each.kind}")
def test_the_approvals_may_what_the_permits_list(held: Credential, namespace: str, each: Permit) -> None:
    one = of_permit(each, namespace)
    status, said = held(APPROVALS).send(one.method, one.path + DRY, {})
    assert status in (400, 404, 422), (status, said)


def test_the_approvals_may_nothing_that_the_permits_do_not_list(
    held: Credential, installed: KubeCluster, namespace: str
) -> None:
    listed = {(one.group, one.resource, one.verb) for one in (of_permit(each, namespace) for each in PERMITS)}
    reviews = OWN_REVIEWS | {"subjectaccessreviews"}
    credential = held(APPROVALS)
    others = [
        one
        for one in attempts(installed, namespace)
        if (one.group, one.resource, one.verb) not in listed and one.resource not in reviews
    ]
    let = [str(one) for one in others if not refused(*credential.send(one.method, one.path + DRY, {}))]
    assert let == []
    assert len(others) > 250


def test_the_approvals_may_be_nobody_else(held: Credential, namespace: str) -> None:
    status, said = held(APPROVALS).send("GET", f"/api/v1/namespaces/{namespace}/pods", headers=READER)
    assert refused(status, said)


def test_the_approvals_may_ask_what_somebody_else_may(held: Credential, namespace: str) -> None:
    asked = {"verb": "patch", "group": "apps", "resource": "deployments", "namespace": namespace}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "ana@example.org", "resourceAttributes": asked},
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    status, said = held(APPROVALS).send("POST", path, body)
    assert (status, said["status"]["allowed"]) == (201, False)
    assert refused(*held(CHAT).send("POST", path, body))


def test_our_own_writer_is_refused_with_the_chats_credential(
    installed: KubeCluster, configured: Configured, namespace: str
) -> None:
    config = configured(CHAT)
    endpoint = endpoint_of("test", ClusterSettings(kubeconfig=config, context="test"), [], {})[0]
    live = installed.get("apps/v1", "Deployment", namespace, "api")
    version, body = live["metadata"]["resourceVersion"], {"spec": {"replicas": 0}}
    for writer in (HttpMutator(endpoint), ClusterPreviewer(endpoint)):
        with pytest.raises(Answered) as raised:
            writer.patch("deployments.apps", namespace, "api", body, "merge", version)
        assert raised.value.status == 403
        writer.close()
    assert installed.get("apps/v1", "Deployment", namespace, "api")["spec"]["replicas"] == 1


def test_a_preview_goes_through_with_the_approvals_credential(
    installed: KubeCluster, configured: Configured, namespace: str
) -> None:
    config = configured(APPROVALS)
    endpoint = endpoint_of("test", ClusterSettings(kubeconfig=config, context="test"), [], {})[0]
    version = installed.get("apps/v1", "Deployment", namespace, "api")["metadata"]["resourceVersion"]
    previewer = ClusterPreviewer(endpoint)
    answer = previewer.patch(
        "deployments.apps", namespace, "api", {"spec": {"replicas": 2}}, "merge", version
    )
    previewer.close()
    assert answer["spec"]["replicas"] == 2  # type: ignore[index, call-overload]
    assert installed.get("apps/v1", "Deployment", namespace, "api")["spec"]["replicas"] == 1


def test_the_product_looks_with_the_chats_credential_and_says_that_it_saw_no_secrets(
    configured: Configured, namespace: str, tmp_path: Path
) -> None:
    config = configured(CHAT)
    named = {"test": {"kubeconfig": config, "context": "test"}}
    with open_runtime(
        Settings({"clusters": {"named": named}}),
        principal=Principal("oidc:ana"),
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
    ) as runtime:
        for tool in ("kubernetes_summary", "diagnose", "recent_changes", "kubernetes_events"):
            found = runtime.call_tool(tool, {"namespace": namespace})
            refused_reads = {limit for limit in found.limits if "may not" in limit}
            assert refused_reads <= {f"not looked at: you may not list secrets in namespace {namespace}"}, (
                tool
            )
        assert "deployments" in runtime.call_tool("kubernetes_kinds", {}).text


def test_this_server_serves_no_admission_policies_so_the_one_for_previews_was_not_run(
    installed: KubeCluster, manifests: Manifests
) -> None:
    policy = manifests.one("optional/preview-dry-runs-only", "ValidatingAdmissionPolicy")
    status, _ = installed.request("POST", f"/apis/{policy['apiVersion']}/validatingadmissionpolicies", policy)
    assert status == 404
