"""One line of a program's log, as the container writes it and as a log store keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from interlock.core.clock import format_time


@dataclass(frozen=True)
class Line:
    """One line of a log. `status` is its level, as a log store has it."""

    at: datetime
    status: str
    text: str

    def __str__(self) -> str:
        return f"{self.at.strftime('%Y-%m-%dT%H:%M:%S')}.{self.at.microsecond * 1000:09d}Z {self.text}"

    def stored(
        self, service: str, namespace: str, pod: str, host: str, tag: str = "kube_deployment"
    ) -> dict[str, JsonValue]:
        """The line as the log store keeps it; `tag` says what kind of workload wrote it."""
        return {
            "timestamp": format_time(self.at),
            "message": self.text,
            "status": self.status,
            "service": service,
            "host": host,
            "tags": [
                f"kube_namespace:{namespace}",
                f"{tag}:{service}",
                f"pod_name:{pod}",
                "env:prod",
            ],
        }
