"""What is not on the list does not leave, whoever asks; a previewer sends dry runs only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from acting.between import Between
from acting.stage import Stage, workload
from fakes.scripted_api import Answer, Request, scripted

from interlock.approvals.errors import NotSent
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.normal import STAMP
from interlock.approvals.permits import PERMITS, check_job, check_patch, check_request, permit, reserved
from interlock.approvals.previewer import ClusterPreviewer
from interlock.approvals.verbs import Mutator, Previewer
from interlock.approvals.writes import CreateSilence, send
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import BadInput

STAMPED = {"metadata": {"annotations": {STAMP: "0" * 64}}}
JOB: dict[str, Any] = {
    "kind": "Job",
    "metadata": {"annotations": {STAMP: "0" * 64}, "ownerReferences": [{"kind": "CronJob"}]},
}
UID, VERSION = "u", "7"


@pytest.mark.parametrize(
    "kind",
    [
        "secrets",
        "configmaps",
        "services",
        "namespaces",
        "clusterroles.rbac.authorization.k8s.io",
        "deployments",
    ],
)
@pytest.mark.parametrize("verb", ["patch", "create", "delete", "evict"])
def test_a_kind_that_the_catalogue_does_not_need_is_not_written(verb: Any, kind: str) -> None:
    with pytest.raises(NotSent, match="not on the list"):
        permit(verb, kind)


@pytest.mark.parametrize(
    "body",
    [
        {"spec": {"replicas": 1, "serviceAccountName": "root"}},
        {"spec": {"selector": {}}},
        {"spec": None},
        {"metadata": {"annotations": None}},
        {"metadata": {"annotations": {}}},
        {"metadata": {"annotations": {"kubernetes.io/x": "1"}}},
        {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": None}}},
        {"metadata": {"labels": {"team": {"nested": "1"}}}},
        {"metadata": {"labels": {"app.kubernetes.io/instance": "x"}}},
        {"metadata": {"ownerReferences": []}},
        {"metadata": {"finalizers": []}},
        {"metadata": {"resourceVersion": "1"}},
        {"status": {"replicas": 1}},
        {},
        None,
        [],
        [{"op": "test", "path": "/spec/replicas", "value": 1}],
        [{"op": "remove", "path": ""}],
        [{"op": "replace", "path": "", "value": {}}],
        [{"op": "move", "from": "/spec/template", "path": "/spec/replicas"}],
        [{"op": "copy", "from": "/spec/template", "path": "/spec/replicas"}],
        [{"op": "add", "path": "/metadata/annotations", "value": {"kubernetes.io/x": "1"}}],
        [{"op": "remove", "path": "/metadata/annotations"}],
        [{"op": "replace", "path": "/spec", "value": {}}],
        [{"op": "add", "path": "/metadata/labels/app.kubernetes.io~1instance", "value": "x"}],
        ["spec"],
    ],
)
def test_a_patch_of_any_other_place_is_not_sent(body: Any) -> None:
    with pytest.raises(NotSent):
        check_patch("deployments.apps", body)


@pytest.mark.parametrize(
    "body",
    [
        {"spec": {"replicas": 1}} | STAMPED,
        {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}},
        {"metadata": {"labels": {"team": "payments", "old": None}}},
        [
            {"op": "add", "path": "/metadata/annotations", "value": {}},
            {"op": "add", "path": "/metadata/annotations/interlock.io~1proposal", "value": "0"},
            {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "app:1"},
        ],
    ],
)
def test_the_places_that_actions_need_pass(body: Any) -> None:
    check_patch("deployments.apps", body)


@pytest.mark.parametrize(
    "key",
    ["kubernetes.io/x", "app.kubernetes.io/x", "KUBERNETES.IO/x", "interlock.io/proposal", "helm.sh/chart"],
)
def test_a_key_of_a_system_is_reserved(key: str) -> None:
    assert reserved(key)


@pytest.mark.parametrize(
    "key", ["team", "example.org/owner", "notkubernetes.io/x", "kubernetes.io.example.org/x"]
)
def test_a_key_of_people_is_not_reserved(key: str) -> None:
    assert not reserved(key)


@pytest.mark.parametrize(
    "body",
    [
        JOB | {"kind": "Pod"},
        JOB | {"metadata": {"ownerReferences": [{"kind": "CronJob"}]}},
        JOB | {"metadata": {"annotations": {STAMP: "0"}}},
        JOB | {"metadata": {"annotations": {STAMP: "0"}, "ownerReferences": [{"kind": "Deployment"}]}},
        {},
    ],
)
def test_nothing_but_a_stamped_job_of_a_cronjob_is_created(body: Mapping[str, Any]) -> None:
    with pytest.raises(NotSent):
        check_job(body)
    check_job(JOB)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/apis/apps/v1/namespaces/a/deployments/web"),
        ("DELETE", "/apis/apps/v1/namespaces/a/deployments/web"),
        ("DELETE", "/api/v1/namespaces/a/pods"),
        ("PATCH", "/apis/apps/v1/namespaces/a/deployments/web/status"),
        ("PATCH", "/apis/apps/v1/namespaces/a/deployments/web/../../secrets/x"),
        ("PATCH", "/apis/apps/v1/namespaces/a/deployments/..%2f"),
        ("POST", "/api/v1/namespaces/a/pods/web/exec"),
        ("POST", "/api/v1/namespaces/a/pods"),
        ("POST", "/api/v1/namespaces/a/serviceaccounts/x/token"),
        ("GET", "/api/v1/namespaces/a/pods/web"),
        ("PATCH", "/api/v1/namespaces/a/nodes/n"),
        ("PATCH", "/apis/apps/v1/namespaces/a/deployments/web\n"),
        ("DELETE", "/api/v1/nodes/n"),
    ],
)
def test_a_request_that_is_not_on_the_list_does_not_leave(method: str, path: str) -> None:
    with pytest.raises(NotSent):
        check_request(method, path, {}, dry=False)


def test_a_preview_that_is_no_dry_run_does_not_leave() -> None:
    path = "/apis/apps/v1/namespaces/a/deployments/web"
    check_request("PATCH", path, {}, dry=False)
    check_request("PATCH", path, {"dryRun": "All"}, dry=True)
    with pytest.raises(NotSent, match="no dry run"):
        check_request("PATCH", path, {"fieldManager": "interlock"}, dry=True)


def test_a_previewer_and_a_mutator_are_never_taken_for_each_other(stage: Stage) -> None:
    assert isinstance(stage.mutator, Mutator) and not isinstance(stage.mutator, Previewer)
    assert isinstance(stage.previewer, Previewer) and not isinstance(stage.previewer, Mutator)
    with pytest.raises(TypeError, match="no dry run"):
        send(CreateSilence({}), stage.previewer, "")


def test_every_verb_of_a_previewer_is_a_dry_run_on_the_wire(stage: Stage, proxy: Between) -> None:
    workload(stage)
    pod = stage.cluster.list("v1", "Pod", stage.namespace)[0]["metadata"]
    endpoint = replace(stage.endpoint, url=proxy.url, ca_file=None)
    named = {"uid": pod["uid"], "version": pod["resourceVersion"]}
    web = stage.object("deployments.apps", "web")["metadata"]["resourceVersion"]
    with closing(ClusterPreviewer(endpoint)) as previewer:
        previewer.patch("deployments.apps", stage.namespace, "web", {"spec": {"replicas": 0}}, "merge", web)
        previewer.delete("pods", stage.namespace, pod["name"], **named)
        previewer.evict(stage.namespace, pod["name"], **named)
    assert len(proxy.writes) == 3
    assert all("dryRun=All" in path for _, path, _ in proxy.writes)
    assert stage.object("deployments.apps", "web")["spec"]["replicas"] == 2
    assert not stage.object("pods", pod["name"])["metadata"].get("deletionTimestamp")


def test_every_write_carries_the_field_manager_and_its_lock(
    stage: Stage, proxy: Between, wired: HttpMutator
) -> None:
    workload(stage, replicas=0)
    stage.apply("scale", stage.named(kind="Deployment", name="web", replicas=1), mutator=wired)
    [(method, path, body)] = proxy.writes
    assert method == "PATCH" and "fieldManager=interlock" in path and "dryRun" not in path
    assert body["metadata"]["resourceVersion"] == stage.intents[0].version
    managers = {
        each["manager"] for each in stage.object("deployments.apps", "web")["metadata"]["managedFields"]
    }
    assert "interlock" in managers


def test_a_write_without_a_lock_is_not_sent(stage: Stage) -> None:
    for call in (
        lambda: stage.mutator.patch("deployments.apps", "a", "web", {"spec": {"replicas": 1}}, "merge", ""),
        lambda: stage.mutator.delete("pods", "a", "web", uid="", version=VERSION),
        lambda: stage.mutator.delete("pods", "a", "web", uid=UID, version=""),
        lambda: stage.mutator.evict("a", "web", uid=UID, version=""),
        lambda: stage.mutator.evict("a", "../x", uid=UID, version=VERSION),
    ):
        with pytest.raises(NotSent):
            call()


@pytest.fixture
def alertmanager_door() -> Iterator[HttpMutator]:
    nowhere = Endpoint("http://127.0.0.1:1")
    with closing(HttpMutator(nowhere, alertmanager=nowhere)) as mutator:
        yield mutator


@pytest.mark.parametrize("id", ["", "../silences", "x" * 36, "00000000-0000-0000-0000-00000000000g"])
def test_what_is_no_silence_is_not_expired(id: str, alertmanager_door: HttpMutator) -> None:
    with pytest.raises(NotSent, match="not the id"):
        alertmanager_door.expire_silence(id)


def test_a_silence_is_made_new_and_never_changed(alertmanager_door: HttpMutator, stage: Stage) -> None:
    with pytest.raises(NotSent, match="nothing else"):
        alertmanager_door.create_silence({"id": "x", "matchers": []})
    whole = dict.fromkeys(("matchers", "startsAt", "endsAt", "createdBy", "comment"), "")
    with pytest.raises(NotSent, match="no Alertmanager"):
        stage.mutator.create_silence(whole)


@pytest.mark.parametrize(
    ("eviction", "version"),
    [
        ({"name": "pods/eviction", "group": "policy", "version": "v1"}, "policy/v1"),
        ({"name": "pods/eviction", "group": "policy", "version": "v1beta1"}, "policy/v1beta1"),
        (None, ""),
    ],
)
def test_an_eviction_is_of_the_version_that_the_server_takes(eviction: Any, version: str) -> None:
    pods = {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get"]}
    core = {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [pods, *([eviction] if eviction else [])],
    }

    def answer(request: Request) -> Answer:
        known: dict[str, Any] = {
            "/api/v1": core,
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {"kind": "APIGroupList", "groups": []},
        }
        return Answer(known[request.path])

    # This server answers reads only: the version is looked at where it is chosen.
    with scripted(answer) as (url, _), closing(HttpMutator(Endpoint(url))) as mutator:
        if not version:
            with pytest.raises(NotSent, match="no evictions"):
                mutator.evict("a", "web", uid=UID, version=VERSION)
        else:
            assert mutator._eviction_version() == version


def test_an_endpoint_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(BadInput):
        HttpMutator(Endpoint("https://127.0.0.1:1", ca_file="/absent"))


def test_no_permit_is_there_twice() -> None:
    assert len({(each.verb, each.kind) for each in PERMITS}) == len(PERMITS)
