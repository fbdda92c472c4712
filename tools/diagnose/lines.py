"""Log lines of pods and of the log store in one form, each knowing how to be shown again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from interlock.core.clock import parse_time
from interlock.core.clusters.objects import Ref
from interlock.tools.diagnose.model import Need

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_ERROR = re.compile(
    r"\b(ERROR|FATAL|CRITICAL|SEVERE|PANIC)\b|level=\"?(error|fatal|crit)|\"level\":\s?\"(error|fatal)"
    r"|^(E|F)\d{4} |\b[A-Z]\w*(Error|Exception)\b|^panic:|Traceback \(most recent|^Error[: ]|\berror:",
)
_WARN = re.compile(r"\b(WARN|WARNING)\b|level=\"?warn|^W\d{4} ", re.IGNORECASE)
_BAD_STATUS = frozenset({"error", "err", "critical", "fatal", "emergency", "alert", "severe"})


@dataclass(frozen=True)
class Line:
    """One line. `workload` is whose it is where that could be told; `need` shows it again."""

    at: datetime | None
    text: str
    workload: Ref | None
    pod: str
    namespace: str
    level: str
    source: str
    container: str = ""
    service: str = ""
    previous: bool = False
    where: str = ""
    minutes: int = 0

    @property
    def bad(self) -> bool:
        """Whether it tells of an error, by its level or by its own words."""
        return self.level in _BAD_STATUS or bool(_ERROR.search(self.text))

    @property
    def warns(self) -> bool:
        """Whether it is an error or a warning."""
        return self.bad or self.level.startswith("warn") or bool(_WARN.search(self.text))

    def shown_by(self, contains: str) -> Need:
        """The call that finds it again by a few of its own characters."""
        if self.source == "pod":
            return Need.of(
                "pod_logs",
                namespace=self.namespace,
                pod=self.pod,
                container=self.container,
                previous=self.previous,
                contains=contains,
            )
        return Need.of("log_search", text=contains, service=self.service, since_minutes=self.minutes)

    @property
    def body(self) -> str:
        """The text without the timestamp it begins with, which not every reader of the log shows."""
        match = _TIME.match(self.text)
        return self.text[match.end() :].strip() if match else self.text

    @property
    def speaker(self) -> str:
        """Who wrote it: pod, service or host."""
        return self.pod or self.service or self.where


def time_in(text: str) -> datetime | None:
    """The first timestamp in a line."""
    match = _TIME.search(text)
    if not match:
        return None
    try:
        return parse_time(match.group(0).replace(",", "."))
    except ValueError:
        return None


def pod_lines(
    raw: str, *, workload: Ref | None, namespace: str, pod: str, container: str, previous: bool
) -> list[Line]:
    """The lines of a container's log, each with the time its own text or the line before it gives."""
    found: list[Line] = []
    at: datetime | None = None
    for text in raw.splitlines():
        at = time_in(text) or at
        if text.strip():
            found.append(
                Line(at, text, workload, pod, namespace, "", "pod", container=container, previous=previous)
            )
    return found
