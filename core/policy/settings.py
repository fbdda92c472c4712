"""Which policy rules, and whose signatures count for changing it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class PolicySettings(BaseModel):
    """Without a bundle the default rules: signed-in people read, nobody changes anything.

    `signers` maps a person's principal to their Ed25519 public key, as PEM text or the path of a file.
    """

    model_config = ConfigDict(extra="forbid")

    bundle: Path | None = None
    signers: dict[str, str] = {}
