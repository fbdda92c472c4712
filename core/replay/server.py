"""Serves a replay over HTTP on loopback: the recorded cluster for kubectl, for clients and for our own tools.

This file is the server's life: opened, started, stopped. What it says is `api`, how it says it is `listener`.
"""

from __future__ import annotations

import threading
from types import TracebackType

from interlock.core.replay.api import ReplayState
from interlock.core.replay.manifest import Replay

POLL_SECONDS = 0.05


class ReplayServer:
    """A running server; stops with `stop()` or at the end of the `with` block."""

    def __init__(self, state: ReplayState, host: str = "127.0.0.1", port: int = 0) -> None:
        self.state = state
        from interlock.core.replay.listener import listen  # http.server costs more than all the rest

        self._http = listen(state, host, port)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens, for a kubeconfig's `server`."""
        host, port = str(self._http.server_address[0]), self._http.server_address[1]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def problems(self) -> list[str]:
        """What of the recording could not be read, as far as it was looked at."""
        return self.state.dump.problems

    def start(self) -> ReplayServer:
        """Serves from a daemon thread and returns at once."""
        self._thread = threading.Thread(target=self.run, name="replay-server", daemon=True)
        self._thread.start()
        return self

    def run(self) -> None:
        """Serves in this thread until `stop` or an interrupt."""
        self._http.serve_forever(poll_interval=POLL_SECONDS)

    def stop(self) -> None:
        """Ends every stream and closes the port; a second call does nothing."""
        self._http.stopping.set()
        thread, self._thread = self._thread, None
        if thread:
            self._http.shutdown()
            thread.join()
        self._http.server_close()

    def __enter__(self) -> ReplayServer:
        return self if self._thread else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(replay: Replay, host: str = "127.0.0.1", port: int = 0) -> ReplayServer:
    """Opens the replay and binds the port (0: any free one). Use as a context manager, or call `run`.

    Raises:
        BadInput: the replay holds no readable cluster, or the host or port cannot be served.
    """
    return ReplayServer(ReplayState.open(replay), host, port)
