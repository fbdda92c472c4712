"""Schemas are cut to what a model needs to fill in a call."""

from __future__ import annotations

from typing import Any

import jsonschema
from pydantic import BaseModel, Field

from interlock.surfaces.mcp.schemas import compact
from interlock.tools.registry import all_tools


class Small(BaseModel):
    """Two fields."""

    one: str = ""
    two: int = 2


class Large(Small):
    """More than is spelt out."""

    three: str = ""
    four: str = ""
    five: str = ""


class Args(BaseModel):
    """Everything at once."""

    name: str = Field(description="which", min_length=1)
    limit: int = Field(10, ge=1, le=20, description="at most")
    since: float | None = Field(None, description="when")
    window: float | None = Field(60, description="null: all")
    small: Small | None = None
    large: list[Large] = []
    value: str | int = ""


def test_titles_bounds_empty_defaults_and_references_are_left_out_and_meaning_is_not() -> None:
    made = compact(Args.model_json_schema())
    assert made == {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "description": "which"},
            "limit": {"type": "integer", "default": 10},
            "since": {"type": "number", "description": "when"},
            "window": {"type": ["number", "null"], "default": 60, "description": "null: all"},
            "small": {"type": "object"},
            "large": {"type": "array", "items": {"type": "object", "description": "More than is spelt out."}},
            "value": {"type": ["string", "integer"]},
        },
    }


def test_every_tools_schema_stands_alone_and_takes_what_the_tool_takes() -> None:
    for tool in all_tools().values():
        made = compact(tool.args.model_json_schema())
        jsonschema.Draft202012Validator.check_schema(made)
        assert "$ref" not in str(made), tool.name
        assert set(made["properties"]) == set(tool.args.model_fields), tool.name
        needed: dict[str, Any] = dict.fromkeys(made.get("required", []), "x")
        jsonschema.validate(needed, {**made, "properties": {}, "additionalProperties": True})
