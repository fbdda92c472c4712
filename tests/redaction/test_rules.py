"""Every entry of the rule table and of the shapes does what its example says, and nothing to its look-alike."""

from __future__ import annotations

import json

import pytest

from interlock.core.redaction import JsonValue, Redactor
from interlock.core.redaction.rule import Made, Rule, example_text, fill
from interlock.core.redaction.rules import all_rules
from interlock.core.redaction.shapes import Shape, all_shapes

RULES = all_rules()
SHAPES = all_shapes()


def _made(rule: Rule) -> list[str]:
    """The made-up stretches of an example that nothing may show."""
    text = example_text(rule)
    parts, at = [], 0
    for part in rule.example:
        size = part.length if isinstance(part, Made) else len(part)
        if isinstance(part, Made) and size >= 8:
            parts.append(text[at : at + size])
        at += size
    return parts


@pytest.mark.parametrize("rule", RULES, ids=[f"{i}-{r.id}" for i, r in enumerate(RULES)])
def test_a_rule_finds_its_example_by_itself(rule: Rule) -> None:
    assert list(rule.find(example_text(rule).encode()))


@pytest.mark.parametrize("rule", RULES, ids=[f"{i}-{r.id}" for i, r in enumerate(RULES)])
def test_the_redactor_shows_nothing_of_a_rules_example(rule: Rule) -> None:
    cleaned = Redactor().clean_text(example_text(rule))
    assert cleaned != example_text(rule)
    assert [part for part in _made(rule) if part in cleaned] == []


@pytest.mark.parametrize("rule", RULES, ids=[f"{i}-{r.id}" for i, r in enumerate(RULES)])
def test_the_redactor_leaves_a_rules_look_alike_as_it_is(rule: Rule) -> None:
    assert Redactor().clean_text(rule.counter) == rule.counter


@pytest.mark.parametrize("rule", RULES, ids=[f"{i}-{r.id}" for i, r in enumerate(RULES)])
def test_a_rule_runs_only_where_one_of_its_keywords_stands(rule: Rule) -> None:
    text = example_text(rule).encode()
    assert not rule.keywords or any(keyword in text for keyword in rule.keywords)
    assert rule.source


def test_examples_are_the_same_every_time() -> None:
    assert fill(("x", Made(20)), "seed") == fill(("x", Made(20)), "seed")
    assert fill(("x", Made(20)), "seed") != fill(("x", Made(20)), "other")


@pytest.mark.parametrize("shape", SHAPES, ids=[s.id for s in SHAPES])
def test_a_shape_hides_its_secret_in_a_parsed_document(shape: Shape) -> None:
    example: JsonValue = json.loads(json.dumps(shape.example))
    cleaned, counts = Redactor().clean_value(example)
    assert shape.secret not in json.dumps(cleaned)
    assert sum(counts.values()) >= 1


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("shape", SHAPES, ids=[s.id for s in SHAPES])
def test_a_shape_hides_its_secret_in_text(shape: Shape, indent: int | None) -> None:
    text = json.dumps(shape.example, indent=indent)
    cleaned = Redactor().clean_text(text)
    assert shape.secret not in cleaned
    json.loads(cleaned)


@pytest.mark.parametrize("shape", SHAPES, ids=[s.id for s in SHAPES])
def test_a_shape_hides_its_secret_in_json_held_by_a_string(shape: Shape) -> None:
    text = json.dumps({"annotation": json.dumps(shape.example)})
    cleaned = Redactor().clean_text(text)
    assert shape.secret not in cleaned
    json.loads(json.loads(cleaned)["annotation"])


# The mark of the others stands behind the value: what was cut off cannot speak.
SPEAKS_FIRST = [s for s in SHAPES if not s.id.startswith("terraform") and s.id != "environment"]


@pytest.mark.parametrize("shape", SPEAKS_FIRST, ids=[s.id for s in SPEAKS_FIRST])
def test_a_shape_hides_its_secret_in_a_document_cut_short(shape: Shape) -> None:
    text = "I1123 response body: " + json.dumps(shape.example)
    cut = text[: text.index(shape.secret) + len(shape.secret) + 1]
    assert shape.secret not in Redactor().clean_text(cut)
