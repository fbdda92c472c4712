"""A definition is named by every word of it, and what is kept of it is clean."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from interlock.core.redaction import Redactor
from interlock.tools.mcp.answer import rendered
from interlock.tools.mcp.definition import defined, restored

Json = dict[str, Any]
CLEAN = Redactor()
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
WIRE = st.fixed_dictionaries(
    {"name": st.just("look")},
    optional={
        "title": WORDS,
        "description": WORDS,
        "inputSchema": st.dictionaries(WORDS, VALUES, max_size=3),
        "outputSchema": st.dictionaries(WORDS, VALUES, max_size=2),
        "annotations": st.dictionaries(st.sampled_from(["readOnlyHint", "title"]), st.booleans() | WORDS),
    },
)


@given(WIRE, WIRE)
@settings(deadline=None, max_examples=150)
def test_two_definitions_have_one_digest_only_when_every_word_is_the_same(one: Json, other: Json) -> None:
    plain = [json.dumps({**dict.fromkeys(WIRE_FIELDS), **wire}, sort_keys=True) for wire in (one, other)]
    same = defined(one, CLEAN).digest == defined(other, CLEAN).digest
    assert same == (plain[0] == plain[1])


WIRE_FIELDS = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")


@given(WIRE, st.sampled_from(WIRE_FIELDS[1:]), WORDS)
@settings(deadline=None, max_examples=150)
def test_one_changed_field_is_another_digest(wire: Json, field: str, word: str) -> None:
    changed = {**wire, field: {word: 1} if field.endswith(("Schema", "annotations")) else word}
    assume(changed != wire and (wire.get(field) is not None or changed[field] is not None))
    assert defined(wire, CLEAN).digest != defined(changed, CLEAN).digest


@given(WIRE)
@settings(deadline=None, max_examples=100)
def test_a_definition_is_kept_and_restored_whole(wire: Json) -> None:
    made = defined(wire, CLEAN)
    assert restored(json.loads(json.dumps(made.as_json()))) == made


@given(VALUES)
@settings(deadline=None, max_examples=100)
def test_what_is_no_definition_is_none(kept: Any) -> None:
    assert restored(kept) is None


def test_only_true_itself_says_that_a_tool_only_reads() -> None:
    for said in ("true", 1, "yes", None, False):
        assert not defined({"name": "a", "annotations": {"readOnlyHint": said}}, CLEAN).reads
    assert defined({"name": "a", "annotations": {"readOnlyHint": True}}, CLEAN).reads


def test_secrets_anywhere_in_a_definition_are_not_kept() -> None:
    secret = "sk-live-4eC39HqLyjWDarjtT1zdp7dc"
    schema = {
        "properties": {
            "q": {"type": "string", "description": f"key {secret}", "default": f"api_key={secret}"}
        }
    }
    made = defined({"name": "a", "title": secret, "description": secret, "inputSchema": schema}, CLEAN)
    assert secret not in json.dumps(made.as_json())


@given(VALUES)
@settings(deadline=None, max_examples=150)
def test_any_structured_content_can_be_shown(value: Any) -> None:
    assert rendered({"structured": value})


def test_structured_content_is_one_field_a_line() -> None:
    shown = rendered(
        {"structured": {"disks": [{"name": "sda", "free": 12}], "none": []}, "text": "and so on"}
    )
    assert shown.split("\n") == ["disks[0].name: sda", "disks[0].free: 12", "none: []", "and so on"]
