"""Pod templates compared field by field."""

from __future__ import annotations

import copy
from typing import Any

from fakes.replays import Json
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.tools.changes.templates import Change, template_diff


def template(**container: Any) -> Json:
    one = {"name": "api", "image": "api:1", "resources": {"limits": {"memory": "512Mi"}}, **container}
    return {"metadata": {"labels": {"app": "api", "pod-template-hash": "abc"}}, "spec": {"containers": [one]}}


def said(old: Json, new: Json) -> list[str]:
    return [str(change) for change in template_diff(old, new)]


def test_a_changed_field_is_named_by_container_and_path() -> None:
    smaller = template(resources={"limits": {"memory": "128Mi"}})
    assert said(template(), smaller) == ["spec.containers[api].resources.limits.memory: 512Mi -> 128Mi"]


def test_what_was_added_or_removed_is_said_as_not_set() -> None:
    with_env = template(env=[{"name": "TIER", "value": "gold"}])
    path = "spec.containers[api].env[TIER]"
    assert said(template(), with_env) == [
        f"{path}.name: (not set) -> TIER",
        f"{path}.value: (not set) -> gold",
    ]
    assert said(with_env, template()) == [
        f"{path}.name: TIER -> (not set)",
        f"{path}.value: gold -> (not set)",
    ]


def test_a_variable_that_moved_is_no_change() -> None:
    one, two = {"name": "A", "value": "1"}, {"name": "B", "value": "2"}
    assert said(template(env=[one, two]), template(env=[two, one])) == []


def test_the_marks_of_the_controllers_are_no_change() -> None:
    other = template()
    other["metadata"]["labels"]["pod-template-hash"] = "def"
    assert said(template(), other) == []


def test_a_restart_is_a_change() -> None:
    restarted = template()
    restarted["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2026-03-02T10:00:00Z"}
    path = "metadata.annotations.kubectl.kubernetes.io/restartedAt"
    assert said(template(), restarted) == [f"{path}: (not set) -> 2026-03-02T10:00:00Z"]


def test_two_mounts_of_one_volume_are_told_apart() -> None:
    mounts = [{"name": "data", "mountPath": "/a"}, {"name": "data", "mountPath": "/b", "readOnly": False}]
    changed = [mounts[0], {**mounts[1], "readOnly": True}]
    diff = said(template(volumeMounts=mounts), template(volumeMounts=changed))
    assert diff == ["spec.containers[api].volumeMounts[/b].readOnly: false -> true"]


def test_arguments_are_compared_by_place() -> None:
    assert said(template(args=["-v", "1"]), template(args=["-v", "2"])) == [
        "spec.containers[api].args[1]: 1 -> 2"
    ]


def test_of_a_secret_only_the_change_is_told() -> None:
    def env(value: str | None) -> Json:
        held = (
            {"value": value} if value else {"valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}
        )
        return template(env=[{"name": "DB_PASSWORD", **held}, {"name": "TIER", "value": "gold"}])

    path = "spec.containers[api].env[DB_PASSWORD]"
    assert said(env("hunter-two-22"), env("correct-horse-9")) == [
        f"{path}.value: <secret:before> -> <secret:after>"
    ]
    moved = said(env("hunter-two-22"), env(None))
    assert moved[-1] == f"{path}.value: <secret:before> -> (not set)"
    assert f"{path}.valueFrom.secretKeyRef.name: (not set) -> db" in moved
    marked = said(env("<secret:password#1>"), env("<secret:password#2>"))
    assert marked == [f"{path}.value: <secret:password#1> -> <secret:password#2>"]


def test_an_annotation_named_like_a_secret_is_not_shown() -> None:
    old, new = template(), template()
    new["metadata"]["annotations"] = {"example.com/api-token": "abc-def"}
    assert said(old, new) == ["metadata.annotations.example.com/api-token: (not set) -> <secret:after>"]


keys = st.text(alphabet="abcdef./-", min_size=1, max_size=4)
leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6)
documents = st.dictionaries(
    keys,
    st.recursive(
        leaves, lambda i: st.lists(i, max_size=3) | st.dictionaries(keys, i, max_size=3), max_leaves=8
    ),
)


@settings(deadline=None)
@given(documents)
def test_a_template_does_not_differ_from_itself(document: Json) -> None:
    assert template_diff(document, copy.deepcopy(document)) == []


@settings(deadline=None)
@given(documents, documents)
def test_the_way_back_is_the_way_forth_turned_round(old: Json, new: Json) -> None:
    forth = {(c.path, c.old is None, c.new is None) for c in template_diff(old, new)}
    back = {(c.path, c.new is None, c.old is None) for c in template_diff(new, old)}
    assert forth == back


@settings(deadline=None)
@given(documents, documents)
def test_every_change_is_one_line_with_an_arrow(old: Json, new: Json) -> None:
    for change in template_diff(old, new):
        assert change.old != change.new
        assert "\n" not in str(Change("p", change.old, change.new)) and " -> " in str(change)
