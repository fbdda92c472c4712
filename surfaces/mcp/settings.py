"""What the MCP server shows, and how much of it one principal may use."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Toolset = Literal["default", "kubernetes", "logs", "metrics", "changes", "knowledge", "all"]


class McpSettings(BaseModel):
    """`toolsets` says which tools are listed; what is not listed cannot be called.

    `scopes` are the names under which the identity provider issues our two scopes; a token of it is good for those it
    carries, and where none are given for both. `audience` is who its tokens must be for, where that is not `identity.oidc.audience`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    toolsets: tuple[Toolset, ...] = ("default",)
    audience: str = ""
    scopes: dict[Literal["read", "request"], str] = {"read": "interlock:read", "request": "interlock:request"}
    calls_per_minute: int = Field(240, ge=1, description="messages, for each principal")
    calls_at_once: int = Field(8, ge=1, le=64, description="over all principals")
    call_seconds: float = Field(
        120.0, gt=0, description="what one read may take; questions have agent's budget"
    )
