"""Counting, filtering, grouping and ordering over complete lists."""

from __future__ import annotations

import pytest
from fakes.kube_api import KubeApi
from fakes.replays import Json, Make, MakeCalls, Serve, Tree
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.errors import BadInput, NotFound, UnknownName
from interlock.tools.kubernetes.select import Condition

WAITING = {"waiting": {"reason": "CrashLoopBackOff"}}


def query(calls: MakeCalls, served: Serve, tree: Tree, **args: object) -> list[str]:
    return calls(cluster=served(tree.replay())).call("kubernetes_query", args).text.split("\n")


def where(attribute: str, value: object, operator: str = "is") -> Json:
    return {"attribute": attribute, "operator": operator, "value": value}


@pytest.fixture
def pods(tree: Tree, make_pod: Make) -> Tree:
    """Two crash-looping pods and one that runs in shop, one that is done in pay."""
    done = {"terminated": {"reason": "Completed", "exitCode": 0}}
    tree.objects(
        "shop",
        "pods",
        make_pod("a-1", state=WAITING, restartCount=8),
        make_pod("a-2", state=WAITING, restartCount=3),
        make_pod("b-1"),
    )
    finished = make_pod("job-1", "pay", state=done)
    finished["status"]["phase"] = "Succeeded"
    tree.objects("", "namespaces", {"metadata": {"name": "shop"}}, {"metadata": {"name": "pay"}})
    return tree.objects("pay", "pods", finished)


def test_a_number_stands_in_the_line_that_says_of_what(pods: Tree, served: Serve, calls: MakeCalls) -> None:
    lines = query(
        calls, served, pods, kind="pods", namespace="shop", where=[where("status", "CrashLoopBackOff")]
    )
    assert lines[0] == "pods in namespace shop with status CrashLoopBackOff: 2"
    assert [line.partition(":")[0] for line in lines[1:]] == ["Pod shop/a-1", "Pod shop/a-2"]


def test_a_completed_pod_is_neither_ready_nor_not_ready_and_that_is_said(
    pods: Tree, served: Serve, calls: MakeCalls
) -> None:
    door = calls(cluster=served(pods.replay()))
    for value, count in ((True, 1), (False, 2)):
        found = door.call("kubernetes_query", {"kind": "pods", "where": [where("ready", value)]})
        assert found.data["count"] == count
        assert found.limits == ("1 pods have no `ready` and are not counted",)


def test_groups_count_every_object_once(pods: Tree, served: Serve, calls: MakeCalls) -> None:
    lines = query(calls, served, pods, kind="pods", group_by="namespace")
    assert lines == ["pods: 4", "pods with namespace shop: 3", "pods with namespace pay: 1"]


def test_the_largest_group_is_named_with_all_that_share_it(
    pods: Tree, served: Serve, calls: MakeCalls
) -> None:
    lines = query(calls, served, pods, kind="pods", group_by="status", order_by="count", limit=1)
    assert lines[0] == "pods by status, most first: CrashLoopBackOff (2)"
    fewest = query(
        calls, served, pods, kind="pods", group_by="status", order_by="count", limit=1, descending=False
    )
    assert fewest[0] == "pods by status, fewest first: Completed (1), Running (1)"


def test_an_order_names_the_first_and_whoever_shares_its_place(
    pods: Tree, served: Serve, calls: MakeCalls
) -> None:
    most = query(calls, served, pods, kind="pods", order_by="restarts", limit=1)
    assert most[0] == "pods, by restarts, most first: shop/a-1 (restarts 8)"
    least = query(calls, served, pods, kind="pods", order_by="restarts", limit=1, descending=False)
    assert least[0] == "pods, by restarts, fewest first: pay/job-1 (restarts 0), shop/b-1 (restarts 0)"


def test_more_than_are_named_are_still_counted(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", *(make_pod(f"api-{n}") for n in range(7)))
    door = calls(cluster=served(tree.replay()))
    found = door.call("kubernetes_query", {"kind": "pods", "limit": 3})
    assert (found.data["count"], len(found.text.split("\n"))) == (7, 4)
    assert found.limits == ("4 more are counted and not named",)


def test_what_a_node_runs_is_selected_by_the_server(served: Serve, calls: MakeCalls, make_pod: Make) -> None:
    api = KubeApi().serves("", "v1", ("pods", "Pod", True)).items("/api/v1/pods", make_pod("a-1"))
    calls(cluster=served(api)).call("kubernetes_query", {"kind": "pods", "where": [where("node", "node-1")]})
    assert ("/api/v1/pods", "spec.nodeName=node-1") in [
        (path, query.get("fieldSelector")) for path, query in api.asked
    ]


def test_a_wrong_namespace_is_no_empty_one(pods: Tree, served: Serve, calls: MakeCalls) -> None:
    with pytest.raises(NotFound, match="no namespace 'shopp'") as caught:
        query(calls, served, pods, kind="pods", namespace="shopp")
    assert "shop" in str(caught.value.hint)


def test_an_attribute_no_object_has_orders_nothing(pods: Tree, served: Serve, calls: MakeCalls) -> None:
    with pytest.raises(BadInput, match="ordered by colour"):
        query(calls, served, pods, kind="pods", order_by="colour")


def test_an_unknown_argument_of_a_condition_is_refused(pods: Tree, served: Serve, calls: MakeCalls) -> None:
    with pytest.raises((BadInput, UnknownName)):
        query(
            calls,
            served,
            pods,
            kind="pods",
            where=[{"attribute": "status", "operator": "like", "value": "x"}],
        )


@given(
    st.sampled_from(["is", "has", "at least", "any of"]),
    st.one_of(st.text(max_size=9), st.integers(), st.booleans()),
)
def test_an_object_without_the_attribute_meets_no_condition(operator: str, value: object) -> None:
    assert not Condition.model_validate(where("ready", value, operator)).holds({"status": "Running"})


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("registry.test/shop/cart:2.0.0", "registry.test/shop/cart:2.0.0"),
        ("registry.test/shop/cart:2.0.0", "cart"),
        ("registry.test/shop/cart:2.0.0", "cart:2.0.0"),
        ("registry.test/shop/cart:2.0.0", "registry.test/shop/cart"),
    ],
)
def test_an_image_goes_by_its_whole_name_or_its_last_part(held: str, wanted: str) -> None:
    assert Condition(attribute="image", operator="has", value=wanted).holds({"image": [held]})
    assert not Condition(attribute="image", operator="has", value=f"{wanted}x").holds({"image": [held]})
