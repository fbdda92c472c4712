"""Server-side printing. The comparison with a real server is in test_kubectl_cannot_tell; here are its edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.trees import TABLE, Api, Object, pod, thing

from interlock.core.replay.kinds import BUILT_IN, Kind, PrinterColumn
from interlock.core.replay.printers.cells import human_duration, selector, shortened
from interlock.core.replay.printers.custom import find
from interlock.core.replay.tables import printer_for, table_of

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (599, "9m59s"),
        (600, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 61, "3h1m"),
        (8 * 3600 + 60, "8h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (49 * 3600, "2d1h"),
        (8 * 86400 + 3600, "8d"),
        (729 * 86400, "729d"),
        (730 * 86400, "2y"),
        (731 * 86400, "2y1d"),
        (8 * 365 * 86400 + 86400, "8y"),
    ],
)
def test_a_duration_is_written_with_the_units_that_kubernetes_shows(seconds: int, text: str) -> None:
    assert human_duration(timedelta(seconds=seconds)) == text


@settings(deadline=None)
@given(st.integers(0, 10**10))
def test_any_duration_has_at_most_two_units(seconds: int) -> None:
    assert sum(c.isalpha() for c in human_duration(timedelta(seconds=seconds))) in {1, 2}


def cells(plural: str, obj: Object, group: str = "") -> list[Any]:
    return printer_for(BUILT_IN[group, plural]).cells(obj, NOW)


def container(name: str = "c", restarts: int = 0, *, ready: bool = False, **state: Any) -> Object:
    return {"name": name, "restartCount": restarts, "ready": ready, "state": state}


@pytest.mark.parametrize(
    ("status", "ready", "word", "restarts"),
    [
        ({"phase": "Running", "containerStatuses": [container(ready=True, running={})]}, "1/1", "Running", 0),
        ({"phase": "Failed", "reason": "Evicted"}, "0/1", "Evicted", 0),
        (
            {"containerStatuses": [container(restarts=4, waiting={"reason": "CrashLoopBackOff"})]},
            "0/1",
            "CrashLoopBackOff",
            4,
        ),
        ({"containerStatuses": [container(terminated={"exitCode": 3})]}, "0/1", "ExitCode:3", 0),
        ({"containerStatuses": [container(terminated={"exitCode": 0, "signal": 9})]}, "0/1", "Signal:9", 0),
        (
            {"initContainerStatuses": [container(terminated={"exitCode": 1, "reason": "Error"})]},
            "0/1",
            "Init:Error",
            0,
        ),
        (
            {"initContainerStatuses": [container(terminated={"exitCode": 1, "signal": 9})]},
            "0/1",
            "Init:Signal:9",
            0,
        ),
        ({"initContainerStatuses": [container(running={})]}, "0/1", "Init:0/1", 0),
        (
            {"initContainerStatuses": [container(waiting={"reason": "ErrImagePull"})]},
            "0/1",
            "Init:ErrImagePull",
            0,
        ),
        (
            {
                "initContainerStatuses": [container(restarts=9, terminated={"exitCode": 0})],
                "phase": "Pending",
            },
            "0/1",
            "Pending",
            0,
        ),
    ],
)
def test_the_word_for_a_pod_follows_its_containers(
    status: Object, ready: str, word: str, restarts: int
) -> None:
    spec = {"initContainers": [{"name": "i"}]}
    shown = cells("pods", pod("a", spec=spec, status=status))
    assert shown[1:5] == [ready, word, restarts, "60m"]


def test_a_completed_container_beside_a_running_one_is_not_the_whole_truth() -> None:
    both = [container(terminated={"reason": "Completed"}), container(ready=True, running={})]
    assert cells("pods", pod("a", status={"containerStatuses": both}))[2] == "NotReady"
    ready = {"containerStatuses": both, "conditions": [{"type": "Ready", "status": "True"}]}
    assert cells("pods", pod("a", status=ready))[2] == "Running"


def test_a_deleted_pod_is_terminating_unless_its_node_is_lost() -> None:
    gone = {"metadata": {"deletionTimestamp": "2026-01-02T00:00:00Z"}}
    assert cells("pods", pod("a", **gone))[2] == "Terminating"
    assert cells("pods", pod("a", status={"reason": "NodeLost"}, **gone))[2] == "Unknown"


def test_times_that_are_missing_or_broken_are_unknown() -> None:
    assert (
        cells("namespaces", thing("Namespace", "n", metadata={"creationTimestamp": None}))[2] == "<unknown>"
    )
    assert (
        cells("namespaces", thing("Namespace", "n", metadata={"creationTimestamp": "soon"}))[2] == "<unknown>"
    )


def metric(kind: str, field: str, target: Object, current: Object | None = None) -> tuple[Object, Object]:
    return {"type": kind, field: {"target": target}}, {"type": kind, field: {"current": current or {}}}


def autoscaler(*metrics: tuple[Object, Object], version: str = "v2", **spec: Any) -> Object:
    target = {"kind": "Deployment", "name": "web"}
    wanted = {"metrics": [m[0] for m in metrics]} if version == "v2" else {}
    status = {"currentMetrics": [m[1] for m in metrics], "currentReplicas": 2}
    body = {"scaleTargetRef": target, "maxReplicas": 9, **wanted, **spec}
    return thing("HorizontalPodAutoscaler", "h", "shop", f"autoscaling/{version}", spec=body, status=status)


@pytest.mark.parametrize(
    ("obj", "shown"),
    [
        (autoscaler(), "<none>"),
        (
            autoscaler(metric("Resource", "resource", {"averageUtilization": 80}, {"averageUtilization": 5})),
            "5%/80%",
        ),
        (autoscaler(metric("Resource", "resource", {"averageUtilization": 80})), "<unknown>/80%"),
        (
            autoscaler(metric("Resource", "resource", {"averageValue": "1Gi"}, {"averageValue": "10Mi"})),
            "10Mi/1Gi",
        ),
        (autoscaler(metric("Pods", "pods", {"averageValue": "100m"})), "<unknown>/100m"),
        (
            autoscaler(metric("External", "external", {"averageValue": "5"}, {"averageValue": "2"})),
            "2/5 (avg)",
        ),
        (autoscaler(metric("Object", "object", {"value": "5"}, {"value": "2"})), "2/5"),
        (autoscaler(metric("New", "new", {})), "<unknown type>"),
        (
            autoscaler(*[metric("Pods", "pods", {"averageValue": "1"}, {"averageValue": "0"})] * 3),
            "0/1, 0/1 + 1 more...",
        ),
        (autoscaler(version="v1", targetCPUUtilizationPercentage=70), "<unknown>/70%"),
        (autoscaler(version="v1"), "<none>"),
    ],
)
def test_the_targets_of_an_autoscaler_are_written_current_first(obj: Object, shown: str) -> None:
    assert cells("horizontalpodautoscalers", obj, "autoscaling")[2] == shown


def test_a_job_without_a_fixed_number_of_completions_counts_its_parallelism() -> None:
    spec, done = {"parallelism": 3}, {"succeeded": 1, "startTime": "2026-01-01T23:58:30Z"}
    job = thing("Job", "j", "shop", "batch/v1", spec=spec, status=done)
    assert cells("jobs", job, "batch")[1:3] == ["1/1 of 3", "90s"]
    ended = {**job, "spec": {"completions": 2}, "status": {**done, "completionTime": "2026-01-01T23:58:40Z"}}
    assert cells("jobs", ended, "batch")[1:3] == ["1/2", "10s"]


def test_a_quota_puts_limits_in_a_column_of_their_own() -> None:
    status = {
        "hard": {"pods": "9", "limits.cpu": "4", "requests.cpu": "2"},
        "used": {"pods": "1", "limits.cpu": "3"},
    }
    quota = thing("ResourceQuota", "q", "shop", status=status)
    assert cells("resourcequotas", quota)[2:] == ["pods: 1/9, requests.cpu: 0/2", "limits.cpu: 3/4"]


def test_more_than_three_endpoints_are_counted() -> None:
    subset = {"addresses": [{"ip": f"10.0.0.{n}"} for n in range(5)], "ports": [{"port": 80}]}
    shown = cells("endpoints", thing("Endpoints", "e", "shop", subsets=[subset]))[1]
    assert shown == "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 2 more..."
    ipv6 = {"addresses": [{"ip": "fd00::1"}], "ports": [{"port": 80}]}
    assert cells("endpoints", thing("Endpoints", "e", "shop", subsets=[ipv6]))[1] == "[fd00::1]:80"


def test_selectors_and_short_lists_are_written_as_the_server_writes_them() -> None:
    terms = [
        {"key": "z", "operator": "NotIn", "values": ["b", "a"]},
        {"key": "c", "operator": "DoesNotExist"},
    ]
    assert selector({"matchLabels": {"k": "v"}, "matchExpressions": terms}) == "!c,k=v,z notin (a,b)"
    assert selector({}) == "<none>"
    assert shortened(["a", "b", "c"]) == "a,b,c"


def test_every_printer_bears_an_object_of_nothing_but_a_name(tmp_path: Path) -> None:
    for kind in BUILT_IN.values():
        bare = {"metadata": {"name": "bare"}}
        printer = printer_for(kind)
        assert len(printer.cells(bare, NOW)) == len(printer.columns), kind.kind


WEIRD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "status", "spec", "reason", "conditions", "type"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(BUILT_IN)), WEIRD, WEIRD)
def test_no_printer_fails_on_an_object_of_another_shape(
    key: tuple[str, str], spec: object, status: object
) -> None:
    obj: Object = {"metadata": {"name": "odd"}, "spec": spec, "status": status}
    table = table_of([obj], BUILT_IN[key], NOW, {}, include="Metadata", version="v1")
    assert len(table["rows"][0]["cells"]) == len(table["columnDefinitions"])


GATE = {
    "metadata": {"name": "north", "creationTimestamp": "2026-01-01T00:00:00Z", "annotations": {"a.b/c": "x"}},
    "spec": {"open": True, "trains": 3.9, "signals": [{"name": "s1"}, {"name": "s2"}], "map": {"k": 1}},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Synced", "status": "False"}]},
}


@pytest.mark.parametrize(
    ("path", "kind", "cell"),
    [
        (".spec.open", "boolean", True),
        (".spec.open", "string", "true"),
        (".spec.trains", "integer", 3),
        (".spec.trains", "number", 3.9),
        ('.status.conditions[?(@.type=="Ready")].status', "string", "True"),
        (".spec.signals[*].name", "string", "s1 s2"),
        (".spec.signals[0].name", "string", "s1"),
        (".spec.signals[-1].name", "string", "s2"),
        (r".metadata.annotations.a\.b/c", "string", "x"),
        (".metadata.annotations['a.b/c']", "string", "x"),
        ("{.spec.map}", "string", '{"k":1}'),
        (".metadata.creationTimestamp", "date", "24h"),
        (".spec.map", "date", "<invalid>"),
        (".spec.gone", "string", None),
        (".spec..deep", "string", None),
        (".spec.map", "integer", None),
    ],
)
def test_a_custom_column_prints_what_its_path_finds(path: str, kind: str, cell: object) -> None:
    gate = Kind("rail.example", "v1", "Gate", "gates", columns=(PrinterColumn("X", kind, path),))
    assert printer_for(gate).cells(GATE, NOW) == ["north", cell]


def test_a_custom_resource_without_columns_shows_its_age_and_a_role_its_creation() -> None:
    assert printer_for(Kind("rail.example", "v1", "Gate", "gates")).cells(GATE, NOW) == ["north", "24h"]
    role = printer_for(BUILT_IN["rbac.authorization.k8s.io", "roles"])
    assert role.cells(GATE, NOW) == ["north", "2026-01-01T00:00:00Z"]
    assert [c.name for c in role.columns] == ["Name", "Created At"]


@settings(deadline=None)
@given(st.text(alphabet=".[]?(@='\"*a0\\", max_size=20))
def test_any_path_text_finds_something_or_nothing(path: str) -> None:
    list(find(GATE, path))


def test_a_row_carries_as_much_of_the_object_as_was_asked_for(tmp_path: Path) -> None:
    api = Api.over(tmp_path, {"shop/pods.json": [pod("a", status={"phase": "Succeeded"})]})
    usual = api.json("/api/v1/pods", TABLE)
    assert usual["metadata"] == {"resourceVersion": "7"}
    assert usual["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    assert usual["rows"][0]["conditions"][0]["type"] == "Completed"
    whole = api.json("/api/v1/pods?includeObject=Object", TABLE)
    assert whole["rows"][0]["object"]["spec"]["nodeName"] == "n1"
    assert api.json("/api/v1/pods?includeObject=None", TABLE)["rows"][0]["object"] is None
    assert api.ask("/api/v1/pods?includeObject=Nope", TABLE).code == 400
