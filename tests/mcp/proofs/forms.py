"""The forms that the conformance suite wants to be asked to fill in."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class Reply(BaseModel):
    """One line."""

    response: str


class Defaults(BaseModel):
    """A default for every primitive type (SEP-1034)."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: str = Field("active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = True


def _titled(*words: str) -> list[Any]:
    return [{"const": word, "title": word.title()} for word in words]


class Enums(BaseModel):
    """Every way to write a choice (SEP-1330)."""

    untitledSingle: str = Field(json_schema_extra={"enum": ["active", "inactive", "pending"]})
    titledSingle: str = Field(json_schema_extra={"oneOf": _titled("low", "medium", "high")})
    untitledMulti: list[str] = Field(
        json_schema_extra={"items": {"type": "string", "enum": ["read", "write"]}}
    )
    titledMulti: list[str] = Field(json_schema_extra={"items": {"anyOf": _titled("feature", "bug")}})
    legacyEnum: str = Field(
        json_schema_extra={"enum": ["small", "large"], "enumNames": ["Small Size", "Large Size"]}
    )
