"""Sign-ins on record: each login, and each proof that did not hold.

Threat: somebody guesses tokens unseen, or floods the record with guesses. Mechanism: so many failures a minute are
recorded one by one, the rest of that minute as one record with their number. Nothing of what was presented is kept, and
the use of a valid token is not recorded call by call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pydantic import JsonValue

from interlock.core.clock import Clock

MOST = 10
_MINUTE = timedelta(minutes=1)
Note = Callable[[str, Mapping[str, JsonValue]], object]


class SignIns:
    """Tells the record. Thread-safe."""

    def __init__(self, note: Note, clock: Clock, *, most: int = MOST) -> None:
        self._note = note
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._failed = 0

    def succeeded(self, principal: str, *, way: str, acr: str) -> None:
        """Somebody logged in."""
        self._note("signin", {"principal": principal, "way": way, "acr": acr})

    def failed(self, way: str, why: str) -> None:
        """A proof did not hold; `why` is in our own words."""
        self.settle()
        with self._lock:
            self._since = self._since or self._clock.now()
            self._failed += 1
            alone = self._failed <= self._most
        if alone:
            self._note("signin.failed", {"way": way, "why": why})

    def settle(self, *, ending: bool = False) -> None:
        """Sum up a minute that is over, or the one that runs when the service ends."""
        with self._lock:
            if self._since is None or not (ending or self._clock.now() - self._since >= _MINUTE):
                return
            more, since = self._failed - self._most, self._since
            self._since, self._failed = None, 0
        if more > 0:
            self._note("signins.failed", {"more": more, "since": since.isoformat()})
