"""How the record is kept, sealed and carried elsewhere."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class PushSettings(BaseModel):
    """A SIEM that gets every record."""

    model_config = ConfigDict(extra="forbid")

    url: str
    format: Literal["jsonl", "ocsf", "cef"] = "ocsf"
    token: SecretStr | None = None
    names: bool = Field(False, description="send the names that are still known in place of pseudonyms")


class AuditSettings(BaseModel):
    """`checkpoints` are places beside the database: a file's path, an https URL, or s3://bucket/prefix."""

    model_config = ConfigDict(extra="forbid")

    checkpoints: tuple[str, ...] = ()
    checkpoint_every: int = Field(100, ge=1)
    checkpoint_token: SecretStr | None = None
    signing_key: str = ""
    spool: str = ""
    push: PushSettings | None = None
