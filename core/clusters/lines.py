"""Connections that can be cut one by one: a read that nobody waits for any more ends at the server at once.

A shared pool does not tell which connection a read is on, so a stoppable read has a client with one connection to
itself; clients are used again, one read at a time.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import httpx  # noqa: TID251 - this is the one room that talks HTTP to clusters

from interlock.core.stopping import Stop

_CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})


class Line:
    """A client with one connection."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self._socket: socket.socket | None = None

    def trace(self, stop: Stop) -> Callable[[str, Mapping[str, object]], None]:
        """What httpx tells of its steps: the connection is noted, and nothing is sent once it is stopped."""

        def told(step: str, said: Mapping[str, object]) -> None:
            if step in _CONNECTED:
                stream = said.get("return_value")
                ask = getattr(stream, "get_extra_info", None)
                self._socket = ask("socket") if ask else None
                stop.check()

        return told

    def cut(self) -> None:
        """End what is being read on it, from another thread."""
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                self._socket.shutdown(socket.SHUT_RDWR)


class Lines:
    """The clients of one endpoint that are free, and new ones."""

    def __init__(self, make: Callable[[], httpx.Client]) -> None:
        self._make = make
        self._free: list[Line] = []
        self._lock = threading.Lock()

    @contextmanager
    def leased(self, stop: Stop) -> Iterator[Line]:
        """A line of one's own; one that was cut is not used again."""
        with self._lock:
            line = self._free.pop() if self._free else None
        line = line or Line(self._make())
        try:
            with stop.broken_by(line.cut):
                yield line
            stop.check()
        except BaseException:
            line.client.close()
            raise
        with self._lock:
            self._free.append(line)

    def close(self) -> None:
        """Close those that are free."""
        with self._lock:
            free, self._free = self._free, []
        for line in free:
            line.client.close()
