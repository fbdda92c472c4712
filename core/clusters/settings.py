"""Which clusters there are, and as whom they are asked."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ClusterSettings(BaseModel):
    """One cluster: a kubeconfig context, a plain URL (a replay, a proxy), or `in_cluster`.

    With `impersonate` every read is made as the asking person, by `users`: canonical id -> user of the cluster.
    `namespaces` are asked one by one where neither all of them may be read nor their names be listed.
    """

    model_config = ConfigDict(extra="forbid")

    context: str = ""
    kubeconfig: str = ""
    url: str = ""
    in_cluster: bool = False
    impersonate: bool = False
    users: dict[str, str] = Field(default_factory=dict)
    namespaces: list[str] = Field(default_factory=list)


class ClustersSettings(BaseModel):
    """`named` holds clusters by the name people use; `default` is asked when none is named.

    `exec_plugins` are the credential programs that a kubeconfig may start, by name.
    """

    model_config = ConfigDict(extra="forbid")

    default: str = ""
    named: dict[str, ClusterSettings] = Field(default_factory=dict)
    exec_plugins: list[str] = Field(default_factory=list)
    timeout_seconds: float = Field(default=10.0, gt=0, le=300)
