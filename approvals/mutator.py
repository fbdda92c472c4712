"""The one client that can change a cluster or a service. Only the executor may import this module.

Threat: a change that nobody signed. Mechanism: import-linter lets one module in; the credential is its own, never a
reader's; what leaves is on the list of `permits`. Guarantee: a process without this module's credential changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import JsonValue

from interlock.approvals.errors import Answered, NotSent, OutcomeUnknown
from interlock.approvals.verbs import Answer
from interlock.approvals.wire import SECONDS, ClusterWire, Sender
from interlock.core.clusters.http import Endpoint
from interlock.core.clusters.objects import Node

_SILENCE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SILENCE_FIELDS = frozenset({"matchers", "startsAt", "endsAt", "createdBy", "comment"})


class HttpMutator(ClusterWire):
    """The cluster verbs for real, and silences through a second door with its own endpoint."""

    changes_things: Literal[True] = True

    def __init__(
        self, cluster: Endpoint, *, alertmanager: Endpoint | None = None, seconds: float = SECONDS
    ) -> None:
        super().__init__(cluster, dry=False, seconds=seconds)
        self._alertmanager = Sender(alertmanager, seconds) if alertmanager else None

    def create_silence(self, body: Mapping[str, JsonValue]) -> Answer:
        """A new silence, never a changed one: `{silenceID}`."""
        if set(body) != _SILENCE_FIELDS:
            raise NotSent("a silence has matchers, start, end, author and comment, and nothing else")
        return self._silenced("POST", "/api/v2/silences", dict(body))

    def expire_silence(self, id: str) -> None:
        """End a silence."""
        if not _SILENCE.fullmatch(id):
            raise NotSent(f"{id[:60]!r} is not the id of a silence")
        self._silenced("DELETE", f"/api/v2/silence/{id}", None)

    def close(self) -> None:
        """Close the connections."""
        super().close()
        if self._alertmanager:
            self._alertmanager.close()

    def _silenced(self, method: str, path: str, body: JsonValue) -> Answer:
        if self._alertmanager is None:
            raise NotSent("no Alertmanager is configured for changes")
        status, answer = self._alertmanager.send(method, path, {}, body)
        if status == 200:
            return answer
        message = Node(answer).text("message")[:300]
        if 400 <= status < 500 and status != 408:
            raise Answered(message or f"Alertmanager answered {status}", status=status)
        raise OutcomeUnknown(f"Alertmanager answered {status}: {message}")
