"""Several clusters at once: two recorded ones over HTTP, by URL and by kubeconfig context, and a port where nobody is."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from interlock.agent.alert import alert_from
from interlock.agent.question import Question
from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.errors import BadInput, UnknownName, Unreachable
from interlock.core.events import AnswerEvent, Event
from interlock.core.identity import Principal
from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import serve
from interlock.core.settings import Settings
from interlock.tools.registry import all_tools, schema

ANA = Principal("local:ana")
Json = dict[str, Any]


def pod(name: str, image: str) -> Json:
    state = {"running": {"startedAt": "2026-03-01T11:00:00Z"}}
    status = {"name": "c", "ready": True, "restartCount": 0, "state": state, "image": image}
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {"app": "api"}},
        "spec": {"nodeName": "node-a", "containers": [{"name": "c", "image": image}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [status],
        },
    }


def record(folder: Path, place: str, pods: int) -> Replay:
    """A recorded cluster of so many pods, named after where it stands."""
    items = [pod(f"api-{place}-{number}", f"registry.test/{place}:1") for number in range(pods)]
    deployment = {
        "metadata": {"name": "api", "namespace": "shop", "uid": f"d-{place}"},
        "spec": {
            "replicas": pods,
            "selector": {"matchLabels": {"app": "api"}},
            "template": {"metadata": {}, "spec": {}},
        },
        "status": {"replicas": pods, "readyReplicas": pods, "availableReplicas": pods},
    }
    kinds = {"shop/pods": items, "shop/deployments.apps": [deployment], "shop/events": []}
    for name, held in kinds.items():
        file = folder / "cluster" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": held}))
    (folder / "replay.yaml").write_text("now: 2026-03-01T12:00:00Z\ncluster: cluster\n")
    return Replay.load(folder)


@dataclass(frozen=True)
class Fleet:
    """Three clusters: two pods in prod-eu, the default; three in prod-us, by a kubeconfig context; nobody in staging."""

    runtime: Runtime

    def ask(self, text: str, **more: Any) -> Json:
        return last(self.runtime.ask(Question(text, ANA, **more)))


def last(events: Iterator[Event]) -> Json:
    event = list(events)[-1]
    assert isinstance(event, AnswerEvent)
    return event.answer


def nobody() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def context(folder: Path, url: str) -> Path:
    path = folder / "kubeconfig"
    document = {
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "us", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "",
    }
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with ExitStack() as stack:
        eu = stack.enter_context(serve(record(tmp_path / "eu", "eu", 2))).url
        us = stack.enter_context(serve(record(tmp_path / "us", "us", 3))).url
        named = {
            "prod-eu": {"url": eu},
            "prod-us": {"kubeconfig": str(context(tmp_path, us)), "context": "us"},
            "staging": {"url": nobody()},
        }
        settings = Settings({"clusters": {"named": named, "default": "prod-eu"}})
        runtime = stack.enter_context(
            open_runtime(
                settings, principal=ANA, state_dir=tmp_path / "s", cache_dir=tmp_path / "c", environment={}
            )
        )
        yield Fleet(runtime)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("in prod-us how many pods are there?", 3),
        ("how many pods are there in prod-us?", 3),
        ("how many pods are in the prod-us cluster?", 3),
        ("prod-us: how many pods are there?", 3),
        ("how many pods are there in namespace shop on cluster prod-us?", 3),
        ("how many pods are there in cluster `prod-eu`?", 2),
        ("how many pods are there?", 2),
    ],
)
def test_a_question_goes_to_the_cluster_it_names(fleet: Fleet, text: str, count: int) -> None:
    answer = fleet.ask(text)
    assert f": {count} [E1]" in answer["answer"]
    assert all(claim["verified"] for claim in answer["claims"])


def test_why_is_asked_of_the_cluster_it_names(fleet: Fleet) -> None:
    answer = fleet.ask("in prod-us why is deployment api failing?")
    assert {item["args"]["cluster"] for item in answer["evidence"]} == {"prod-us"}
    assert "shop/api" in answer["answer"]


def test_evidence_says_which_cluster_it_came_from(fleet: Fleet) -> None:
    item = fleet.runtime.call_tool("kubernetes_list", {"kind": "pods", "cluster": "prod-us"})
    assert item.args["cluster"] == "prod-us"
    assert str(item.locators[0]).startswith("kubernetes of cluster prod-us: ")
    default = fleet.runtime.call_tool("kubernetes_list", {"kind": "pods"})
    assert default.args["cluster"] == "prod-eu"


def test_what_was_not_asked_is_a_limit_where_nobody_named_a_cluster(fleet: Fleet) -> None:
    assert any(
        "not looked at: cluster prod-us, staging" in limit for limit in fleet.ask("list the pods")["limits"]
    )
    assert not any("prod-us" in limit for limit in fleet.ask("list the pods in cluster prod-eu")["limits"])


@pytest.mark.parametrize("text", ["how many pods are there in prod-ue?", "list the pods of cluster mars-7"])
def test_a_cluster_that_is_not_there_is_refused_naming_those_that_are(fleet: Fleet, text: str) -> None:
    with pytest.raises(UnknownName, match="unknown cluster") as raised:
        fleet.ask(text)
    assert "configured: prod-eu, prod-us, staging" in str(raised.value.hint)


def test_a_tool_refuses_a_cluster_that_is_not_there(fleet: Fleet) -> None:
    for name in ("kubernetes_query", "diagnose", "pod_logs"):
        args = (
            {"kind": "pods"}
            if name == "kubernetes_query"
            else {"namespace": "n", "pod": "p"}
            if name == "pod_logs"
            else {}
        )
        with pytest.raises(UnknownName) as raised:
            fleet.runtime.call_tool(name, {**args, "cluster": "prod-eh"})
        assert "did you mean 'prod-eu'" in str(raised.value.hint)
        assert "configured: prod-eu, prod-us, staging" in str(raised.value.hint)


def test_the_schema_of_every_tool_lists_the_clusters(fleet: Fleet) -> None:
    clusters = fleet.runtime.calls(ANA, "").clusters
    asked = [
        schema(tool, clusters)["properties"]["cluster"]
        for tool in all_tools().values()
        if "cluster" in tool.args.model_fields
    ]
    assert len(asked) >= 10
    assert all(one["enum"] == ["", "prod-eu", "prod-us", "staging"] for one in asked)


def test_a_cluster_that_is_down_fails_only_what_is_asked_of_it(fleet: Fleet) -> None:
    calls = fleet.runtime.calls(ANA, "")
    with pytest.raises(Unreachable):
        calls.call("kubernetes_list", {"kind": "pods", "cluster": "staging"})
    assert "api-us-0" in calls.call("kubernetes_list", {"kind": "pods", "cluster": "prod-us"}).text
    assert list(calls.unanswered) == ["staging"]


def test_a_broken_kubeconfig_fails_only_its_own_cluster(tmp_path: Path) -> None:
    with ExitStack() as stack:
        eu = stack.enter_context(serve(record(tmp_path / "eu", "eu", 2))).url
        named = {"prod-eu": {"url": eu}, "prod-us": {"kubeconfig": str(tmp_path / "absent"), "context": "us"}}
        runtime = stack.enter_context(
            open_runtime(
                Settings({"clusters": {"named": named}}),
                principal=ANA,
                state_dir=tmp_path / "s",
                cache_dir=tmp_path / "c",
                environment={},
            )
        )
        assert "api-eu-0" in runtime.call_tool("kubernetes_list", {"kind": "pods"}).text
        with pytest.raises(BadInput, match="kubeconfig"):
            runtime.call_tool("kubernetes_list", {"kind": "pods", "cluster": "prod-us"})


def test_two_clusters_in_one_question_are_asked_for_one_at_a_time(fleet: Fleet) -> None:
    with pytest.raises(BadInput, match="several clusters"):
        fleet.ask("how many pods are there in prod-eu and how many in prod-us?")


def test_a_follow_up_stays_in_the_cluster(fleet: Fleet) -> None:
    fleet.ask("how many pods are there in prod-us?", conversation="cv-follow")
    again = fleet.ask("how many deployments are there?", conversation="cv-follow")
    assert {item["args"]["cluster"] for item in again["evidence"]} == {"prod-us"}


def test_an_alert_goes_to_the_cluster_of_its_labels(fleet: Fleet) -> None:
    labels = {
        "alertname": "KubeDeploymentReplicasMismatch",
        "namespace": "shop",
        "deployment": "api",
        "cluster": "prod-us",
    }
    alert = alert_from(
        {"status": "firing", "alerts": [{"status": "firing", "labels": labels, "annotations": {}}]}
    )
    answer = last(fleet.runtime.triage(alert))
    assert {item["args"]["cluster"] for item in answer["evidence"] if "cluster" in item["args"]} == {
        "prod-us"
    }


def test_the_doctor_shows_each_cluster(fleet: Fleet) -> None:
    found = {h.detail.split()[0].rstrip(":"): h for h in fleet.runtime.doctor() if h.name == "cluster"}
    assert {name: health.state for name, health in found.items()} == {
        "prod-eu": "ok",
        "prod-us": "ok",
        "staging": "fail",
    }
    assert "(the default)" in found["prod-eu"].detail
    assert "cannot reach" in found["staging"].detail


def test_a_claim_about_another_cluster_is_not_verified(fleet: Fleet) -> None:
    from interlock.agent.answer import check_cited

    item = fleet.runtime.call_tool("kubernetes_query", {"kind": "pods", "cluster": "prod-us"})
    assert check_cited("In cluster prod-us there are 3 pods.", [("E1", item)])
    assert not check_cited("In cluster prod-eu there are 3 pods.", [("E1", item)])
