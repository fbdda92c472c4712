"""YAML by document."""

from __future__ import annotations

from interlock.index import yamldocs

MANIFESTS = """\
# two objects
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    name: not-this
  name: "checkout"   # the shop
  namespace: shop
spec: {}
---
kind: Service
metadata: {name: x}
---
just: values
"""


def blocks(text: str) -> list[tuple[int, int, str, tuple[str, ...]]]:
    return [(b.start, b.end, b.title, b.trail) for b in yamldocs.split(text.split("\n")).blocks]


def test_each_document_is_a_block_named_by_kind_namespace_and_name() -> None:
    assert [block[:3] for block in blocks(MANIFESTS)] == [
        (1, 9, "Deployment shop/checkout"),
        (10, 12, "Service"),
        (13, 14, ""),
    ]


def test_a_long_document_is_cut_at_its_top_level_keys() -> None:
    text = "replicas: 2\nimage:\n" + "  a: b\n" * 50 + "service:\n" + "  - c\n" * 50
    assert blocks(text) == [
        (1, 1, "", ("replicas",)),
        (2, 52, "", ("image",)),
        (53, 103, "", ("service",)),
    ]


def test_a_long_kubernetes_object_keeps_its_name_on_every_piece() -> None:
    text = "kind: ConfigMap\nmetadata:\n  name: big\ndata:\n" + "  k: v\n" * 200
    assert {block[2] for block in blocks(text)} == {"ConfigMap big"}
    assert blocks(text)[-1][3] == ("ConfigMap big", "data")


def test_a_chart_template_is_split_like_the_rest() -> None:
    text = "{{- if .Values.on }}\nkind: Job\nmetadata:\n  name: {{ .Release.Name }}-x\n{{- end }}"
    assert blocks(text)[0][:3] == (1, 5, "Job {{ .Release.Name }}-x")


def test_each_item_of_a_list_is_a_piece_under_its_own_name() -> None:
    text = (
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    items: |\n      - not: one\n  kind: ConfigMap\n  metadata:\n"
        "    name: one\n    namespace: shop\n- kind: Secret\n  metadata:\n    name: two\nkind: List\n"
    )
    found = [(b.start, b.end, b.title) for b in yamldocs.split(text.split("\n")).blocks]
    assert found == [(1, 2, ""), (3, 10, "ConfigMap shop/one"), (11, 13, "Secret two"), (14, 14, "")]
