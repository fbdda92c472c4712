"""How much one principal may ask: questions at once over all, and in a minute each."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from interlock.core.clock import Clock
from interlock.surfaces.http.problems import TooMany

_MINUTE = timedelta(minutes=1)
_REMEMBERED = 10_000


class Limits:
    """Counts questions. Thread-safe."""

    def __init__(self, clock: Clock, *, at_once: int, per_minute: int) -> None:
        self._clock = clock
        self._free = threading.BoundedSemaphore(at_once)
        self._per_minute = per_minute
        self._asked: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def question(self, principal: str) -> Iterator[None]:
        """Room for one question, until it is answered.

        Raises:
            TooMany: when there is none.
        """
        self.count(principal)
        if not self._free.acquire(timeout=5):
            raise TooMany("too many questions are being answered at once", after=10)
        try:
            yield
        finally:
            self._free.release()

    def count(self, principal: str) -> None:
        """Count one request.

        Raises:
            TooMany: when there were too many in the last minute.
        """
        now = self._clock.now()
        with self._lock:
            asked = [at for at in self._asked.pop(principal, []) if now - at < _MINUTE]
            self._asked[principal] = asked
            while len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
            if len(asked) >= self._per_minute:
                raise TooMany("you ask more than this service answers in a minute", after=60)
            asked.append(now)
