"""Whether and how changes may be made: off by default."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CredentialSettings(_Part):
    """A credential of a cluster: a kubeconfig context, a plain URL (a proxy on a toy cluster), or `in_cluster`."""

    context: str = ""
    kubeconfig: str = ""
    url: str = ""
    in_cluster: bool = False


class ChangesCluster(_Part):
    """One cluster that changes may be made on.

    `write` is the executor's credential alone; `preview` (default: `write`) may be one that admission limits to dry
    runs; `read` (default: `preview`) is what is looked with. `rights` asks the cluster whether the requester could do it
    themselves, by `clusters.named.NAME.users`; `policy` leaves that to the policy.
    """

    write: CredentialSettings | None = None
    preview: CredentialSettings | None = None
    read: CredentialSettings | None = None
    rights: Literal["cluster", "policy"] = "cluster"

    @model_validator(mode="after")
    def _some(self) -> ChangesCluster:
        if self.write is None and self.preview is None:
            raise ValueError("name a credential: write, preview or both")
        return self


class AlertmanagerAccess(_Part):
    """Where silences are made."""

    url: str
    token: SecretStr | None = None


class ApprovalsSettings(_Part):
    """`enabled` lets changes be requested. `split`: this process only takes requests; `interlock approvals` does the rest.

    `solo`, for one person on a toy cluster: they may approve what they asked for, and it is marked in every record.
    `url` is where people decide, as browsers see it; `key` the file that signs decisions.
    """

    enabled: bool = False
    split: bool = False
    solo: bool = False
    url: str = ""
    key: str = ""
    clusters: dict[str, ChangesCluster] = {}
    alertmanager: AlertmanagerAccess | None = None
    verify_seconds: int = Field(300, ge=1, le=3600)
    poll_seconds: float = Field(2.0, gt=0, le=60)
