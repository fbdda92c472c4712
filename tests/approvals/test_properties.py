"""Properties: one form for one meaning, differences that do not depend on order, arguments that mean what they say."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.approvals.canonical import canonical, digest
from interlock.approvals.catalogue import all_actions, find_action
from interlock.approvals.normal import STAMP, difference, normal, removal
from interlock.approvals.patches import leaves, merged, operation, parts, patched
from interlock.approvals.quantities import amount, same
from interlock.approvals.words import Preconditions
from interlock.core.errors import BadInput

QUIET = settings(deadline=None, max_examples=60)
scalars = st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
named = st.dictionaries(st.sampled_from("abcd"), scalars, max_size=3)
items = st.lists(st.tuples(st.sampled_from("xyz"), named), max_size=4).map(
    lambda pairs: [{**held, "name": name} for name, held in pairs]
)
objects = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["Deployment", "Job"]),
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "name": st.text(max_size=4),
                "resourceVersion": st.text(max_size=4),
                "managedFields": values,
                "generation": st.integers(0, 9),
                "annotations": st.dictionaries(st.sampled_from([STAMP, "a", "b"]), st.text(max_size=3)),
                "labels": st.dictionaries(st.sampled_from(["controller-uid", "app"]), st.text(max_size=3)),
            },
        ),
        "spec": st.dictionaries(st.sampled_from("pqr"), values | items, max_size=3),
        "status": values,
    },
)


def shuffled(value: Any) -> Any:
    """The same with its keys the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(list(value))}
    return [shuffled(each) for each in value] if isinstance(value, list) else value


@QUIET
@given(objects)
def test_normalising_twice_changes_nothing(held: Any) -> None:
    once = normal(held)
    assert normal(once) == once
    assert "status" not in once
    assert not set(once.get("metadata", {})) & {"resourceVersion", "managedFields", "generation"}


@QUIET
@given(objects, objects)
def test_a_difference_does_not_depend_on_the_order_of_keys(before: Any, after: Any) -> None:
    assert difference(before, after) == difference(shuffled(before), shuffled(after))
    assert difference(before, after).digest == difference(shuffled(before), shuffled(after)).digest


@QUIET
@given(objects, objects)
def test_there_is_a_difference_exactly_where_the_normal_forms_differ(before: Any, after: Any) -> None:
    assert bool(difference(before, after)) is (canonical(normal(before)) != canonical(normal(after)))
    assert not difference(before, before)


def test_null_is_not_there() -> None:
    # Servers write `creationTimestamp: null` in the templates of one kind and not of another.
    assert not difference({"spec": {"metadata": {"creationTimestamp": None}}}, {"spec": {}})
    assert difference({"spec": {"emptyDir": {}}}, {"spec": {}})


@QUIET
@given(objects, objects, values, values)
def test_status_bookkeeping_and_our_stamp_are_in_no_difference(
    before: Any, after: Any, one: Any, two: Any
) -> None:
    def dressed(held: Any, extra: Any) -> Any:
        notes = {**held.get("metadata", {}).get("annotations", {}), STAMP: json.dumps(extra)}
        metadata = {
            **held.get("metadata", {}),
            "resourceVersion": str(extra),
            "uid": "u",
            "annotations": notes,
        }
        return {**held, "status": extra, "metadata": metadata}

    plain = difference({"metadata": {}, **before}, {"metadata": {}, **after})
    assert difference(dressed(before, one), dressed(after, two)).digest == plain.digest


@QUIET
@given(objects, objects)
def test_the_way_back_is_the_same_difference_the_other_way(before: Any, after: Any) -> None:
    there, back = difference(before, after), difference(after, before)
    assert [(c.path, c.before, c.after) for c in there.changes] == [
        (c.path, c.after, c.before) for c in back.changes
    ]


@QUIET
@given(values)
def test_the_canonical_form_is_one_and_holds_the_value(value: Any) -> None:
    assert canonical(value) == canonical(shuffled(value))
    assert canonical(json.loads(canonical(value))) == canonical(value)


@QUIET
@given(values, values)
def test_two_meanings_never_share_a_digest(one: Any, two: Any) -> None:
    as_text = [json.dumps(each, sort_keys=True) for each in (one, two)]
    assert (digest(one) == digest(two)) is (as_text[0] == as_text[1])


