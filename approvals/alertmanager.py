"""What Alertmanager holds, read through its API v2. Changes go through the mutator's own door."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from interlock.core.errors import Unreachable
from interlock.core.outbound import Outbound, shown_url


class AlertmanagerReads:
    """Reads silences and alerts."""

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None, seconds: float = 10.0) -> None:
        self._url = url.rstrip("/")
        self._outbound = Outbound(headers=headers, seconds=seconds, attempts=2)

    def silences(self) -> Sequence[Mapping[str, JsonValue]]:
        """Every silence it remembers."""
        return self._listed("/api/v2/silences")

    def alerts(self) -> Sequence[Mapping[str, JsonValue]]:
        """The alerts it holds now."""
        return self._listed("/api/v2/alerts")

    def _listed(self, path: str) -> list[dict[str, JsonValue]]:
        try:
            loaded = json.loads(self._outbound.get(self._url + path))
        except ValueError:
            loaded = None
        if not isinstance(loaded, list):
            raise Unreachable(f"{shown_url(self._url)} does not answer as an Alertmanager")
        return [each for each in loaded if isinstance(each, dict)]
