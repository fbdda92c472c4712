"""Events of both API shapes as lines."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.kube_api import KubeApi
from fakes.replays import Json, Make, MakeCalls, Serve, Tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.core.clusters.objects import KubeObject
from interlock.core.errors import Forbidden, NotFound, NotServed
from interlock.tools.kubernetes.eventlines import event_text, read_event

ABOUT = {"kind": "Pod", "name": "api-1", "namespace": "shop"}


def old_shape(name: str, last: str, **parts: Any) -> Json:
    body = {
        "type": "Warning",
        "reason": "BackOff",
        "message": "back-off restarting",
        "count": 8,
        "involvedObject": ABOUT,
    }
    times = {"firstTimestamp": "2026-03-02T10:05:00Z", "lastTimestamp": last}
    return {"metadata": {"name": name, "namespace": "shop", "uid": f"u-{name}"}, **body, **times, **parts}


def new_shape(name: str, last: str, **parts: Any) -> Json:
    series = {"count": 3, "lastObservedTime": last}
    times = {"eventTime": "2026-03-02T10:00:00.123456Z", "firstTimestamp": None, "lastTimestamp": None}
    body = {
        "type": "Normal",
        "reason": "Pulling",
        "note": "pulling image",
        "regarding": ABOUT,
        "series": series,
    }
    return {"metadata": {"name": name, "namespace": "shop", "uid": f"u-{name}"}, **body, **times, **parts}


def test_events_of_both_shapes_stand_in_the_order_of_their_last_time(
    tree: Tree, served: Serve, calls: MakeCalls
) -> None:
    late, early = old_shape("a", "2026-03-02T10:45:00Z"), new_shape("b", "2026-03-02T10:30:00.000000Z")
    tree.objects("shop", "events", late, early)
    evidence = calls(cluster=served(tree.replay())).call("kubernetes_events", {"namespace": "shop"})
    assert evidence.text.split("\n") == [
        "2026-03-02T10:30:00Z Normal Pulling Pod/api-1 x3: pulling image",
        "2026-03-02T10:45:00Z Warning BackOff Pod/api-1 x8: back-off restarting",
    ]
    assert (evidence.kind, evidence.subject) == ("event", "Pod shop/api-1")
    assert [str(locator) for locator in evidence.locators] == ["events shop/b", "events shop/a"]


def test_events_are_chosen_by_type_object_and_number(tree: Tree, served: Serve, calls: MakeCalls) -> None:
    other = {**ABOUT, "kind": "Deployment", "name": "api"}
    events = [old_shape(f"w{n}", f"2026-03-02T10:4{n}:00Z") for n in range(4)]
    tree.objects("shop", "events", *events, new_shape("n", "2026-03-02T10:59:00Z", regarding=other))
    door = calls(cluster=served(tree.replay()))
    newest = door.call("kubernetes_events", {"warnings_only": True, "limit": 2})
    assert [line[:20] for line in newest.text.split("\n")] == ["2026-03-02T10:42:00Z", "2026-03-02T10:43:00Z"]
    assert newest.limits == ("2 older events left out by the limit",)
    assert newest.data["found"] == 4
    one = door.call("kubernetes_events", {"kind": "deployment", "name": "api"})
    assert one.text.split("\n") == ["2026-03-02T10:59:00Z Normal Pulling Deployment/api x3: pulling image"]


def test_the_namespace_is_told_where_there_are_several(tree: Tree, served: Serve, calls: MakeCalls) -> None:
    bank = old_shape("b", "2026-03-02T10:46:00Z", involvedObject={**ABOUT, "namespace": "bank"})
    bank["metadata"]["namespace"] = "bank"
    tree.objects("shop", "events", old_shape("a", "2026-03-02T10:45:00Z")).objects("bank", "events", bank)
    text = calls(cluster=served(tree.replay())).call("kubernetes_events", {}).text
    assert [line.rpartition(" (namespace ")[2] for line in text.split("\n")] == ["shop)", "bank)"]


def test_a_server_with_the_new_api_only_is_read_too(served: Serve, calls: MakeCalls) -> None:
    api = (
        KubeApi()
        .serves("", "v1", ("pods", "Pod", True))
        .serves("events.k8s.io", "v1", ("events", "Event", True))
    )
    api.items("/apis/events.k8s.io/v1/events", new_shape("b", "2026-03-02T10:30:00Z"))
    assert "Pulling Pod/api-1 x3" in calls(cluster=served(api)).call("kubernetes_events", {}).text


def test_no_event_about_an_object_is_an_answer_and_a_wrong_name_an_error(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "events").objects("shop", "pods", make_pod("api-1"))
    door = calls(cluster=served(tree.replay()))
    quiet = door.call("kubernetes_events", {"namespace": "shop", "kind": "pod", "name": "api-1"})
    assert quiet.text == "0 events found: about pod api-1 in namespace shop"
    with pytest.raises(NotFound, match="no Pod 'api-2'"):
        door.call("kubernetes_events", {"namespace": "shop", "kind": "pod", "name": "api-2"})


def test_events_that_were_not_recorded_are_not_no_events(
    tree: Tree, served: Serve, calls: MakeCalls, make_pod: Make
) -> None:
    tree.objects("shop", "pods", make_pod("api-1"))
    with pytest.raises(NotServed):
        calls(cluster=served(tree.replay())).call("kubernetes_events", {})


def test_refused_events_are_named_as_refused(served: Serve, calls: MakeCalls) -> None:
    api = (
        KubeApi().serves("", "v1", ("events", "Event", True)).refuses("/api/v1/events", "events is forbidden")
    )
    with pytest.raises(Forbidden, match="events is forbidden"):
        calls(cluster=served(api)).call("kubernetes_events", {})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=12) | st.just("2026-03-02T10:00:00Z"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
fields = ["metadata", "type", "reason", "message", "note", "count", "series", "eventTime", "firstTimestamp"]
fields += ["lastTimestamp", "involvedObject", "regarding", "deprecatedCount", "deprecatedLastTimestamp"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(fields), json_values))
def test_whatever_an_event_holds_it_is_one_line(raw: Json) -> None:
    event = read_event(KubeObject(raw, "events"))
    assert event.count >= 1
    text = event_text({"events": [event.data()]})
    assert len(text.split("\n")) == 1
