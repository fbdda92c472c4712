"""Manifests are read with the line of every field."""

from __future__ import annotations

import json

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.tools.knowledge.drift.manifests import parse

PRINTED = st.characters(min_codepoint=32, max_codepoint=126)
TWO = """# a comment
apiVersion: v1
kind: Service
metadata:
  name: api
spec:
  ports:
  - port: 80
    name: http
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: one}
  data: {at: 2026-01-01, span: 1:30, mode: 0644, eq: =}
"""


def test_each_field_has_its_line() -> None:
    service, config = parse("a.yaml", TWO)[0]
    assert (service.kind, service.name, service.line(())) == ("Service", "api", 2)
    assert service.line(("spec", "ports", 0, "name")) == 9
    assert service.line(("spec", "ports", 0, "nodePort")) == 8, "the nearest field above"
    assert (config.name, config.line(("data", "at"))) == ("one", 17)


def test_values_are_read_as_kubernetes_reads_them() -> None:
    data = parse("a.yaml", TWO)[0][1].value["data"]
    assert data == {"at": "2026-01-01", "span": "1:30", "mode": 420, "eq": "="}


def test_anchors_and_merges_are_followed() -> None:
    text = "apiVersion: v1\nkind: X\nmetadata: {name: a}\nbase: &b {x: 1}\nspec:\n  <<: *b\n  y: 2\n"
    assert parse("a.yaml", text)[0][0].value["spec"] == {"x": 1, "y": 2}


def test_aliases_that_unfold_without_end_are_refused() -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    found, said = parse("a.yaml", bomb)
    assert found == []
    assert "more than" in said


def test_an_alias_to_itself_is_refused() -> None:
    assert "not read" in parse("a.yaml", "a: &a [*a]\n")[1]


def test_what_is_no_object_is_passed_over_and_what_cannot_be_read_is_said() -> None:
    assert parse("values.yaml", "image: {tag: 1}\n") == ([], "")
    found, said = parse("a.yaml", TWO + "---\nname: {{ .Values.name }}\n")
    assert len(found) == 2
    assert "line" in said


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(PRINTED, max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(PRINTED, max_size=6), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
@settings(deadline=None)
def test_any_data_comes_back_as_it_was_written(spec: object) -> None:
    whole = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "spec": spec}
    for text in (json.dumps(whole, ensure_ascii=False), yaml.safe_dump(whole)):
        found, said = parse("a.yaml", text)
        assert (said, dict(found[0].value)) == ("", whole)
