"""A live object as far as its owner matters, and a candidate for that owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from interlock.index.code.model import Place

_RELEASE = "meta.helm.sh/release-name"
_CHART = "helm.sh/chart"


@dataclass(frozen=True, slots=True)
class Live:
    """What an object of a cluster says of itself."""

    kind: str
    name: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """`Kind namespace/name`."""
        return f"{self.kind} {'/'.join(part for part in (self.namespace, self.name) if part)}"

    @property
    def release(self) -> str:
        """The Helm release that made it, '' when it names none."""
        told = self.annotations.get(_RELEASE, "")
        by_helm = self.labels.get("app.kubernetes.io/managed-by") == "Helm" or "heritage" in self.labels
        return told or (
            self.labels.get("app.kubernetes.io/instance") or self.labels.get("release", "") if by_helm else ""
        )

    @property
    def chart(self) -> tuple[str, str]:
        """The chart's name and version, both '' when it names none."""
        told = self.labels.get(_CHART) or self.labels.get("chart", "")
        name, dash, version = told.rpartition("-")
        while name and version and not version[0].isdigit():
            name, dash, head = name.rpartition("-")
            version = f"{head}-{version}"
        return (name, version) if dash else (told, "")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Code that may own an object, how surely (to 100), and why."""

    place: Place
    name: str
    score: float
    reasons: tuple[str, ...]
