"""Arguments that nobody would think of, for every tool: valid by its own schema, or nearly so."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

Json = dict[str, Any]
HOSTILE = (
    "../../secrets",
    "web/exec",
    "running/exec?command=sh",
    "pods/running/attach",
    "nodes/proxy",
    "a?watch=true",
    "a&watch=true",
    "%2e%2e%2fsecrets",
    "..",
    "a\r\nDELETE /api/v1/pods HTTP/1.1",
    "x#y",
    "pods/binding",
    "-",
    "\u202eweb",
    "web\x00",
    "http://127.0.0.1:1/",
    "web;kubectl delete ns $A",
    "*",
    "a" * 300,
)
KNOWN = (
    "", "$A", "$B", "$N", "$WEB", "web", "running", "app", "settings", "keys", "pods", "deploy", "secrets", "nodes",
    "events.events.k8s.io", "pods.metrics.k8s.io", "bindings", "tokenreviews", "subjectaccessreviews", "status",
    "status.phase=Running", "app=web", "app in (web,db),!x", "metadata.name=web", "restarts",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(KNOWN), st.sampled_from(HOSTILE), st.text(max_size=12))


def arguments(model: type[BaseModel]) -> st.SearchStrategy[Json]:
    """Arguments of a tool: required ones always, others sometimes."""
    required = {name: _field(f) for name, f in model.model_fields.items() if f.is_required()}
    others = {
        name: _field(f) for name, f in model.model_fields.items() if not f.is_required() and name != "cluster"
    }
    return st.fixed_dictionaries(required, optional=others)


def _field(field: FieldInfo) -> st.SearchStrategy[Any]:
    return _of(field.annotation)


def _of(annotation: Any) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, UnionType):
        return st.one_of([_of(each) for each in inner])
    if origin is tuple:
        return st.lists(_of(inner[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(
            st.sampled_from(["namespace", "pod", "deployment", "severity"]), TEXTS, max_size=3
        )
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return arguments(annotation)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        NoneType: st.none(),
        bool: st.booleans(),
        int: st.integers(1, 120),
        float: st.floats(0.1, 600, allow_nan=False),
    }
    return plain.get(annotation, TEXTS)
