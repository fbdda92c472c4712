"""Tables, metadata alone, pages and warnings: the reader asks for the form that is enough and loses nothing on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from fakes.scripted_api import Answer, Request, scripted

from interlock.core.clusters.connect import from_url
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.snapshot import SnapshotReader

Json = dict[str, Any]
KINDS = {
    "/api": {"kind": "APIVersions"},
    "/apis": {"kind": "APIGroupList", "groups": [{"name": "autoscaling", "versions": [{"version": "v1"}]}]},
    "/apis/autoscaling/v1": {"resources": [{"name": "horizontalpodautoscalers", "kind": "HorizontalPodAutoscaler",
                                             "namespaced": True, "verbs": ["list"]}]},
    "/api/v1": {"resources": [{"name": n, "kind": k, "namespaced": n != "nodes", "verbs": ["list"]}
                              for n, k in (("pods", "Pod"), ("secrets", "Secret"), ("nodes", "Node"))]},
}  # fmt: skip
COLUMNS = [{"name": name} for name in ("Name", "Ready", "Status", "Restarts", "Age", "IP", "Node")]


@contextmanager
def reading(answer: Callable[[Request], Answer]) -> Iterator[tuple[ClusterReader, list[Request]]]:
    def known(request: Request) -> Answer:
        return Answer(KINDS[request.path]) if request.path in KINDS else answer(request)

    with scripted(known) as (url, asked), closing(from_url("test", url)) as reader:
        yield reader, asked


def named(name: str, namespace: str = "shop", **more: object) -> Json:
    return {"metadata": {"name": name, "namespace": namespace, **more}}


def lists(asked: list[Request]) -> list[Request]:
    return [request for request in asked if request.path not in KINDS]


def test_a_warning_of_the_server_is_carried_once_over_all_pages() -> None:
    def answer(request: Request) -> Answer:
        token = "" if "continue" in request.query else "more"
        warning = {"Warning": '299 - "v1 Endpoints is deprecated in v1.33+", 299 - "and say \\"so\\""'}
        return Answer({"metadata": {"continue": token}, "items": [named(f"a{token}")]}, headers=warning)

    with reading(answer) as (reader, asked):
        listing = reader.list("pods")
        assert listing.warnings == ("v1 Endpoints is deprecated in v1.33+", 'and say \\"so\\"')
        assert reader.metadata("pods").warnings == listing.warnings
        assert len(listing.objects) == 2
        assert len(lists(asked)) == 4


def table(*rows: Json, token: str = "") -> Json:
    return {
        "kind": "Table",
        "metadata": {"continue": token},
        "columnDefinitions": COLUMNS,
        "rows": list(rows),
    }


def row(name: str, ready: str = "1/1", *, bare: bool = False, **more: object) -> Json:
    item = None if bare else {"kind": "PartialObjectMetadata", **named(name)}
    return {"cells": [name, ready, "Running", 0, "3m", "10.0.0.1", "node-1"], "object": item, **more}


def test_rows_beyond_those_to_be_named_come_as_cells_alone() -> None:
    def answer(request: Request) -> Answer:
        if "continue" in request.query:
            return Answer(table(row("b", bare=True), row("c", bare=True)))
        return Answer(table(row("a"), token="t"))

    with reading(answer) as (reader, asked):
        found = reader.table("pods", named=1)
        assert found is not None
        assert [(r.cells["name"], r.item.namespace if r.item else None) for r in found.rows] == [
            ("a", "shop"),
            ("b", None),
            ("c", None),
        ]
        first, second = lists(asked)
        assert "as=Table" in first.accept
        assert (first.query["includeObject"], first.query["limit"]) == ("Metadata", "500")
        assert (second.query["includeObject"], second.query["continue"]) == ("None", "t")


def test_a_pod_that_is_done_is_known_by_the_row_and_not_by_a_word() -> None:
    done = [{"type": "Completed", "status": "True", "reason": "Succeeded"}]
    with reading(lambda _: Answer(table(row("a", "0/1", conditions=done), row("b")))) as (reader, _):
        found = reader.table("pods")
        assert found is not None
        assert [r.ended for r in found.rows] == ["Succeeded", ""]


def test_a_server_without_tables_gives_none() -> None:
    with reading(lambda _: Answer({"kind": "PodList", "metadata": {}, "items": []})) as (reader, _):
        assert reader.table("pods") is None


def test_a_table_that_expires_between_two_pages_is_read_again() -> None:
    answers = iter(
        [
            Answer(table(row("a"), token="t")),
            Answer({"kind": "Status", "code": 410}, 410),
            Answer(table(row("b"))),
        ]
    )
    with reading(lambda _: next(answers)) as (reader, asked):
        found = reader.table("pods")
        assert found is not None
        assert [r.cells["name"] for r in found.rows] == ["b"]
        assert "continue" not in lists(asked)[2].query


def test_metadata_has_the_kind_of_the_object_and_says_how_many_more_there_are() -> None:
    item = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", **named("a", uid="u")}
    page = {
        "kind": "PartialObjectMetadataList",
        "metadata": {"continue": "t", "remainingItemCount": 41},
        "items": [item],
    }
    with reading(lambda _: Answer(page)) as (reader, asked):
        listing = reader.metadata("pods", limit=1)
        assert (str(listing.objects[0]), listing.objects[0].uid) == ("Pod shop/a", "u")
        assert (listing.complete, listing.remaining) == (False, 41)
        assert "PartialObjectMetadataList" in lists(asked)[0].accept


@pytest.mark.parametrize("form", ["list", "metadata", "table"])
def test_no_form_of_a_secret_shows_its_values(form: str) -> None:
    applied = {
        "kubectl.kubernetes.io/last-applied-configuration": '{"data": {"token": "c2VjcmV0"}}',
        "team": "a",
    }
    item = {**named("keys", annotations=applied), "data": {"token": "c2VjcmV0"}}

    def answer(request: Request) -> Answer:
        if "as=Table" in request.accept:
            return Answer({**table(), "rows": [{"cells": ["keys", "Opaque", 1, "3m"], "object": item}]})
        return Answer({"metadata": {}, "items": [item]})

    with reading(answer) as (reader, _):
        found = getattr(reader, form)("secrets")
        assert "c2VjcmV0" not in repr(found)
        assert "team" in repr(found)


def test_the_conditions_of_an_old_autoscaler_stand_where_a_new_one_has_them() -> None:
    held = '[{"type":"ScalingLimited","status":"True","reason":"TooManyReplicas"}]'
    item = named("api", annotations={"autoscaling.alpha.kubernetes.io/conditions": held})
    item |= {"status": {"currentReplicas": 5}}
    with reading(lambda _: Answer({"metadata": {}, "items": [item]})) as (reader, _):
        found = reader.list("horizontalpodautoscalers").objects[0]
    assert [c.text("reason") for c in found.nodes("status", "conditions")] == ["TooManyReplicas"]


def answers(request: Request) -> Answer:
    """Three pods in two namespaces, selected by nothing: the server would do that, memory has to."""
    items = [
        named("a", labels={"app": "x"}),
        named("b", labels={"app": "y"}),
        named("a", "pay", labels={"app": "x"}),
    ]
    return Answer({"metadata": {}, "items": items})


@pytest.mark.parametrize(
    ("namespace", "labels", "fields", "right"),
    [
        ("shop", "", "", ["shop/a", "shop/b"]),
        (None, "app=x", "", ["shop/a", "pay/a"]),
        ("pay", "app=x", "metadata.name=a", ["pay/a"]),
        (None, "", "metadata.name=b", ["shop/b"]),
    ],
)
def test_a_part_of_a_list_that_was_read_is_not_asked_for_again(
    namespace: str | None, labels: str, fields: str, right: list[str]
) -> None:
    with reading(answers) as (reader, asked):
        snapshot = SnapshotReader(reader)
        snapshot.list("pods")
        for read in (snapshot.list, snapshot.metadata):
            found = read("pods", namespace, labels=labels, fields=fields).objects
            assert [f"{item.namespace}/{item.name}" for item in found] == right
        assert len(lists(asked)) == 1


@pytest.mark.parametrize("labels", ["app!=x", "app in (x)", "!app", "app"])
def test_a_selector_that_says_more_than_equal_is_left_to_the_server(labels: str) -> None:
    with reading(answers) as (reader, asked):
        snapshot = SnapshotReader(reader)
        snapshot.list("pods")
        snapshot.list("pods", labels=labels)
        assert [request.query.get("labelSelector") for request in lists(asked)] == [None, labels]
