"""Lists of all namespaces for who may read some of them: page by page, nothing twice, nothing left unsaid."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from interlock.core.clusters.permitted import MOST_NAMESPACES, PermittedTransport, is_partial, may_not
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.transport import JSON, Reply
from interlock.core.errors import Forbidden, NotServed

KINDS = [("pods", "Pod", True), ("nodes", "Node", False), ("namespaces", "Namespace", False)]


class Server:
    """Answers lists as an API server does, page by page; `may` are the namespaces it lets be read."""

    def __init__(
        self, pods: Mapping[str, int], may: tuple[str, ...], *, lists_namespaces: bool = True
    ) -> None:
        self.pods = pods
        self.may = may
        self.lists_namespaces = lists_namespaces
        self.asked: list[str] = []

    def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = JSON) -> Reply:
        self.asked.append(path)
        given = params or {}
        if path == "/api":
            return said({"kind": "APIVersions", "versions": ["v1"]})
        if path == "/apis":
            return said({"kind": "APIGroupList", "groups": []})
        if path == "/api/v1":
            held = [{"name": n, "kind": k, "namespaced": s, "verbs": ["list"]} for n, k, s in KINDS]
            return said({"kind": "APIResourceList", "groupVersion": "v1", "resources": held})
        if path == "/api/v1/namespaces" and self.lists_namespaces:
            return page([{"metadata": {"name": name}} for name in self.pods], given)
        space = path.removeprefix("/api/v1/namespaces/").removesuffix("/pods")
        if path.endswith("/pods") and space in self.may:
            pods = [
                {"metadata": {"name": f"p{n}", "namespace": space}} for n in range(self.pods.get(space, 0))
            ]
            return page(pods, given)
        if path.startswith("/api/v1"):
            raise Forbidden(f"{path} is forbidden")
        raise NotServed(path)

    def close(self) -> None:
        """Nothing is held."""


def said(body: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(body).encode())


def page(items: list[dict[str, Any]], params: Mapping[str, str]) -> Reply:
    start, size = int(params.get("continue") or 0), int(params.get("limit", 500))
    end = start + size
    rest = {"continue": str(end), "remainingItemCount": len(items) - end} if end < len(items) else {}
    return said({"kind": "List", "metadata": rest, "items": items[start:end]})


def reader(server: Server, *told: str) -> ClusterReader:
    return ClusterReader("c", PermittedTransport(server, told))


PODS = {"a": 700, "b": 3, "c": 0, "d": 1200, "e": 1}


def test_pages_of_namespaces_are_one_list_without_a_gap_or_a_double() -> None:
    found = reader(Server(PODS, ("a", "c", "d", "e"))).list("pods")
    names = [(item.namespace, item.name) for item in found.objects]
    assert len(names) == len(set(names)) == 1901
    assert found.complete
    assert found.warnings == ("you may not list pods in namespace b",)
    assert is_partial(found.warnings)


@pytest.mark.parametrize("limit", [1, 699, 700, 701, 1900, 1901, 3000])
def test_a_limit_cuts_where_it_says(limit: int) -> None:
    found = reader(Server(PODS, ("a", "c", "d", "e"))).list("pods", limit=limit)
    assert len(found.objects) == min(limit, 1901)
    assert found.complete is (limit >= 1901)


def test_no_count_of_the_rest_is_told_where_nobody_knows_it() -> None:
    assert reader(Server(PODS, ("a", "d"))).list("pods", limit=1).remaining is None


def test_who_may_read_no_namespace_is_refused() -> None:
    with pytest.raises(Forbidden, match="/api/v1/pods is forbidden"):
        reader(Server(PODS, ())).list("pods")


def test_where_no_namespace_is_listed_those_told_are_asked_and_the_rest_is_said() -> None:
    found = reader(Server(PODS, ("b", "e"), lists_namespaces=False), "b", "zzz").list("pods")
    assert {item.namespace for item in found.objects} == {"b"}
    assert any("only namespace b was asked" in warning for warning in found.warnings)
    assert any("in namespace zzz" in warning for warning in found.warnings)


def test_a_kind_without_namespaces_is_refused_as_it_is() -> None:
    server = Server(PODS, ("a",))
    with pytest.raises(Forbidden):
        reader(server).list("nodes")
    assert not any(path.startswith("/api/v1/namespaces/") for path in server.asked)


def test_of_very_many_namespaces_the_rest_is_counted() -> None:
    pods = {f"n{number:04}": 1 for number in range(MOST_NAMESPACES + 20)}
    found = reader(Server(pods, tuple(pods))).list("pods")
    assert len(found.objects) == MOST_NAMESPACES
    assert any("20 more namespaces" in warning for warning in found.warnings)
    assert is_partial(found.warnings)


def test_a_refusal_reads_like_a_sentence() -> None:
    assert may_not("list", "pods", "shop") == "you may not list pods in namespace shop"
    assert (
        may_not("list", "deployments.apps", everywhere=True)
        == "you may not list deployments in all namespaces"
    )
    assert may_not("get", "nodes") == "you may not get nodes"
