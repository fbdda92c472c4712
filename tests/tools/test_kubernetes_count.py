"""Counts from the server's own count and from cells: exact, with what was not named said, and no more read than that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from fakes.replays import Json, Make, MakeCalls, Serve, Tree
from fakes.scripted_api import Answer, Request, scripted

from interlock.core.clusters.connect import from_url
from interlock.core.clusters.reader import ClusterReader
from interlock.core.replay.server import serve
from interlock.evals.questions.traffic import Counted

MANY = 620
NOT_READY = [{"attribute": "ready", "operator": "is", "value": False}]


@pytest.fixture
def crowd(tree: Tree, make_pod: Make) -> Tree:
    """620 pods in two namespaces; every tenth is not ready, and one more is done, which is neither."""
    for space in ("pay", "shop"):
        pods = [_pod(make_pod, space, n) for n in range(MANY // 2)]
        tree.objects(space, "pods", *pods)
    return tree


def _pod(make_pod: Make, space: str, n: int) -> Json:
    state = {"waiting": {"reason": "CrashLoopBackOff"}} if n % 10 == 0 else None
    pod = make_pod(f"pod-{n:03d}", space, state)
    if n == 5:
        pod["status"] = {"phase": "Succeeded", "containerStatuses": [{"name": "api", "ready": False,
                         "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]}  # fmt: skip
    return pod


@pytest.fixture
def counted() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def reader_of(tree: Tree, stack: ExitStack) -> tuple[ClusterReader, Counted]:
    url = stack.enter_context(serve(tree.replay())).url
    plain = stack.enter_context(closing(from_url("toy", url)))
    transport = Counted(plain.transport)
    return ClusterReader("toy", transport), transport


def objects(transport: Counted) -> list[dict[str, str]]:
    return [dict(one.query) for one in transport.asked if one.what == "objects"]


def test_not_ready_pods_are_counted_exactly_and_the_rest_of_the_names_is_not_read(
    crowd: Tree, counted: ExitStack, calls: MakeCalls
) -> None:
    reader, transport = reader_of(crowd, counted)
    args = {"kind": "pods", "where": NOT_READY, "only_count": True}
    evidence = calls(cluster=reader).call("kubernetes_query", args)
    lines = evidence.text.split("\n")
    assert lines[0] == f"pods that are not ready: {MANY // 10}"
    first, second = objects(transport)
    assert (first["includeObject"], second["includeObject"]) == ("Metadata", "None")
    named = [line for line in lines[1:] if line.startswith("Pod ")]
    assert all("/pod-" in line for line in named)
    assert f"{MANY // 10 - len(named)} more are counted and not named" in evidence.limits
    assert "2 pods have no `ready` and are not counted" in evidence.limits


def test_which_they_are_names_them_all(crowd: Tree, counted: ExitStack, calls: MakeCalls) -> None:
    reader, transport = reader_of(crowd, counted)
    text = calls(cluster=reader).call("kubernetes_query", {"kind": "pods", "where": NOT_READY}).text
    assert len([line for line in text.split("\n") if line.startswith("Pod ")]) == MANY // 10
    assert {query["includeObject"] for query in objects(transport)} == {"Metadata"}


def test_how_many_there_are_is_the_servers_count(crowd: Tree, counted: ExitStack, calls: MakeCalls) -> None:
    reader, transport = reader_of(crowd, counted)
    evidence = calls(cluster=reader).call("kubernetes_query", {"kind": "pods", "only_count": True})
    assert evidence.text == f"pods: {MANY}"
    assert objects(transport) == [{"limit": "1"}]


def test_what_the_server_can_select_does_not_travel(
    crowd: Tree, counted: ExitStack, calls: MakeCalls
) -> None:
    reader, transport = reader_of(crowd, counted)
    where = [{"attribute": "phase", "operator": "is", "value": "Succeeded"}]
    text = calls(cluster=reader).call("kubernetes_query", {"kind": "pods", "where": where}).text
    assert text.startswith("pods with phase Succeeded: 2\n")
    assert [query["fieldSelector"] for query in objects(transport)] == ["status.phase=Succeeded"]


@pytest.mark.parametrize(
    ("where", "right"),
    [
        ([{"attribute": "status", "operator": "is", "value": "CrashLoopBackOff"}], 62),
        ([{"attribute": "image", "operator": "has", "value": "shop/api:1.4"}], 620),
        ([{"attribute": "owner", "operator": "is", "value": "nobody"}], 0),
        ([{"attribute": "node", "operator": "is", "value": "node-1"}, *NOT_READY], 62),
    ],
)
def test_a_condition_that_cells_do_not_tell_is_judged_by_whole_objects(
    where: list[Json], right: int, crowd: Tree, served: Serve, calls: MakeCalls, make_object: Make
) -> None:
    crowd.objects("", "nodes", make_object("Node", "node-1", ""))
    args = {"kind": "pods", "where": where, "only_count": True}
    text = calls(cluster=served(crowd.replay())).call("kubernetes_query", args).text
    assert int(text.split("\n")[0].rpartition(": ")[2]) == right


def test_a_group_that_cannot_be_read_is_a_limit_of_the_list_of_kinds(calls: MakeCalls) -> None:
    version = {"groupVersion": "metrics.k8s.io/v1", "version": "v1"}
    groups = [{"name": "metrics.k8s.io", "versions": [version], "preferredVersion": version}]

    def answer(request: Request) -> Answer:
        known: dict[str, Json] = {
            "/api": {"kind": "APIVersions"},
            "/api/v1": {
                "resources": [{"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list"]}]
            },
            "/apis": {"kind": "APIGroupList", "groups": groups},
        }
        return Answer(known[request.path]) if request.path in known else Answer({}, 503)

    with scripted(answer) as (url, _), closing(from_url("toy", url)) as reader:
        evidence = calls(cluster=reader).call("kubernetes_kinds", {})
    assert evidence.limits == ("not looked at: kinds of metrics.k8s.io: the cluster answered 503",)
