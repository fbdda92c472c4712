"""Stands before PostgreSQL: passes everything on, until the word that a commit is through is to be lost with the server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Cutting:
    """Armed, it passes the next message on, waits for its answer, and lets the server die in place of giving it."""

    port: int = 0
    die: Callable[[], object] | None = None
    died: threading.Event = field(default_factory=threading.Event)

    def arm(self, die: Callable[[], object]) -> None:
        """The next message is the last."""
        self.died.clear()
        self.die = die


@contextmanager
def cutting(port: int) -> Iterator[Cutting]:
    """A running one, before the server at `port`."""
    held = Cutting()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held.port = listening.getsockname()[1]
        thread = threading.Thread(target=_accept, args=(held, listening, port), daemon=True)
        thread.start()
        try:
            yield held
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(held: Cutting, listening: socket.socket, port: int) -> None:
    with suppress(OSError):
        while True:
            client, _ = listening.accept()
            threading.Thread(target=_serve, args=(held, client, port), daemon=True).start()


def _serve(held: Cutting, client: socket.socket, port: int) -> None:
    """One question and its whole answer at a time would need the protocol; bytes both ways do not."""
    try:
        server = socket.create_connection(("127.0.0.1", port))
    except OSError:
        client.close()
        return
    back = threading.Thread(target=_back, args=(held, server, client), daemon=True)
    back.start()
    with suppress(OSError):
        while data := client.recv(65536):
            server.sendall(data)
    for each in (server, client):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
    back.join()
    server.close()
    client.close()


def _back(held: Cutting, server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while data := server.recv(65536):
            if held.die is not None:
                die, held.die = held.die, None
                die()
                held.died.set()
                break
            client.sendall(data)
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
