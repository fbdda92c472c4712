"""What a scenario needs of a cluster. The test harness has it; anything else that can write may stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import JsonValue

Object = dict[str, JsonValue]
_Seen = TypeVar("_Seen")


class ScenarioCluster(Protocol):
    """A throw-away cluster with real controllers, and no kubelet but us."""

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""

    def apply(self, objects: str | Object | Iterable[Object], *, manager: str = "kubectl") -> list[Object]:
        """Create, or merge into what is there, under the name of a field manager."""

    def must(
        self, method: str, path: str, body: object = None, *, content_type: str = "application/json"
    ) -> Object:
        """One request that has to succeed."""

    def get(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object:
        """One object."""

    def list(self, api_version: str, kind: str, namespace: str | None = None, **query: str) -> list[Object]:
        """Every object of a kind."""

    def patch_status(
        self, api_version: str, kind: str, namespace: str | None, name: str, status: Object
    ) -> Object:
        """Merge into a status."""

    def add_node(
        self, name: str = ..., *, cpu: str = ..., memory: str = ..., labels: Mapping[str, str] | None = None
    ) -> Object:
        """A Ready node whose logs are served."""

    def write_log(
        self, namespace: str, pod: str, container: str, text: str, *, previous: bool = False
    ) -> None:
        """What the log of a container shall hold."""

    def wait_for(self, probe: Callable[[], _Seen], what: str, *, seconds: float = 30) -> _Seen:
        """The first true value of `probe`."""
