"""Which clusters there are."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ClusterSettings(BaseModel):
    """One cluster: a kubeconfig context, or a plain URL (a replay, a proxy)."""

    model_config = ConfigDict(extra="forbid")

    context: str = ""
    kubeconfig: str = ""
    url: str = ""
    namespaces: list[str] = Field(default_factory=list)


class ClustersSettings(BaseModel):
    """`named` holds clusters by the name people use; `default` is asked when none is named."""

    model_config = ConfigDict(extra="forbid")

    default: str = ""
    named: dict[str, ClusterSettings] = Field(default_factory=dict)
    timeout_seconds: float = 10.0