@pytest.mark.parametrize("value", [2**53, -(2**60), float("nan"), float("inf"), "\ud800", {"a": [2**64]}])
def test_what_cannot_be_written_exactly_is_refused(value: Any) -> None:
    with pytest.raises(BadInput):
        canonical(value)


@QUIET
@given(values, values)
def test_a_merge_patch_twice_is_a_merge_patch_once(target: Any, patch: Any) -> None:
    once = merged(target, patch)
    assert merged(once, patch) == once


@QUIET
@given(
    st.dictionaries(
        st.text(max_size=5), st.dictionaries(st.text(max_size=5), scalars, min_size=1), min_size=1
    )
)
def test_a_patch_at_a_place_changes_that_place_only(held: Any) -> None:
    key = sorted(held)[0]
    inner = sorted(held[key])[0]
    after = patched(held, [operation("replace", (key, inner), "new")])
    assert after == {**held, key: {**held[key], inner: "new"}}
    assert patched(after, [operation("remove", (key, inner))]) == {
        **held,
        key: {k: v for k, v in held[key].items() if k != inner},
    }
    assert set(leaves(held)) == {(k, i) for k in held for i in held[k]}
    assert parts(str(operation("add", (key, inner), 1)["path"])) == [key, inner]


def test_a_patch_of_what_is_not_there_is_refused() -> None:
    held: Any = {"a": [{"b": 1}], "c": 2}
    for op in (
        operation("replace", ("absent",), 1),
        operation("remove", ("absent",)),
        operation("replace", ("a", 7, "b"), 1),
        operation("replace", ("a", "x", "b"), 1),
        operation("add", ("a", 0), 1),
        operation("replace", ("c", "d"), 1),
        operation("test", ("c",), 3),
    ):
        with pytest.raises(BadInput):
            patched(held, [op])
    assert patched(held, [operation("test", ("c",), 2), operation("replace", ("a", 0, "b"), 5)]) == {
        "a": [{"b": 5}],
        "c": 2,
    }


@QUIET
@given(st.integers(0, 10**9), st.sampled_from(["", "m", "k", "Ki", "M", "Gi", "e3", "n"]))
def test_a_quantity_means_what_it_says(number: int, unit: str) -> None:
    sizes = {"": 1, "m": Decimal("0.001"), "k": 1000, "Ki": 1024, "M": 10**6, "Gi": 2**30, "e3": 1000}
    assert amount(f"{number}{unit}") == number * Decimal(sizes.get(unit, Decimal("1e-9")))
    assert same(f"{number * 1000}m", str(number))


@pytest.mark.parametrize("wrong", ["", "x", "1 Gi", "-1", "1GB", "1e", "Gi", "1Gi\n", "٣"])
def test_what_is_no_quantity_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput):
        amount(wrong)


def test_no_amount_is_the_same_as_no_amount_only() -> None:
    assert same("", None) and not same("1", None) and not same("", "1")


@QUIET
@given(st.sampled_from(sorted(all_actions())), st.dictionaries(st.text(max_size=8), values, max_size=5))
def test_arguments_of_any_shape_are_refused_in_one_line_or_mean_themselves(
    name: str, given_args: Any
) -> None:
    action = find_action(name)
    with pytest.raises(BadInput) as refused:
        action.parse(given_args)
    assert refused.value.message.startswith(f"{name}: ")


def test_what_differs_in_preconditions_is_named() -> None:
    one = Preconditions("u", 1, digest(1))
    assert one.moved(one) == ()
    assert one.moved(Preconditions("v", 2, digest(2))) == ("uid", "generation", "fields")
    assert one.moved(Preconditions("u", None, digest(1))) == ("generation",)


def test_a_difference_reads_as_people_write_paths() -> None:
    before = {"spec": {"containers": [{"name": "app", "image": "a:1"}, {"name": "side"}], "a.b": {"c d": 1}}}
    after = {
        "spec": {
            "containers": [{"name": "side"}, {"name": "app", "image": "a:2"}],
            "plain": [1],
            "a.b": {"c d": 2},
        }
    }
    found = difference(before, after)
    assert [each.where for each in found.changes] == [
        'spec."a.b"."c d"',
        "spec.containers[]",
        "spec.containers[app].image",
        "spec.plain[0]",
    ]
    assert "a:1" not in repr(found), "values are text from outside"
    assert (
        removal({"kind": "Pod", "metadata": {"name": "x", "namespace": "n", "uid": "u"}}).changes[0].where
        == "Pod[n/x]"
    )
    assert removal({}).changes
