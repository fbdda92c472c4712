"""Comparing recordings: what came, went and changed; what cannot be compared; what must not be shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from replay.trees import pod, thing, write_tree

from interlock.core.clusters.objects import KubeObject
from interlock.core.redaction import Redactor
from interlock.core.replay.diff import (
    ABSENT,
    HIDDEN,
    Difference,
    Ref,
    difference,
    field_changes,
    recorded,
)
from interlock.core.replay.dump import Dump
from interlock.surfaces.cli.main import run

Tree = Mapping[str, object]
Compare = Callable[[Tree, Tree], Difference]
KIND = {"group": "", "version": "v1", "kind": "Pod", "plural": "pods", "namespaced": True}


def cleaned(document: JsonValue) -> JsonValue:
    return Redactor().clean_value(document)[0]


def account(namespaces: list[str] | None) -> dict[str, Any]:
    return {"formatVersion": 1, "namespaces": ["shop"], "resources": [{**KIND, "namespaces": namespaces}]}


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    def between(first: Tree, second: Tree) -> Difference:
        folders = [write_tree(tmp_path / name, tree) for name, tree in (("a", first), ("b", second))]
        old, new = (recorded(Dump.open(folder / "cluster")) for folder in folders)
        return difference(old, new, cleaned)

    return between


def test_objects_that_came_went_and_changed_are_named(compare: Compare) -> None:
    found = compare(
        {"shop/pods.json": [pod("kept"), pod("gone"), pod("same")], "nodes.json": [thing("Node", "n1")]},
        {
            "shop/pods.json": [pod("kept", status={"phase": "Failed"}), pod("new"), pod("same")],
            "nodes.json": [thing("Node", "n1"), thing("Node", "n2")],
        },
    )
    assert list(map(str, found.added)) == ["Node n2", "Pod shop/new"]
    assert list(map(str, found.removed)) == ["Pod shop/gone"]
    assert [change.object for change in found.changed] == [Ref("Pod", "shop", "kept")]
    assert list(map(str, found.changed[0].fields)) == ["status.phase: Running -> Failed"]
    assert found.not_comparable == ()


def test_a_resource_that_only_one_recorded_is_not_comparable(compare: Compare) -> None:
    found = compare({"shop/pods.json": [pod("a")]}, {"shop/services.json": [thing("Service", "s", "shop")]})
    assert (found.added, found.removed, found.changed) == ((), (), ())
    assert list(map(str, found.not_comparable)) == [
        "pods: recorded only in the first",
        "services: recorded only in the second",
    ]


def test_a_namespace_nobody_looked_into_is_not_empty(compare: Compare) -> None:
    both = {"shop/pods.json": [pod("a")], "bank/pods.json": [pod("b", "bank")]}
    found = compare(both, {"shop/pods.json": [pod("a")]})
    assert list(map(str, found.not_comparable)) == ["pods in namespace bank: recorded only in the first"]
    assert found.removed == ()


def test_a_namespace_of_a_whole_recording_is_empty_when_nothing_is_in_it(compare: Compare) -> None:
    both = {"shop/pods.json": [pod("a")], "bank/pods.json": [pod("b", "bank")]}
    whole = {"shop/pods.json": [pod("a")], "recorded.json": account(None)}
    assert list(map(str, compare(both, whole).removed)) == ["Pod bank/b"]
    chosen = {**whole, "recorded.json": account(["shop"])}
    assert compare(both, chosen).removed == ()


def test_a_file_that_cannot_be_read_is_not_an_empty_one(compare: Compare) -> None:
    files = {"shop/pods.json": [pod("a")], "shop/services.json": []}
    found = compare(files, {**files, "shop/pods.json": '{"items": [}'})
    assert found.removed == ()
    assert list(map(str, found.not_comparable)) == ["pods in namespace shop: recorded only in the first"]


def test_noise_is_no_change(compare: Compare) -> None:
    noisy = pod("a", metadata={"resourceVersion": "9", "generation": 4, "managedFields": [{"manager": "x"}]})
    noisy["status"]["observedGeneration"] = 4
    found = compare({"shop/pods.json": [pod("a")]}, {"shop/pods.json": [noisy]})
    assert found.changed == ()


def test_a_field_that_was_not_there_is_absent() -> None:
    old, new = KubeObject(pod("a")), KubeObject(pod("a", spec={"nodeName": "n1", "priority": 3}))
    assert list(map(str, field_changes(old, new, cleaned))) == [f"spec.priority: {ABSENT} -> 3"]
    assert list(map(str, field_changes(new, old, cleaned))) == [f"spec.priority: 3 -> {ABSENT}"]


def test_entries_of_one_name_are_told_apart() -> None:
    ports = [{"name": "web", "port": 80}, {"name": "web", "port": 81}]
    old = KubeObject(thing("Service", "s", "shop", spec={"ports": ports}))
    new = KubeObject(thing("Service", "s", "shop", spec={"ports": [ports[0], {"name": "web", "port": 82}]}))
    assert list(map(str, field_changes(old, new, cleaned))) == ["spec.ports[web].port#2: 81 -> 82"]


def test_a_secret_in_a_value_is_never_shown_only_that_it_changed() -> None:
    def with_url(password: str) -> KubeObject:
        url = f"postgresql://app:{password}@db.example:5432/app"
        return KubeObject(thing("ConfigMap", "c", "shop", data={"url": url}))

    old, new = with_url("correct-horse-battery-1"), with_url("correct-horse-battery-2")
    (change,) = field_changes(old, new, cleaned)
    assert change.path == "data.url"
    assert "correct-horse" not in str(change)
    masked: JsonValue = {"data": {"url": "***"}}
    (alike,) = field_changes(old, new, lambda _: masked)
    assert str(alike) == f"data.url: *** -> {HIDDEN}"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
documents = st.dictionaries(st.text(max_size=4), json_values, max_size=4)


@given(documents, documents)
@settings(deadline=None)
def test_nothing_differs_from_itself_and_going_back_undoes(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    old, new = KubeObject(one), KubeObject(other)
    assert list(field_changes(old, KubeObject(json.loads(json.dumps(one))), lambda d: d)) == []
    there = [(c.path, c.old, c.new) for c in field_changes(old, new, lambda d: d)]
    back = [(c.path, c.new, c.old) for c in field_changes(new, old, lambda d: d)]
    assert there == back


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    first = write_tree(tmp_path / "a", {"shop/pods.json": [pod("a"), pod("old")], "nodes.json": []})
    changed = pod("a", status={"phase": "Failed", "message": "one\ntwo" + "x" * 400})
    second = write_tree(tmp_path / "b", {"shop/pods.json": [changed]})
    return str(first), str(second)


def test_the_command_prints_one_line_a_change(
    folders: tuple[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", "diff", *folders]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[:2] == ["- Pod shop/old", "~ Pod shop/a"]
    assert lines[2].startswith("    status.message: (absent) -> one\\ntwoxxx")
    assert lines[2].endswith("xxx...")
    assert lines[-2:] == [
        "not comparable: nodes: recorded only in the first",
        "0 added, 1 removed, 1 changed, 1 not comparable",
    ]


def test_the_command_prints_the_whole_as_json(
    folders: tuple[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", "diff", *folders, "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["added"] == []
    assert said["removed"] == [{"kind": "Pod", "namespace": "shop", "name": "old"}]
    assert said["changed"][0]["object"]["name"] == "a"
    assert said["changed"][0]["fields"][0]["new"] == "one\ntwo" + "x" * 400
    assert said["not_comparable"] == [{"resource": "nodes", "namespace": "", "only_in": "first"}]


def test_a_folder_that_is_no_replay_is_bad_input(
    tmp_path: Path, folders: tuple[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", "diff", folders[0], str(tmp_path / "nowhere")]) == 2
    assert "there is no replay folder" in capfd.readouterr().err


def test_the_json_fits_its_documented_schema(
    tmp_path: Path, repo_root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = (repo_root / "docs" / "json.md").read_text()
    (block,) = re.findall(r"```json schema=replay-diff\n(.*?)```", page, re.DOTALL)
    folders = [
        str(write_tree(tmp_path / name, tree))
        for name, tree in (
            ("a", {"shop/pods.json": [pod("kept"), pod("gone")], "nodes.json": [thing("Node", "n1")]}),
            ("b", {"shop/pods.json": [pod("kept", status={"phase": "Failed"}), pod("new")]}),
        )
    ]
    assert run(["replay", "diff", *folders, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert all(found[part] for part in ("added", "removed", "changed", "not_comparable"))
    jsonschema.Draft202012Validator(json.loads(block)).validate(found)
