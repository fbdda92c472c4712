"""Stopping work that runs in a thread: a flag its waits and reads look at, carried by the context.

Guarantee: once set, the next read of a backend and the next piece of one that is being read raise `Stopped` instead.
It is no InterlockError on purpose: what goes on when one source fails does not go on when nobody waits any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopped(Exception):
    """Nobody waits for the answer any more."""


class Stop:
    """Asks work to end."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._breaks: list[Callable[[], None]] = []

    def set(self) -> None:
        """End it: what waits on a socket is cut off, everything else ends at its next look."""
        with self._lock:
            self._set.set()
            breaks, self._breaks = self._breaks, []
        for cut in breaks:
            cut()

    def check(self) -> None:
        """Go on.

        Raises:
            Stopped: when it was asked to end.
        """
        if self._set.is_set():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Pause, at most until it is asked to end."""
        self._set.wait(seconds)
        self.check()

    @contextmanager
    def broken_by(self, cut: Callable[[], None]) -> Iterator[None]:
        """While this lasts, `cut` is called when the work is asked to end."""
        with self._lock:
            self._breaks.append(cut)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                if cut in self._breaks:
                    self._breaks.remove(cut)


_CURRENT: ContextVar[Stop | None] = ContextVar("stop", default=None)


@contextmanager
def stoppable(stop: Stop) -> Iterator[None]:
    """What runs in here, and in threads that inherit the context, ends with `stop`."""
    token = _CURRENT.set(stop)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_stop() -> Stop | None:
    """The stop of the work that runs here, if it has one."""
    return _CURRENT.get()


def check_stopped() -> None:
    """Go on.

    Raises:
        Stopped: when nobody waits any more.
    """
    stop = _CURRENT.get()
    if stop is not None:
        stop.check()
