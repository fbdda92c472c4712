"""Which knowledge there is to search."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class KnowledgeSettings(BaseModel):
    """`folders` hold runbooks and infrastructure code; the runbooks we ship are searched after them."""

    model_config = ConfigDict(extra="forbid")

    folders: list[str] = Field(default_factory=list)
    use_shipped_runbooks: bool = True
