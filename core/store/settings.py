"""Where our own records are kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StoreSettings(BaseModel):
    """`url` is an SQLAlchemy URL; empty means SQLite in the state directory."""

    model_config = ConfigDict(extra="forbid")

    url: str = ""
    retention_days: int = 90
