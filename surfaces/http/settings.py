"""Where `interlock serve` listens and whom it lets in."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ServeSettings(BaseModel):
    """`allowed_hosts` are the Host names the service is reached by, beside those of this machine's loopback.

    With `client_ca` every connection must bring a certificate of that CA, which then says who is asking.
    """

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    allowed_hosts: tuple[str, ...] = ()
    public_url: str = Field("", description="as browsers see it; needed for the OIDC login")
    tls_cert: Path | None = None
    tls_key: Path | None = None
    client_ca: Path | None = None
    link_hosts: tuple[str, ...] = Field((), description="hosts that links and images in answers may lead to")
    session_hours: int = Field(8, ge=1, le=24)
    max_body_bytes: int = Field(1_000_000, ge=1_000)
    questions_at_once: int = Field(4, ge=1, le=64)
    questions_per_minute: int = Field(30, ge=1, description="for each principal")
