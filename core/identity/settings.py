"""Who is who, and who says so."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OidcSettings(_Part):
    """One identity provider. `jwks_url` is asked of the issuer's discovery document when it is not given."""

    issuer: str
    audience: str
    jwks_url: str = ""
    algorithms: tuple[Algorithm, ...] = ("RS256",)
    subject_claim: str = "sub"
    groups_claim: str = "groups"
    leeway_seconds: int = Field(30, ge=0, le=120)
    client_id: str = ""
    client_secret: SecretStr | None = None


class DirectorySettings(_Part):
    """A SCIM 2.0 service (RFC 7644) that is asked who is in which group."""

    scim_url: str
    token: SecretStr
    user_field: Literal["userName", "externalId", "id"] = "userName"
    prefix: str = Field("oidc:", description="put before the user field to make the canonical id")
    refresh_seconds: int = Field(300, ge=10)
    stale_after_seconds: int = Field(3600, ge=60)


class IdentitySettings(_Part):
    """`people` maps a canonical id to their aliases: `slack:T1/U2`, `cert:uri:spiffe://...`, `local:ana`."""

    oidc: OidcSettings | None = None
    directory: DirectorySettings | None = None
    people: dict[str, tuple[str, ...]] = {}
