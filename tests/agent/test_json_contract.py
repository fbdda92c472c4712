"""docs/json.md says what machines read; real output has to fit it, and it has to name every field there is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from interlock.agent.answer import Answer, Claim, Omitted, Shown, Usage, Verdict
from interlock.agent.runtime import Runtime

Json = dict[str, Any]
Open = Callable[..., Runtime]
Follow = Callable[..., Json]


@pytest.fixture(scope="session")
def schemas(repo_root: Path) -> dict[str, Json]:
    page = (repo_root / "docs" / "json.md").read_text()
    blocks = re.findall(r"```json schema=(\S+)\n(.*?)```", page, re.DOTALL)
    return {name: json.loads(text) for name, text in blocks}


def fits(document: Json, schema: Json) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize(
    "question",
    [
        "why is cart-api failing?",
        "list the pods",
        "what is the weather?",
        "is there a runbook for OOMKilled?",
    ],
)
def test_an_answer_fits_its_documented_schema(
    question: str, schemas: dict[str, Json], opened: Open, answered: Follow
) -> None:
    answer = json.loads(json.dumps(answered(opened().ask(question))))
    fits(answer, schemas["answer"])
    assert Answer.model_validate(answer).model_dump(mode="json") == answer


def test_the_schema_names_every_field_of_the_models(schemas: dict[str, Json]) -> None:
    schema = schemas["answer"]
    documented = {Answer: schema, Claim: "claim", Shown: "evidence", Verdict: "verdict", Usage: "usage"}
    for model, where in documented.items():
        held = schema["$defs"][where] if isinstance(where, str) else where
        assert set(held["properties"]) == set(model.model_fields)
        assert set(held["required"]) == set(model.model_fields)
    assert set(schema["$defs"]["evidence"]["properties"]["omitted"]["properties"]) == set(
        Omitted.model_fields
    )


def test_a_wrong_answer_does_not_fit(schemas: dict[str, Json], opened: Open, answered: Follow) -> None:
    answer = answered(opened().ask("list the pods"))
    with pytest.raises(jsonschema.ValidationError):
        fits({**answer, "verdict": {"category": "bad luck"}}, schemas["answer"])
    with pytest.raises(jsonschema.ValidationError):
        fits({**answer, "more": 1}, schemas["answer"])


def test_hits_and_tool_calls_fit_their_schemas(schemas: dict[str, Json], opened: Open) -> None:
    runtime = opened()
    fields = ("path", "start_line", "end_line", "title", "score", "text")
    hits = [{field: getattr(hit, field) for field in fields} for hit in runtime.search("OOMKilled", 3)]
    assert hits
    fits({"hits": hits}, schemas["search"])
    item = runtime.call_tool("kubernetes_list", {"kind": "pods"})
    said = {
        name: getattr(item, name)
        for name in ("tool", "args", "subject", "text", "data", "redactions", "handle")
    }
    more = {
        "locators": [locator.model_dump(mode="json") for locator in item.locators],
        "omitted": {"lines": item.omitted_lines, "bytes": item.omitted_bytes},
        "limits": list(item.limits),
    }
    fits({**said, **more}, schemas["tool-call"])
