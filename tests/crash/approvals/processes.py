"""Processes to be killed: each forked from one that has everything loaded and nothing opened."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from crash.approvals.victim import Orders, main

SECONDS = 60.0
"""For one process to say something."""
FORKED = multiprocessing.get_context("forkserver")
LOADED = (
    "crash.approvals.victim",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
    "kubernetes.config",
    "cedarpy",
    "httpx",
    "httpcore",
    "encodings.idna",
    "re2",
    "rfc8785",
    "interlock.approvals.catalogue",
    "interlock.core.audit.keys",
    "interlock.core.policy.accepted",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.serialization",
    "interlock.core.policy.cedar",
)
"""What every process needs, loaded once: each of them is forked from one that has it."""
FORKED.set_forkserver_preload([*LOADED])


class Running:
    """A process that may be killed at any time, from any thread."""

    def __init__(self, orders: Orders) -> None:
        self._line, self._theirs = FORKED.Pipe()
        self._process = FORKED.Process(target=main, args=(orders, self._theirs), daemon=True)
        self._started = threading.Event()
        self.said: list[tuple[str, str]] = []

    def start(self) -> None:
        """Start it."""
        self._process.start()
        self._theirs.close()
        self._started.set()

    def word(self) -> str:
        """What it says next: "at" its spot, "ended", or "gone" when it was killed."""
        assert self._line.poll(SECONDS), "a process says nothing"
        try:
            word, said = self._line.recv()
        except (EOFError, ConnectionError):
            return "gone"
        if word == "ended":
            self.said = said
        return str(word)

    def go_on(self, ahead: float = 0.0) -> None:
        """Let it go on from its spot, so many seconds later."""
        self._line.send(ahead)

    def kill(self) -> None:
        """Kill -9; it has ended when this returns."""
        self._started.wait()
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        """End it if it has not ended."""
        if self._started.is_set():
            self._process.join(5)
            self.kill()
            self._process.close()
        self._line.close()


@contextmanager
def process(orders: Orders) -> Iterator[Running]:
    """One that is to be started; it has ended when this is left."""
    running = Running(orders)
    try:
        yield running
    finally:
        running.close()
