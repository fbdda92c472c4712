"""The `agent` section of the settings: which model answers, and how much one question may spend."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Price(BaseModel):
    """What a million tokens cost, in US dollars. A model without a price costs 'unknown', never nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class AgentSettings(BaseModel):
    """`model` and `fallbacks` are `provider:name`; an empty `model` means the built-in one.

    `base_url` is for OpenAI-compatible servers. Each `max_` ends a question in the best partial answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = ""
    base_url: str = ""
    fallbacks: list[str] = Field(default_factory=list)
    max_model_calls: int = Field(default=12, ge=1, le=100)
    max_tool_calls: int = Field(default=24, ge=1, le=200)
    max_tokens: int = Field(default=200_000, ge=1_000)
    max_cost_usd: float | None = Field(default=None, gt=0)
    max_seconds: float = Field(default=120, gt=0, le=3600)
    call_seconds: float = Field(default=60, gt=0, le=600)
    prices: dict[str, Price] = Field(default_factory=dict)
